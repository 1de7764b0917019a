"""No setting of a role, a database or an address changes an answer.

Each setting that a session may carry is tried with unusual values, and everything is asked again: every command, every
route, looks and writes. scripts/test tries the suspects and a share of the others, another one each day;
scripts/test-connections tries all of them in all places.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from graphile_worker.admin.server.app import ROUTES
from graphile_worker.admin.server.live import streams
from graphile_worker.cli.lazy_group import COMMANDS
from graphile_worker.core.database import transactions
from tests.hardening.volume import FULL
from tests.settings import asking, values
from tests.settings.places import Places
from tests.settings.values import Tried
from tests.support.templates import Databases

# Those that do change answers, and why they may.
DIFFER = {
    "default_transaction_read_only": "an operator forbids writes with it; they are refused with that reason",
}


@pytest.fixture(autouse=True)
def short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event stream ends after its first words."""
    monkeypatch.setattr(streams, "LIFETIME_SECONDS", 0.0)


@pytest.fixture
async def places(databases: Databases) -> Places:
    """A queue with unusual jobs."""
    return await Places.made(databases)


async def chosen(databases: Databases) -> tuple[list[Tried], str]:
    """What this run tries, and in which words that is said."""
    connection = await asyncpg.connect(databases.server.dsn())
    tried = await values.everything(connection)
    await connection.close()
    names = len({one.name for one in tried})
    if FULL:
        return tried, f"all {names} settings"
    turn = datetime.now(UTC).toordinal()
    some = values.part(tried, turn)
    return (
        some,
        f"{len({one.name for one in some})} of {names} settings (share {turn % values.SHARES} of {values.SHARES})",
    )


@pytest.mark.long
async def test_no_setting_changes_an_answer(
    places: Places, databases: Databases, record_property: Callable[[str, object], None]
) -> None:
    tried, said = await chosen(databases)
    unexpected, counts, rows = [], {"same": 0, "refused": 0, "named": 0}, []
    groups = values.grouped(tried, DIFFER.keys())
    for group in groups:
        for one, found in (await places.results(group)).items():
            if not found:
                counts["same"], told = counts["same"] + 1, "same"
            elif isinstance(found, str):
                counts["refused"], told = counts["refused"] + 1, found
            elif one.name in DIFFER:
                counts["named"], told = counts["named"] + 1, f"{len(found)} answers differ: {DIFFER[one.name]}"
            else:
                told = f"DIFFERS: {', '.join(found)}"
                unexpected.append(f"{one}: {next(iter(found.items()))}")
            rows.append(f"  {one}: {told}")
    if FULL:
        record_property("figures", "\n".join(sorted(rows)))
    record_property(
        "figures",
        f"settings: {said}, {len(tried)} values in {len(groups)} sessions, {len(await places.unset(places.owner))} answers each:"
        f" {counts['same']} same, {counts['refused']} refused by the server, {counts['named']} named, {len(unexpected)} differ",
    )
    assert not unexpected, "\n".join(unexpected)
    assert counts["same"] > len(tried) / 2


async def test_the_questions_notice_what_is_not_set(
    places: Places, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """Without the settings of our transactions the answers differ."""
    await places.unset(places.owner)
    for kind in ("READ", "READ_BY_KEY", "WRITE"):
        monkeypatch.setattr(transactions, kind, getattr(transactions, kind)._replace(settings="select 1"))
    odd = {"DateStyle": "German, DMY", "search_path": "decoy, pg_catalog", "extra_float_digits": "-15"}
    for name, value in odd.items():
        tried = Tried(name, value, "role", superuser=False)
        found = (await places.results([tried]))[tried]
        assert found and not isinstance(found, str), name
        record_property("figures", f"settings: {name} = {value} would change {len(found)} answers")


def test_every_command_and_route_is_asked() -> None:
    lines = {line.split()[0] for line in (*asking.COMMANDS, *asking.WRITES)}
    assert lines | asking.SERVERS == set(COMMANDS)
    asked = {("GET", path.partition("?")[0]) for path in asking.LOOKS} | {("POST", path) for path, _ in asking.POSTS}
    asked = {(method, "/api/jobs/{id}" if path == "/api/jobs/1" else path) for method, path in asked}
    of_the_page = {
        path for path in {route.path for route in ROUTES} if path.startswith("/assets") or path in ("/", "/favicon.ico")
    }
    for route in ROUTES:
        for method in route.methods or ():
            assert method == "HEAD" or route.path in of_the_page or (method, route.path) in asked, (method, route.path)


async def test_no_statement_makes_the_driver_ask_what_a_type_is(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For an array other than text[] it asks the catalog on each new connection, in four round trips, and switches the
    compiler off for the rest of the session."""
    asked: list[object] = []

    async def ask(self: object, types: object, timeout: object) -> Any:
        asked.append(types)
        return await original(self, types, timeout)

    original = asyncpg.Connection._introspect_types  # type: ignore[attr-defined]
    monkeypatch.setattr(asyncpg.Connection, "_introspect_types", ask)
    answers = await places.unset(places.owner)
    assert not asked
    refused = [path for path, answer in answers.items() if path[0].isdigit() and not answer.startswith("200 ")]
    assert not refused, "each write was done"
