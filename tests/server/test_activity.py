"""What happened lately, from PostgreSQL's own statistics: exact, honest about what it cannot know, and bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig
from graphile_worker.admin.api.tables import activity, overview
from graphile_worker.admin.api.tables.activity import Counters, History, Moment
from graphile_worker.admin.server.context import Context
from graphile_worker.admin.server.security.csrf import Csrf
from graphile_worker.core.database.transactions import Pool, connect
from tests.server.conftest import Door, Opener
from tests.support.queues import fill
from tests.support.roles import as_role, login
from tests.support.table import Table

START = 1_790_000_000.0


def moment(at: float, inserted: int | None = 0, deleted: int = 0, since: str = "1") -> Moment:
    counters = None if inserted is None else Counters(inserted, deleted, since)
    return Moment(f"t{at:g}", START + at, 1, 2, 3.0, counters)


def rates(*moments: Moment) -> list[tuple[float | None, float | None]]:
    history = History()
    for one in moments:
        history.add(one)
    return [(point["added"], point["left"]) for point in history.points()]


def test_rates_are_per_minute_between_points() -> None:
    assert rates(moment(0), moment(4, 20, 5), moment(10, 20, 6)) == [(None, None), (300.0, 75.0), (0.0, 10.0)]


def test_what_cannot_be_known_is_null_and_never_negative() -> None:
    unknown = (None, None)
    assert rates(moment(0, 100, 50), moment(4, 3, 60)) == [unknown, unknown]
    assert rates(moment(0, 100, 50), moment(4, 103, 10)) == [unknown, unknown]
    assert rates(moment(0), moment(4, 9, since="2"), moment(8, 10, since="2")) == [unknown, unknown, (15.0, 0.0)]
    assert rates(moment(0), moment(4, None), moment(8, 4), moment(12, 5)) == [unknown, unknown, unknown, (15.0, 0.0)]
    assert rates(moment(0), moment(activity.GAP_SECONDS + 10, 900))[1] == unknown


def test_an_hour_and_no_more_in_few_points_that_stay_where_they_are() -> None:
    history, seen = History(), set[str]()
    for n in range(9000):
        history.add(moment(n / 2, n))
        if n % 500 == 0:
            assert len(history.points()) <= activity.POINTS_MAX
    assert len(history._moments) <= 1900
    points = history.points()
    seen = {point["at"] for point in points}
    history.add(moment(4500, 9000))
    assert len(seen & {point["at"] for point in history.points()}) >= len(seen) - 1
    assert all(point["added"] == 120.0 for point in points[1:])
    history.add(moment(0))
    assert [point["at"] for point in history.points()] == ["t0"]


@pytest.fixture
def context(utils: WorkerUtils) -> Context:
    config = AdminServerConfig(utils.database.pool, utils, auth=AdminAuthConfig.none(), freshness=0)
    return Context(config, Csrf(None))


async def counted(pool: Pool) -> None:
    """A session tells its statistics at once only when it is asked to."""
    await pool.execute("select pg_stat_force_next_flush()")


@pytest.mark.any_schema
async def test_every_job_that_comes_or_goes_is_counted(utils: WorkerUtils, pool: Pool) -> None:
    looks = []
    for step in range(3):
        await counted(pool)
        await asyncio.sleep(0.1)
        looks.append((await overview.snapshot(utils.queue))[1])
        if step == 0:
            jobs = [await utils.add_job("t", key=f"k{n}") for n in range(50)]
        elif step == 1:
            await utils.complete_jobs([job.id for job in jobs[:20]])
    first, second, third = [look.counters for look in looks]
    assert first and second and third and first.since == second.since == third.since
    # each session reports for itself, some a moment later
    assert 0 <= second.inserted - first.inserted <= 50
    for _ in range(50):
        await asyncio.sleep(0.3)
        last = (await overview.snapshot(utils.queue))[1].counters
        assert last is not None
        if (last.inserted - first.inserted, last.deleted - first.deleted) == (50, 20):
            break
    else:
        raise AssertionError((first, last))
    assert (looks[1].ready, looks[2].ready) == (50, 30) and looks[2].oldest is not None


async def test_the_answer(door: Door, utils: WorkerUtils) -> None:
    first = await door.answer("/api/activity")
    assert first.keys() == {"points", "as_of", "note", "age_ms"} and "cleaned up" in first["note"]
    assert first["points"] == [
        {"at": first["as_of"], "added": None, "left": None, "ready": 0, "failed": 0, "oldest_ready_secs": None}
    ]
    await fill(utils, Table.of(utils))
    await asyncio.sleep(2.1)
    stats = (await door.answer("/api/overview"))["stats"]  # whoever looks feeds it
    second = await door.answer("/api/activity")
    assert len(second["points"]) == 2
    assert second["points"][1]["failed"] == stats["failed"] and second["points"][1]["ready"] == stats["ready"]
    assert second["points"][1]["added"] is not None and second["points"][1]["oldest_ready_secs"] >= 0


async def test_statistics_that_are_reset(context: Context, utils: WorkerUtils, pool: Pool) -> None:
    await utils.add_job("t")
    before = (await overview.snapshot(utils.queue))[1]
    await pool.execute("select pg_stat_reset()")
    after = (await overview.snapshot(utils.queue))[1]
    assert before.counters and after.counters and before.counters.since != after.counters.since


@pytest.fixture
async def viewer(pool: Pool, dsn: str) -> AsyncIterator[Pool]:
    """A role that may look at jobs and call none of the statistics' functions."""
    name = await login(pool, "viewer", "bypassrls")
    await pool.execute(
        f"""grant usage on schema graphile_worker to {name};
        grant select on all tables in schema graphile_worker to {name};
        revoke execute on function pg_stat_get_tuples_inserted(oid) from public"""
    )
    seen = await connect(as_role(dsn, name))
    yield seen
    await seen.close()
    await pool.execute(f"drop owned by {name}; drop role {name}")


async def test_a_role_that_may_not_see_them(viewer: Pool) -> None:
    utils = WorkerUtils(viewer)
    parts, look = await overview.snapshot(utils.queue)
    assert look.counters is None and parts["stats"].total >= 0
    assert viewer.get_idle_size() == viewer.get_size()


async def test_nobody_counts(utils: WorkerUtils, pool: Pool, databases: Any) -> None:
    name = await pool.fetchval("select current_database()")
    await pool.execute(f'alter database "{name}" set track_counts = off')
    fresh = await connect(databases.server.dsn(name))
    try:
        again = WorkerUtils(fresh)
        assert (await overview.snapshot(again.queue))[1].counters is None
    finally:
        await fresh.close()


async def test_several_queues_have_a_history_each(open_door: Opener, pool: Pool) -> None:
    other = WorkerUtils(pool, "second")
    await other.migrate()
    await other.add_job("t")
    door = open_door(others={"second": other})
    assert [p["ready"] for p in (await door.answer("/api/activity?db=second"))["points"]] == [1]
    assert [p["ready"] for p in (await door.answer("/api/activity"))["points"]] == [0]
