"""Which tests `scripts/test` leaves out: those marked `long`, and the variants of a table beyond the number of its mark.

`scripts/test-all` runs every test, and so does pytest for a test that is named by its id.
"""

from __future__ import annotations

import pytest

from tests.hardening.volume import FULL

OPTION = "--with-long"
MARKERS = (
    "long: takes long; `scripts/test` leaves it out, `scripts/test-all` runs it",
    "variants(count): `scripts/test` runs so many of the parameters, spread over the table; `scripts/test-all` runs all",
)


def deselect(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Removes what is left out from `items`."""
    if FULL or config.getoption(OPTION) or any("::" in argument for argument in config.args):
        return
    kept = {id(item) for item in _kept(items)}
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
    items[:] = [item for item in items if id(item) in kept]


def _kept(items: list[pytest.Item]) -> list[pytest.Item]:
    kept: list[pytest.Item] = []
    tables: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("long"):
            continue
        if item.get_closest_marker("variants"):
            tables.setdefault(item.nodeid.partition("[")[0], []).append(item)
        else:
            kept.append(item)
    for table in tables.values():
        marker = table[0].get_closest_marker("variants")
        assert marker is not None
        kept.extend(spread(table, marker.args[0]))
    return kept


def spread(table: list[pytest.Item], count: int) -> list[pytest.Item]:
    """So many of them, the first and the last included; all where there are no more."""
    if len(table) <= count:
        return table
    return [table[round(n * (len(table) - 1) / max(1, count - 1))] for n in range(count)]
