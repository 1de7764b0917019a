"""What whoever restarts and routes may ask without credentials: yes or no, and nothing about why."""

from __future__ import annotations

import asyncio

import pytest

from graphile_worker.admin.server import context
from graphile_worker.core.database.transactions import Database, connect
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import AUTHS, Door, Opener
from tests.support.roles import acting_as, login
from tests.support.table import Table

READY, UNAVAILABLE = (200, '{"status":"ready"}'), (503, '{"status":"unavailable"}')


async def probed(door: Door, path: str = "/readyz") -> tuple[int, str]:
    """Status and body, without credentials."""
    answer = await door.client.get(path)
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, answer.text


@pytest.mark.parametrize("mode", AUTHS)
async def test_both_answer_anybody_in_every_mode(open_door: Opener, mode: str) -> None:
    door = open_door(mode)
    assert await probed(door, "/healthz") == (200, '{"status":"ok"}')
    assert await probed(door) == READY
    head = await door.client.head("/readyz")
    assert (head.status_code, head.content) == (200, b"")


async def test_only_these_paths_and_only_for_looking(open_door: Opener) -> None:
    door = open_door()
    for path in (
        "/healthz/",
        "/healthz/x",
        "//healthz",
        "/HEALTHZ",
        "/readyz/",
        "/readyz/../api/session",
        "/x/readyz",
        "/readyz;",
    ):
        assert (await door.client.get(path)).status_code == 401, path
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        assert (await door.client.request(method, "/readyz")).status_code == 401, method
    assert (await door.client.get("/readyz", headers={"host": "a b"})).status_code == 421
    strangers = open_door("none")
    assert (await strangers.client.get("/healthz", headers={"host": "evil.test"})).status_code == 421


async def test_a_database_that_is_away(open_door: Opener, utils: WorkerUtils) -> None:
    door = open_door()
    pool = await connect("postgresql://nobody@127.0.0.1:1/nothing")
    utils.database = Database(pool)
    assert await probed(door) == UNAVAILABLE
    assert await probed(door, "/healthz") == (200, '{"status":"ok"}')
    await pool.close()


@pytest.mark.any_schema
async def test_a_schema_that_is_gone_or_comes(
    open_door: Opener, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "READY_FRESHNESS", 0.0)
    door, table = open_door(), Table.of(utils)
    assert await probed(door) == READY
    await table.run("drop table {s}._private_tasks cascade")
    assert await probed(door) == UNAVAILABLE  # also while the schema is remembered as a right one
    await table.run("drop schema {s} cascade")
    assert await probed(door) == UNAVAILABLE
    await utils.migrate()
    assert await probed(door) == READY


async def test_a_role_that_may_not_read(
    open_door: Opener, utils: WorkerUtils, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = await login(utils.database.pool, "stranger")
    async with acting_as(dsn, role) as theirs:
        monkeypatch.setattr(utils, "database", theirs.database)
        assert await probed(open_door()) == UNAVAILABLE


async def test_asking_costs_the_database_next_to_nothing(
    open_door: Opener, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "READY_FRESHNESS", 4.0)
    door = open_door(freshness=0.0)  # what is configured for other reads
    assert await asyncio.gather(*(probed(door) for _ in range(50))) == [READY] * 50
    await Table.of(utils).run("drop schema {s} cascade")
    utils.queue.forget()
    assert await probed(door) == READY  # said once, for all who ask within the time
    async with asyncio.timeout(30):
        while await probed(door) != UNAVAILABLE:
            await asyncio.sleep(0.2)
