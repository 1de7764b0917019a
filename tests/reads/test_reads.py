"""Reads of WorkerUtils: objects with datetimes and decoded payloads, exact also for rows of other programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_type_hints

import asyncpg
import pytest

from graphile_worker import FilterOptions, InvalidInput, JobStats, RawJson, WorkerUtils
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.responses.values import Stats
from tests.support.table import Table

BIG = 2**63 - 1
DEEP = "[" * 7000 + "]" * 7000
# Stored text, and its value in Python.
PAYLOADS: dict[str, Any] = {
    '{"b" : 1e400,"a":  1, "a":2}': {"b": Decimal("1e400"), "a": 2},
    "1e-400": Decimal("1e-400"),
    '"\\u0000"': "\0",
    '["\\ud800"]': ["\ud800"],
    "1" + "0" * 29: 10**29,
    "9" * 5000: Decimal("9" * 5000),
    f'{{"id": {BIG}, "share": 0.1, "zero": 0.0}}': {"id": BIG, "share": 0.1, "zero": 0.0},
    " \n[1 ,\t2]\n ": [1, 2],
    "null": None,
    '"' + "é" * 300_000 + '"': "é" * 300_000,
}
# What is stored, and what a read returns.
TIMES = {
    "infinity": "infinity",
    "-infinity": "-infinity",
    "294276-12-31 23:59:59Z": "294276-12-31 23:59:59+00",
    "0044-03-15 12:00:00Z BC": "0044-03-15 12:00:00+00 BC",
    "9999-12-31 23:59:59.999999Z": datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
    "0001-01-01 00:00:00Z": datetime(1, 1, 1, tzinfo=UTC),
    "2026-11-30 12:00:00.25+02": datetime(2026, 11, 30, 10, 0, 0, 250000, UTC),
}


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


@pytest.mark.any_schema
async def test_a_job_in_a_list_and_by_its_id(utils: WorkerUtils, table: Table) -> None:
    run_at = datetime.now(UTC).replace(microsecond=120_000) + timedelta(hours=1)
    added = await utils.add_job(
        "send", {"to": "ada"}, queue="mail", run_at=run_at, key="k", priority=3, max_attempts=7, flags=["slow"]
    )
    await table.run("update {s}._private_jobs set last_error = 'no mailbox', attempts = 2")

    page = await utils.list_jobs()
    [listed] = page.jobs

    assert (listed.id, listed.task_identifier, listed.queue_name, listed.key) == (added.id, "send", "mail", "k")
    assert (listed.payload, listed.payload_text) == ({"to": "ada"}, added.payload)
    assert (listed.priority, listed.attempts, listed.max_attempts, listed.flags) == (3, 2, 7, {"slow": True})
    assert listed.run_at == run_at
    assert isinstance(page.as_of, datetime) and isinstance(listed.created_at, datetime)
    assert abs(page.as_of - listed.created_at) < timedelta(minutes=5)
    assert (listed.state, listed.is_available, listed.blocked, listed.task_missing) == ("scheduled", True, False, False)
    assert (listed.locked_at, listed.locked_by, listed.omitted) == (None, None, False)
    assert (page.has_more, page.next, page.prev) == (False, None, None)

    job = await utils.get_job(added.id)

    assert job is not None
    assert {name: getattr(job, name) for name in listed.__slots__} == {
        name: getattr(listed, name) for name in listed.__slots__
    }
    assert (job.payload, job.last_error, job.error_fingerprint) == ({"to": "ada"}, "no mailbox", "no mailbox")
    assert job.why.code in ("scheduled", "backing_off") and job.why.facts["run_at"] == run_at
    assert [retry.attempt for retry in job.retries] == [3, 4, 5, 6, 7]
    assert job.retries[0].run_at == run_at
    assert await utils.get_job(added.id + 1) is None


async def test_payloads_of_other_programs(utils: WorkerUtils, table: Table) -> None:
    ids = {(await utils.add_job("t")).id: text for text in PAYLOADS}
    for id, text in ids.items():
        await table.run("update {s}._private_jobs set payload = $2::text::json where id = $1", id, text)
    page = await utils.list_jobs()
    jobs = {job.id: job for job in page.jobs}

    for id, text in ids.items():
        one = await utils.get_job(id)
        assert one is not None
        assert (jobs[id].payload_text, one.payload_text) == (text.strip(), text.strip())
        for value in (jobs[id].payload, one.payload):
            assert value == PAYLOADS[text] and type(value) is type(PAYLOADS[text])


async def test_a_payload_that_python_cannot_decode_keeps_its_text(utils: WorkerUtils, table: Table) -> None:
    texts = {(await utils.add_job("t")).id: text for text in (DEEP, "1e99999999999999999999999", "{}")}
    for id, text in texts.items():
        await table.run("update {s}._private_jobs set payload = $2::text::json where id = $1", id, text)
    deep, huge, plain = (await utils.list_jobs(sort="id")).jobs

    assert [job.payload_text for job in (deep, huge, plain)] == list(texts.values())
    with pytest.raises(RecursionError):
        _ = deep.payload
    with pytest.raises(ValueError, match="has no value in Python"):
        _ = huge.payload
    assert plain.payload == {}


async def test_times_that_python_cannot_hold_are_text(utils: WorkerUtils, table: Table) -> None:
    ids = {(await utils.add_job("t")).id: time for time in TIMES}
    for id, time in ids.items():
        await table.run("update {s}._private_jobs set run_at = $2::text::timestamptz where id = $1", id, time)

    page = await utils.list_jobs(sort="-run_at")
    assert {ids[job.id]: job.run_at for job in page.jobs} == TIMES
    for id, time in ids.items():
        job = await utils.get_job(id)
        assert job is not None and job.run_at == TIMES[time]


async def test_rows_of_other_programs(utils: WorkerUtils, table: Table) -> None:
    id = (await utils.add_job("gone", queue="gone")).id
    await table.run("update {s}._private_jobs set attempts = 30, flags = '1e5000'::jsonb, revision = 2147483647")
    await table.run("delete from {s}._private_tasks")
    await table.run("delete from {s}._private_job_queues")
    await table.run(
        "insert into {s}._private_jobs (id, task_id, job_queue_id, attempts, flags, revision, payload) overriding system value select $1, task_id, job_queue_id, attempts, flags, revision, payload from {s}._private_jobs where id = $2",
        BIG,
        id,
    )

    await table.run("delete from {s}._private_jobs where id = $1", id)

    [job] = (await utils.list_jobs(states=["failed"])).jobs

    assert (job.id, job.state, job.task_missing, job.queue_name) == (BIG, "failed", True, None)
    assert (job.flags, job.revision) == (Decimal("1e5000"), 2147483647)
    one = await utils.get_job(BIG)
    assert one is not None and (one.id, one.why.code) == (BIG, "task_missing")


async def test_a_payload_too_large_for_a_list_is_omitted(utils: WorkerUtils) -> None:
    large = await utils.add_job("t", RawJson('"' + "x" * 3_000_000 + '"'))
    small = await utils.add_job("t", None)

    first, second = (await utils.list_jobs()).jobs

    assert (first.id, first.omitted, first.payload_text, first.payload) == (large.id, True, None, None)
    assert (second.id, second.omitted, second.payload_text) == (small.id, False, "{}")
    job = await utils.get_job(large.id)
    assert job is not None and job.payload == "x" * 3_000_000 and not job.omitted


async def test_pages_follow_their_cursors(utils: WorkerUtils) -> None:
    ids = [(await utils.add_job("t", priority=n % 2)).id for n in range(7)]

    for sort in ("id", "-id", "priority", "-created_at"):
        found, cursor, pages = [], None, []
        while True:
            page = await utils.list_jobs(limit=3, sort=sort, cursor=cursor)
            pages.append(page)
            found += [job.id for job in page.jobs]
            cursor = page.next
            assert page.has_more is (cursor is not None)
            if cursor is None:
                break
        assert sorted(found) == ids and len(found) == 7
        assert (await utils.list_jobs(limit=3, sort=sort, cursor=pages[1].prev)).jobs == pages[0].jobs


async def test_filters_of_lists_and_counts(utils: WorkerUtils) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    mail = await utils.add_job("send", {"to": "ada"}, queue="mail", priority=-3)
    late = await utils.add_job("send", run_at=soon)
    other = await utils.add_job("other", key="k")

    async def found(**filter: Any) -> list[int]:
        listed = [job.id for job in (await utils.list_jobs(**filter)).jobs]
        count = await utils.count_jobs(**filter)
        assert (count.count, count.more) == (len(listed), False) and isinstance(count.as_of, datetime)
        return listed

    assert await found() == [mail.id, late.id, other.id]
    assert await found(identifiers=["send"]) == [mail.id, late.id]
    assert await found(identifiers=["send"], states=["scheduled"]) == [late.id]
    assert await found(queues=["mail", "none"]) == [mail.id]
    assert await found(keys=["k"], states=[]) == [other.id]
    assert await found(priority_max=-1) == [mail.id]
    assert await found(run_at_from=soon - timedelta(hours=1)) == [late.id]
    assert await found(run_at_to=(soon - timedelta(hours=1)).isoformat()) == [mail.id, other.id]
    assert await found(search="ada") == [mail.id]


async def test_options_of_the_filter_are_those_of_the_api() -> None:
    assert set(get_type_hints(FilterOptions)) == set(JobFilter.__struct_fields__) - {"redaction"}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"limit": 0}, "limit"), ({"limit": 501}, "limit"), ({"limit": "7"}, "limit"), ({"sort": "name"}, "sort"),
        ({"cursor": "x"}, "cursor"), ({"states": ["late"]}, "state"), ({"priority_min": 2**15}, "priority_min"),
        ({"run_at_from": "soon"}, "run_at_from"), ({"run_at_from": datetime(2026, 1, 1)}, "run_at_from"),
        ({"identifiers": "mail"}, "identifier"), ({"states": "failed"}, "state"),
    ],
)  # fmt: skip
async def test_wrong_values_are_refused(utils: WorkerUtils, options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await utils.list_jobs(**options)
    assert refused.value.field == field


async def test_an_unknown_option_is_a_type_error(utils: WorkerUtils) -> None:
    options: dict[str, Any] = {"stat": ["failed"]}
    with pytest.raises(TypeError, match="stat"):
        await utils.list_jobs(**options)


@pytest.mark.any_schema
async def test_stats_queues_and_workers(utils: WorkerUtils, table: Table, dsn: str) -> None:
    held = await utils.add_job("t", queue="mail")
    await utils.add_job("t", queue="mail")
    await utils.add_job("t")
    await utils.add_job("t", queue="empty", run_at=datetime.now(UTC) + timedelta(days=1))
    await table.lock(held.id, "1 minute", "w1")
    await table.run(
        "insert into {s}._private_workers (id, metadata, last_heartbeat_at) values ('w2', $1::text::jsonb, now())",
        '{"pid": 12345678901234567890, "load": 1e400}',
    )

    stats = await utils.stats()
    assert (stats.total, stats.ready, stats.scheduled, stats.locked, stats.failed) == (4, 2, 1, 1, 0)
    assert stats.blocked == 1

    page = await utils.queues()
    assert [row.queue_name for row in page.queues] == ["empty", "mail", None]
    mail = page.queues[1]
    assert (mail.state, mail.locked_by, mail.job_count, mail.blocked_count) == ("held", "w1", 2, 1)
    assert mail.current_job == held.id and isinstance(mail.locked_at, datetime)
    assert mail.locked_secs is not None and 55 < mail.locked_secs < 600
    assert (page.total, page.has_more, page.complete) == (3, False, True) and isinstance(page.as_of, datetime)
    assert [row.queue_name for row in (await utils.queues(sort="-jobs", limit=1)).queues] == ["mail"]
    searched = await utils.queues(search="MAI", offset=1)
    assert (searched.queues, searched.total) == ([], 1)

    workers = await utils.workers()
    first, second = workers.workers
    assert (first.worker_id, first.locked_jobs, first.locked_queues, first.jobs) == ("w1", 1, 1, [held.id])
    assert isinstance(first.oldest_locked_at, datetime) and first.last_heartbeat_at is None
    assert (second.worker_id, second.is_stale) == ("w2", False) and isinstance(second.last_heartbeat_at, datetime)
    assert second.metadata == {"pid": 12345678901234567890, "load": 10**400}
    assert (workers.heartbeats, workers.total) == ("seen", 2)
    assert (workers.listeners, workers.listeners_visible, workers.fetching) == ([], "yes", False)
    session = await asyncpg.connect(dsn, server_settings={"application_name": "mailer"})
    await session.execute('LISTEN "jobs:insert"')
    (one,) = (await utils.workers()).listeners
    await session.close()
    assert one.application_name == "mailer" and isinstance(one.since, datetime)
    assert [row.queue_name for row in (await utils.queues(held=True, sort="-urgency")).queues] == ["mail"]
    for wrong in ({"sort": "size"}, {"limit": 0}, {"offset": -1}):
        given: dict[str, Any] = wrong
        with pytest.raises(InvalidInput):
            await utils.workers(**given)


async def test_a_pool_that_decodes_json_itself(dsn: str, utils: WorkerUtils) -> None:
    """Stored JSON is read as text, whatever codecs an application has set."""
    added = await utils.add_job("t", RawJson('{"b" : 1e400}'), flags=["slow"])

    async def set_codecs(connection: Any) -> None:
        for name in ("json", "jsonb"):
            await connection.set_type_codec(name, schema="pg_catalog", encoder=json.dumps, decoder=json.loads)

    async with asyncpg.create_pool(dsn, min_size=0, init=set_codecs) as pool:
        theirs = WorkerUtils(pool)
        [listed], one = (await theirs.list_jobs()).jobs, await theirs.get_job(added.id)
    assert one is not None
    assert (one.payload_text, one.flags) == (listed.payload_text, listed.flags) == ('{"b" : 1e400}', {"slow": True})


def test_the_counts_in_json_have_the_members_of_the_object() -> None:
    assert get_type_hints(Stats) == get_type_hints(JobStats)


@pytest.mark.any_schema
async def test_crontabs(utils: WorkerUtils, table: Table) -> None:
    await table.run("insert into {s}._private_known_crontabs values ('mail', '2026-01-01', '2026-11-30 10:05Z')")
    await table.run("insert into {s}._private_known_crontabs values ('nightly', 'infinity', null)")
    for task, ts in (("mail", "2026-11-30T10:05:00.000Z"), ("send", "2026-11-30T12:05:00+02:00")):
        await utils.add_job(task, {"_cron": {"ts": ts, "backfilled": True}})

    found = await utils.crontabs()

    mail, nightly = found.crontabs
    five_past = datetime(2026, 11, 30, 10, 5, tzinfo=UTC)
    assert (mail.identifier, mail.known_since) == ("mail", datetime(2026, 1, 1, tzinfo=UTC))
    assert mail.last_execution == five_past and mail.last_execution_secs is not None
    assert mail.jobs is not None and (mail.jobs.total, mail.jobs.ready, mail.jobs.backfilled) == (1, 1, 1)
    assert mail.jobs.newest_at == five_past and mail.jobs.newest_job is not None
    assert (nightly.known_since, nightly.last_execution, nightly.jobs) == ("infinity", None, None)
    assert [(row.task_identifier, row.jobs.newest_at) for row in found.tasks] == [("send", five_past)]
    assert (found.table, found.complete) == ("seen", True) and isinstance(found.as_of, datetime)
