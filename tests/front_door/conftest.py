"""The fixtures of the cases, and how many variants of each test run.

`scripts/test` runs three variants of each test, spread over its parameters; `scripts/test-connections` and a test that is
named by its id run all of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conninfo.conftest import tls
from tests.front_door.addresses import target
from tests.hardening.volume import FULL

__all__ = ["target", "tls"]

HERE = Path(__file__).parent
VARIANTS = 3


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects the variants beyond VARIANTS of each test function of this folder."""
    if FULL or any("::" in argument for argument in config.args):
        return
    variants: dict[str, list[pytest.Item]] = {}
    for item in items:
        if HERE in item.path.parents:
            variants.setdefault(item.nodeid.partition("[")[0], []).append(item)
    dropped = {id(item) for group in variants.values() for item in group} - {
        id(item) for group in variants.values() for item in spread(group)
    }
    config.hook.pytest_deselected(items=[item for item in items if id(item) in dropped])
    items[:] = [item for item in items if id(item) not in dropped]


def spread(group: list[pytest.Item]) -> list[pytest.Item]:
    """VARIANTS of them, the first and the last included; all where there are no more."""
    if len(group) <= VARIANTS:
        return group
    return [group[round(n * (len(group) - 1) / (VARIANTS - 1))] for n in range(VARIANTS)]
