"""What Prometheus scrapes: the numbers of the tables, bounded in number, true about what is not known."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from graphile_worker.admin.server import metrics
from graphile_worker.core.database.transactions import Database, connect
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener
from tests.support.queues import fill
from tests.support.roles import acting_as, login
from tests.support.table import Table

Scrape = dict[str, dict[tuple[str, ...], float]]
LOST = "queue 4 (its row is missing)"


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


async def scrape(door: Door) -> Scrape:
    """Value by metric and label values (by label name); no series stands twice."""
    answer = await door.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found: Scrape = {}
    for family in text_string_to_metric_families(answer.text):
        assert (family.type, family.name in metrics.METRICS) == ("gauge", True)
        values = found.setdefault(family.name, {})
        for sample in family.samples:
            assert sorted(sample.labels) == sorted(metrics.METRICS[family.name][0])
            key = tuple(value for _, value in sorted(sample.labels.items()))
            assert key not in values
            values[key] = sample.value
    return found


@pytest.mark.any_schema
async def test_every_metric(door: Door, utils: WorkerUtils, table: Table) -> None:
    await fill(utils, table)
    await table.run(
        "insert into {s}._private_workers (id, last_heartbeat_at) values"
        " ('worker-1', now()), ('idle', now()), ('quiet', now() - interval '1 hour')"
    )
    found = await scrape(door)
    assert set(found) == set(metrics.METRICS)
    assert found["graphile_worker_up"] == {(): 1}
    tasks = {
        "mail": (1, 1, 2, 1),
        "push": (2, 0, 1, 0),
        "task 3 (its row is missing)": (1, 0, 0, 0),
        "unused": (0,) * 4,
    }
    assert found["graphile_worker_jobs"] == {
        (state, task): count for task, counts in tasks.items() for state, count in zip(metrics.STATES, counts, strict=True)
    }  # fmt: skip
    waits = found["graphile_worker_queue_oldest_ready_seconds"]
    assert set(waits) == {("Alpha",), ("beta",), (LOST,), ("",)}
    assert waits["Alpha",] > waits["beta",] > waits["",] > 20 * 365 * 86400 > 60 > waits[LOST,] >= 0
    assert found["graphile_worker_ready_oldest_seconds"][()] == pytest.approx(waits["Alpha",], abs=5)
    assert found["graphile_worker_locks_older_than_4h"] == {(): 1}
    assert found["graphile_worker_workers"] == {("healthy",): 2, ("stale",): 1, ("unregistered",): 1}
    assert 0 <= found["graphile_worker_sample_age_seconds"][()] < 30


async def test_an_empty_schema(door: Door) -> None:
    found = await scrape(door)
    assert (found["graphile_worker_jobs"], found["graphile_worker_queue_oldest_ready_seconds"]) == ({}, {})
    assert found["graphile_worker_ready_oldest_seconds"] == found["graphile_worker_locks_older_than_4h"] == {(): 0}
    assert found["graphile_worker_workers"] == {("healthy",): 0, ("stale",): 0, ("unregistered",): 0}


async def test_series_are_bounded(door: Door, utils: WorkerUtils, table: Table) -> None:
    await table.run("insert into {s}._private_tasks (identifier) select 'task ' || n from generate_series(1, 149) n")
    await table.run("insert into {s}._private_tasks (identifier) values ('other')")
    await table.run("insert into {s}._private_job_queues (queue_name) select 'q' || n from generate_series(1, 150) n")
    await table.run(
        "insert into {s}._private_jobs (task_id, job_queue_id, run_at)"
        " select least(n, 150), least(n, 150), now() - least(n, 150) * interval '1 hour' from generate_series(1, 160) n"
    )
    found = await scrape(door)
    jobs = found["graphile_worker_jobs"]
    assert len(jobs) == 4 * 100  # the task `other`, the largest, shares its series with the rest
    assert jobs["ready", "other"] == 11 + 50
    assert sum(jobs.values()) == 160
    waits = found["graphile_worker_queue_oldest_ready_seconds"]
    assert set(waits) == {(f"q{n}",) for n in range(51, 151)}


async def test_names_of_any_shape_are_one_label_each(door: Door, utils: WorkerUtils) -> None:
    names = ['a"b', "a\\b", "a\nb", "a\\nb", "} 1", "é\u2028\u202e", "# HELP x", "", "x" * 128]
    for name in names:
        await utils.add_job(name or "t", queue=name or None)
    found = await scrape(door)
    assert set(found["graphile_worker_queue_oldest_ready_seconds"]) == {(name,) for name in names}
    assert {task for _, task in found["graphile_worker_jobs"]} == {name or "t" for name in names}


async def test_times_that_no_calendar_holds(door: Door, utils: WorkerUtils, table: Table) -> None:
    await utils.add_job("t", queue="q")
    await table.run("update {s}._private_jobs set run_at = '-infinity'")
    assert (await scrape(door))["graphile_worker_queue_oldest_ready_seconds"] == {("q",): float("inf")}


async def test_heartbeats_that_cannot_be_seen(
    open_door: Opener, utils: WorkerUtils, table: Table, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await table.lock((await utils.add_job("t")).id, "1 second")
    role = await login(table.pool, "viewer", "bypassrls")
    for grant in ("usage on schema {s}", "select on all tables in schema {s}"):
        await table.run(f"grant {grant} to {role}")
    await table.run(f"revoke select on {{s}}._private_workers from {role}")
    async with acting_as(dsn, role) as theirs:
        monkeypatch.setattr(utils, "database", theirs.database)
        assert (await scrape(open_door()))["graphile_worker_workers"] == {("unknown",): 1}


async def test_a_database_that_cannot_be_read_is_a_number(open_door: Opener, utils: WorkerUtils, table: Table) -> None:
    await table.run("drop table {s}._private_job_queues cascade")
    assert await scrape(open_door()) == {"graphile_worker_up": {(): 0}}
    pool = await connect("postgresql://nobody@127.0.0.1:1/nothing")
    utils.database = Database(pool)
    assert await scrape(open_door()) == {"graphile_worker_up": {(): 0}}
    await pool.close()


async def test_scrapes_share_what_the_tables_show(open_door: Opener, utils: WorkerUtils) -> None:
    door = open_door(freshness=60.0)
    assert (await door.get("/api/tasks")).json()["total"] == 0
    await utils.add_job("t")
    assert (await scrape(door))["graphile_worker_jobs"] == {}
    assert (await scrape(door))["graphile_worker_sample_age_seconds"][()] > 0


async def test_it_takes_no_parameters(door: Door) -> None:
    answer = await door.get("/metrics?name[]=graphile_worker_up")
    assert (answer.status_code, answer.json()["field"]) == (400, "name[]")
    assert answer.json()["error"] == "name[] is not a parameter here; there are none"
