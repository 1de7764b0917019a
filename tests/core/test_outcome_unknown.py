"""A connection that is cut during a commit: the outcome is called unknown, for each writer, and nothing advises to repeat.

The proxy cuts exactly after it has carried the commit to the server, or before.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from graphile_worker import RawJson
from graphile_worker.core.actions.outcome_unknown import with_verification_hint
from graphile_worker.core.database.transactions import connect
from graphile_worker.core.exceptions import DatabaseUnavailable, OutcomeUnknown
from graphile_worker.core.jobs import JobSpec
from graphile_worker.core.locks.old_locks import release_old_locks
from graphile_worker.core.locks.sweep import sweep
from graphile_worker.core.maintenance.cleanup import DELETE_FAILED, GC_QUEUES
from graphile_worker.core.maintenance.repair import repair
from graphile_worker.worker_utils import WorkerUtils
from tests.hardening.proxy import Proxy, proxied
from tests.support.table import Table

CAUSE = "the connection to the database broke during the commit"
Write = Callable[[WorkerUtils], Awaitable[object]]

# writer -> (the write, whether it is done: a query that answers true then)
WRITERS: dict[str, tuple[Write, str]] = {
    "add": (lambda utils: utils.add_job("new"), "select count(*) = 1 from {s}.jobs where task_identifier = 'new'"),
    "add_jobs": (
        lambda utils: utils.add_jobs([JobSpec("new"), JobSpec("new")]),
        "select count(*) = 2 from {s}.jobs where task_identifier = 'new'",
    ),
    "complete": (lambda utils: utils.complete_jobs([1]), "select count(*) = 0 from {s}._private_jobs where id = 1"),
    "fail": (
        lambda utils: utils.permanently_fail_jobs([1]),
        "select attempts = max_attempts from {s}._private_jobs where id = 1",
    ),
    "reschedule": (
        lambda utils: utils.reschedule_jobs([1], priority=7),
        "select priority = 7 from {s}._private_jobs where id = 1",
    ),
    "run now": (
        lambda utils: utils.run_now([1], priority=7),
        "select priority = 7 from {s}._private_jobs where id = 1",
    ),
    "retry": (lambda utils: utils.retry([1]), "select attempts = 0 from {s}._private_jobs where id = 1"),
    "remove": (lambda utils: utils.remove_job("k"), "select count(*) = 0 from {s}._private_jobs where key = 'k'"),
    "force-unlock": (
        lambda utils: utils.force_unlock_workers(["w"]),
        "select count(*) = 0 from {s}._private_jobs where locked_by = 'w'",
    ),
    "release-old-locks": (
        lambda utils: release_old_locks(utils.queue),
        "select count(*) = 0 from {s}._private_jobs where locked_by = 'w'",
    ),
    "sweep": (
        lambda utils: sweep(utils.queue),
        "select count(*) = 0 from {s}._private_workers where id = 'gone'",
    ),
    "cleanup": (
        lambda utils: utils.cleanup([DELETE_FAILED]),
        "select count(*) = 0 from {s}._private_jobs where attempts = max_attempts",
    ),
    "cleanup of names": (
        lambda utils: utils.cleanup([GC_QUEUES]),
        "select count(*) = 0 from {s}._private_job_queues where queue_name = 'unused'",
    ),
    "migrate": (lambda utils: utils.migrate(), "select to_regclass('{s}.jobs') is not null"),
    "repair": (
        lambda utils: repair(utils.queue),
        "select count(*) = 1 from {s}._private_tasks where id = 999",
    ),
}


@pytest.fixture
async def table(utils: WorkerUtils) -> Table:
    """One job for each of the writers, ids 1 to 4, and what else they need."""
    table = Table.of(utils)
    await table.run("insert into {s}._private_tasks (identifier) values ('t')")
    await table.run(
        "insert into {s}._private_jobs (task_id, key, attempts, locked_by, locked_at)"
        " values (1, null, 1, null, null), (1, 'k', 0, null, null), (1, null, 0, 'w', now() - interval '5 hours'),"
        " (1, null, 25, null, null)"
    )
    await table.run("insert into {s}._private_job_queues (queue_name) values ('unused')")
    await table.run(
        "insert into {s}._private_workers (id, last_heartbeat_at) values ('gone', now() - interval '1 day')"
    )
    return table


@pytest.fixture
async def proxy(dsn: str) -> AsyncIterator[Proxy]:
    """Between the writers and the database."""
    async with proxied(dsn) as proxy:
        yield proxy


@pytest.fixture
async def through(proxy: Proxy) -> AsyncIterator[WorkerUtils]:
    """The writers, whose connections go through the proxy."""
    pool = await connect(proxy.dsn)
    yield WorkerUtils(pool)
    pool.terminate()


async def prepare(writer: str, table: Table) -> None:
    """What this writer has to change."""
    if writer == "migrate":
        await table.run("drop view {s}.jobs")
    if writer == "repair":
        await table.run("update {s}._private_jobs set task_id = 999 where id = 1")


@pytest.mark.parametrize("writer", WRITERS)
async def test_a_connection_cut_after_the_commit_was_sent_is_an_unknown_outcome(
    writer: str, through: WorkerUtils, table: Table, proxy: Proxy
) -> None:
    """It is done here, which nobody could see."""
    await prepare(writer, table)
    write, done = WRITERS[writer]
    proxy.cut = "after"

    with pytest.raises(OutcomeUnknown) as raised:
        await write(through)

    assert raised.value.code == "outcome_unknown"
    assert raised.value.message == f"{CAUSE}: the change may or may not be done"
    assert raised.value.hint and "try again" not in raised.value.hint.lower()
    assert {result.outcome.value for result in raised.value.results} <= {"unknown"}
    async with asyncio.timeout(5):  # the server may be slower than the network was
        while not await table.pool.fetchval(done.replace("{s}", table.schema)):
            await asyncio.sleep(0.02)
    assert proxy.commits == 1  # nothing was sent again


@pytest.mark.parametrize("writer", WRITERS)
async def test_a_connection_cut_before_the_commit_was_carried_is_an_unknown_outcome_too(
    writer: str, through: WorkerUtils, table: Table, proxy: Proxy
) -> None:
    """We have sent it: whether it arrived cannot be seen from here."""
    await prepare(writer, table)
    write, done = WRITERS[writer]
    proxy.cut = "before"

    with pytest.raises(OutcomeUnknown):
        await write(through)

    assert not await table.pool.fetchval(done.replace("{s}", table.schema))


@pytest.mark.parametrize("writer", ["add", "complete", "remove", "force-unlock"])
async def test_a_connection_that_broke_before_the_commit_was_sent_is_no_unknown_outcome(
    writer: str, through: WorkerUtils, table: Table
) -> None:
    body = "begin perform pg_terminate_backend(pg_backend_pid()); return null; end"
    await table.run(f"create function {{s}}.end_it() returns trigger language plpgsql as $$ {body} $$")
    await table.run(
        "create trigger end_it after insert or update or delete on {s}._private_jobs"
        " for each statement execute function {s}.end_it()"
    )
    write, done = WRITERS[writer]

    with pytest.raises(DatabaseUnavailable):
        await write(through)

    assert not await table.pool.fetchval(done.replace("{s}", table.schema))


async def test_a_commit_that_the_database_refuses_is_not_unknown(utils: WorkerUtils, table: Table) -> None:
    """A constraint that is checked at the commit refuses one of the jobs; the others are done."""
    await table.run(
        "create table public.invoice (job bigint references {s}._private_jobs (id) deferrable initially deferred)"
    )
    await table.run("insert into public.invoice values (1)")

    report = await utils.complete_jobs([1, 2])

    assert [result.outcome.value for result in report.results] == ["refused", "done"]


async def test_each_id_has_its_own_outcome_where_a_later_commit_is_cut(
    through: WorkerUtils, utils: WorkerUtils, proxy: Proxy
) -> None:
    """The first 50 are done, those in flight unknown but for what was left alone, the rest was not tried."""
    ids = [job.id for job in await utils.add_jobs([JobSpec("t")] * 118)]
    proxy.cut, proxy.skip = "after", 1

    report = await through.complete_jobs([*ids, 10**6])
    again = await utils.complete_jobs([result.id for result in report.results if result.outcome.value == "unknown"])

    assert Counter(result.outcome.value for result in report.results) == {"done": 50, "unknown": 50, "refused": 19}
    said = {result.outcome.value: result.reason for result in report.results}
    assert said["unknown"] == f"may or may not be done ({CAUSE}): look again"
    assert said["refused"] == f"not tried: {CAUSE}"
    assert {result.outcome.value for result in again.results} == {"not_found"}  # they were done


async def test_what_was_left_alone_in_the_cut_transaction_is_known(
    through: WorkerUtils, table: Table, proxy: Proxy
) -> None:
    proxy.cut = "after"

    with pytest.raises(OutcomeUnknown) as raised:
        await through.complete_jobs([1, 999, 2])

    assert [(result.id, result.outcome.value) for result in raised.value.results] == [
        (1, "unknown"), (999, "not_found"), (2, "unknown"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "safe"),
    [
        (JobSpec("t", {"n": 1}, key="k"), True),
        (JobSpec("t", RawJson('{"n": 1}'), key="k", job_key_mode="preserve-run-at"), True),
        (JobSpec("t", [1], key="k"), False),  # arrays are appended
        (JobSpec("t", RawJson(" [1]"), key="k"), False),
        (JobSpec("t", {"n": 1}), False),
    ],
)
async def test_only_an_add_that_replaces_may_be_said_to_be_safe_to_repeat(
    spec: JobSpec, safe: bool, through: WorkerUtils, utils: WorkerUtils, proxy: Proxy
) -> None:
    proxy.cut = "after"

    with pytest.raises(OutcomeUnknown) as raised:
        await through.add_jobs([spec])
    proxy.cut = None
    await through.add_jobs([spec])

    assert ("is safe" in str(raised.value.hint)) is safe
    rows = await utils.database.pool.fetch("select payload::text from graphile_worker._private_jobs")
    same = len(rows) == 1 and rows[0]["payload"].replace(" ", "") in ('{"n":1}',)
    assert same is safe


def test_an_action_that_the_table_does_not_have_gets_a_hint_too() -> None:
    with pytest.raises(OutcomeUnknown) as unknown, with_verification_hint("another"):
        raise OutcomeUnknown
    assert unknown.value.hint == "Open the jobs, or list them by id, before you repeat it."
