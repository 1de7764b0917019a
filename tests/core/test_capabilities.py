"""What six kinds of role are told about one database, and that what they are told is what happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from graphile_worker.admin.api.jobs import read as reads
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.core import queue as module
from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.diagnosis.capabilities import Capabilities, inspect
from graphile_worker.core.diagnosis.findings import ACTIONS, offers
from graphile_worker.core.diagnosis.roles import Recipe
from graphile_worker.core.exceptions import (
    DatabaseReadOnly,
    GraphileWorkerError,
    PermissionDenied,
    RowSecurity,
    SchemaMissing,
    SchemaUnsupported,
)
from graphile_worker.core.locks.sweep import sweep
from graphile_worker.worker_utils import WorkerUtils
from tests.support.catalog import OLD_NAMES
from tests.support.roles import acting_as, capabilities, login, own_everything
from tests.support.table import Table

NOT_MIGRATE = {action for action in ACTIONS if action != "migrate"}


def codes(found: Capabilities) -> set[str]:
    """What was found, in words of one code each."""
    return {finding.code for finding in found.findings}


def offered(found: Capabilities) -> set[str]:
    """The actions that nothing stands in the way of."""
    return {action for action, refusal in found.offers.items() if refusal is None}


async def verbs(utils: WorkerUtils) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Every verb on jobs that exist, by the name of its action."""
    return {
        "add": lambda: utils.add_job("t", queue="q2", key="k2"),
        "fail": lambda: utils.permanently_fail_jobs([1]),
        "retry": lambda: utils.retry([1]),
        "run-now": lambda: utils.run_now([1]),
        "run-next": lambda: utils.run_next([1]),
        "reschedule": lambda: utils.reschedule_jobs([1], priority=3),
        "complete": lambda: utils.complete_jobs([1]),
        "change-payload": lambda: utils.change_payload(1, {"new": 1}),
        "remove-by-key": lambda: utils.remove_job("k"),
        "force-unlock": lambda: utils.force_unlock_workers(["w"]),
        "cleanup": lambda: utils.cleanup(["delete-permanently-failed-jobs"]),
    }


@pytest.fixture
async def owner(pool: Pool, utils: WorkerUtils) -> AsyncIterator[str]:
    """An owner who is no superuser, of a schema with two jobs."""
    name = await login(pool, "owner")
    await utils.add_job("t", {"n": 1}, queue="q")
    await utils.add_job("t", {"n": 2}, key="k")
    await own_everything(pool, name, utils.schema.name)
    yield name


async def seen(utils: WorkerUtils) -> int:
    """How many jobs the list shows."""
    return len((await reads.list_jobs(utils.queue, JobFilter()))["jobs"])


@pytest.mark.any_schema
async def test_owner_and_superuser_are_offered_everything(
    dsn: str, owner: str, utils: WorkerUtils, schema_name: str
) -> None:
    assert offered(await capabilities(utils)) == set(ACTIONS)
    async with acting_as(dsn, owner, schema_name) as theirs:
        found = await capabilities(theirs)
        assert offered(found) == set(ACTIONS)
        assert codes(found) == {"sessions_unseen"}
        assert found.facts.owns
        for verb in (await verbs(theirs)).values():
            await verb()


async def test_a_member_of_the_owner_is_as_good(dsn: str, owner: str, pool: Pool) -> None:
    member = await login(pool, "member", f"in role {owner}")
    async with acting_as(dsn, member) as theirs:
        assert offered(await capabilities(theirs)) == set(ACTIONS)
        assert await seen(theirs) == 2
        assert (await theirs.complete_jobs([1])).done == 1


async def test_granted_everything_but_blind_is_told_so_instead_of_zeros(dsn: str, owner: str, pool: Pool) -> None:
    blind = await login(pool, "blind")
    await pool.execute(f"grant usage on schema graphile_worker to {blind}")
    await pool.execute(f"grant all on all tables in schema graphile_worker to {blind}")
    async with acting_as(dsn, blind) as theirs:
        found = await capabilities(theirs)
        assert "row_security" in codes(found)
        assert offered(found) == set()
        with pytest.raises(RowSecurity) as caught:
            await seen(theirs)
        assert f"graphile-worker roles --operator {blind}" in str(caught.value.hint)
        for verb in (await verbs(theirs)).values():
            with pytest.raises(RowSecurity):
                await verb()


async def test_nobody_is_told_which_recipe_helps(dsn: str, owner: str, pool: Pool) -> None:
    nobody = await login(pool, "nobody")
    async with acting_as(dsn, nobody) as theirs:
        with pytest.raises(PermissionDenied, match="may not use the schema") as caught:
            await seen(theirs)
        assert f"graphile-worker roles --viewer {nobody}" in str(caught.value.hint)

        await pool.execute(f"grant usage on schema graphile_worker to {nobody}")
        with pytest.raises(
            PermissionDenied, match="may not read _private_job_queues, _private_jobs and _private_tasks"
        ):
            await seen(theirs)
        for verb in (await verbs(theirs)).values():
            with pytest.raises(PermissionDenied):
                await verb()


async def test_bypassing_row_security_needs_only_grants(dsn: str, owner: str, pool: Pool) -> None:
    bypassing = await login(pool, "bypassing", "bypassrls")
    await pool.execute(f"grant usage on schema graphile_worker to {bypassing}")
    await pool.execute(f"grant select on all tables in schema graphile_worker to {bypassing}")
    async with acting_as(dsn, bypassing) as theirs:
        found = await capabilities(theirs)
        assert codes(found) == {"may_only_read", "sessions_unseen"}
        assert await seen(theirs) == 2
        with pytest.raises(PermissionDenied, match="these actions are off: add, complete"):
            await theirs.complete_jobs([1])


@pytest.mark.any_schema
async def test_the_recipe_makes_a_viewer_who_reads_everything_and_writes_nothing(
    dsn: str, owner: str, pool: Pool, utils: WorkerUtils, schema_name: str
) -> None:
    viewer = await login(pool, "viewer")
    async with acting_as(dsn, owner, schema_name) as theirs:
        recipe = Recipe("viewer", viewer).sql((await capabilities(theirs)).facts)
        await theirs.database.pool.execute(recipe)
        await theirs.database.pool.execute(recipe)  # it may be run again, after a migrate
    async with acting_as(dsn, viewer, schema_name) as theirs:
        found = await capabilities(theirs)
        assert codes(found) == {"may_only_read", "sessions_unseen"}
        assert offered(found) == {"migrate"}  # nothing is to be done there, and whoever asks may hear that
        assert await seen(theirs) == 2
        assert (await theirs.migrate()).applied == []
        for verb in (await verbs(theirs)).values():
            with pytest.raises(PermissionDenied):
                await verb()
    before = await Table.of(utils).row(1)
    async with acting_as(dsn, viewer, schema_name) as theirs:
        s = theirs.schema.quoted
        for statement in (
            f"update {s}._private_jobs set priority = 9", f"delete from {s}._private_jobs",
            f"select {s}.complete_jobs(array[1::bigint])", f"select {s}.add_job('t')",
            f"delete from {s}._private_workers", f"insert into {s}.migrations values (99)",
        ):  # fmt: skip
            with pytest.raises(Exception, match="permission denied|row-level security"):
                await theirs.database.pool.execute(statement)
    assert await Table.of(utils).row(1) == before


async def test_the_recipe_makes_an_operator(dsn: str, owner: str, pool: Pool) -> None:
    operator = await login(pool, "operator")
    async with acting_as(dsn, owner) as theirs:
        await theirs.database.pool.execute(Recipe("operator", operator).sql((await capabilities(theirs)).facts))
    async with acting_as(dsn, operator) as theirs:
        found = await capabilities(theirs)
        assert codes(found) == {"sessions_unseen"}
        assert NOT_MIGRATE <= offered(found)
        for verb in (await verbs(theirs)).values():
            await verb()
        assert (await theirs.add_job("t")).id > 2


async def test_a_policy_that_shows_a_part_counts_as_blind(dsn: str, owner: str, pool: Pool) -> None:
    part = await login(pool, "part")
    await pool.execute(f"grant usage on schema graphile_worker to {part}")
    await pool.execute(f"grant select on all tables in schema graphile_worker to {part}")
    for table in ("_private_jobs", "_private_job_queues", "_private_tasks"):
        await pool.execute(f"create policy p on graphile_worker.{table} for select to {part} using (true)")
    async with acting_as(dsn, part) as theirs:
        assert await seen(theirs) == 2
        for harm, mend in (
            ("drop policy p on graphile_worker._private_tasks", None),
            (
                f"create policy p on graphile_worker._private_tasks for select to {part} using (id > 1)",
                "drop policy p on graphile_worker._private_tasks",
            ),
            (
                f"create policy p on graphile_worker._private_tasks for select to {part} using (true);"
                f"create policy r on graphile_worker._private_jobs as restrictive to {part} using (priority < 5)",
                None,
            ),
        ):
            await pool.execute(harm)
            theirs.queue.forget()
            with pytest.raises(RowSecurity):
                await seen(theirs)
            if mend:
                await pool.execute(mend)


async def test_a_policy_that_goes_is_noticed_by_the_very_next_look(dsn: str, owner: str, pool: Pool) -> None:
    viewer = await login(pool, "viewer")
    async with acting_as(dsn, owner) as theirs:
        await theirs.database.pool.execute(Recipe("viewer", viewer).sql((await capabilities(theirs)).facts))
    async with acting_as(dsn, viewer) as theirs:
        assert await seen(theirs) == 2
        await pool.execute(f'drop policy "viewer {viewer}" on graphile_worker._private_jobs')
        with pytest.raises(RowSecurity):
            await seen(theirs)


async def test_heartbeats_a_role_may_not_read_are_not_taken_for_silence(
    dsn: str, owner: str, pool: Pool, utils: WorkerUtils
) -> None:
    operator = await login(pool, "operator")
    async with acting_as(dsn, owner) as theirs:
        await theirs.database.pool.execute(Recipe("operator", operator).sql((await capabilities(theirs)).facts))
    await pool.execute(f"revoke all on graphile_worker._private_workers from {operator}")
    await Table.of(utils).lock(1, "5 hours")
    async with acting_as(dsn, operator) as theirs:
        found = await capabilities(theirs)
        assert "heartbeats_unseen" in codes(found)
        assert "may not read heartbeats" in str(found.offers["sweep-stale-workers"])
        report = await theirs.complete_jobs([1, 2])
        assert [(one.id, one.outcome) for one in report.results] == [(1, "running"), (2, "done")]


async def test_a_standby_and_a_read_only_role_are_refused_writes_only(dsn: str, owner: str, pool: Pool) -> None:
    await pool.execute(f"alter role {owner} set default_transaction_read_only = on")
    async with acting_as(dsn, owner) as theirs:
        assert await seen(theirs) == 2
        found = await capabilities(theirs)
        assert offered(found) == set()
        assert f'alter role "{owner}" reset default_transaction_read_only' in str(found.findings[0].remedy)
        with pytest.raises(DatabaseReadOnly):
            await theirs.complete_jobs([1])


REFUSED: dict[str, tuple[str, type[GraphileWorkerError], str]] = {
    "below 16": (
        OLD_NAMES + "; delete from {s}.migrations where id > 15",
        SchemaUnsupported,
        "is at migration 15; we work from 16",
    ),
    "half made": ("drop table {s}._private_tasks cascade", SchemaUnsupported, "half made.*_private_tasks is missing"),
    "foreign": ("alter table {s}.migrations rename column ts to at", SchemaUnsupported, "not a Graphile Worker schema"),
    "missing": ("drop schema {s} cascade", SchemaMissing, "holds no Graphile Worker tables yet"),
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_what_is_no_schema_of_ours_is_named_to_reads_and_writes(
    pool: Pool, utils: WorkerUtils, kind: str
) -> None:
    harm, error, message = REFUSED[kind]
    await utils.add_job("t")
    await pool.execute(harm.replace("{s}", "graphile_worker"))
    utils.queue.forget()

    assert offered(await capabilities(utils)) == ({"migrate"} if kind == "missing" else set())
    with pytest.raises(error, match=message):
        await seen(utils)
    for verb in (await verbs(utils)).values():
        with pytest.raises(error, match=message):
            await verb()


async def test_a_newer_breaking_schema_is_shown_and_not_written(pool: Pool, utils: WorkerUtils) -> None:
    await utils.add_job("t")
    await pool.execute("insert into graphile_worker.migrations values (40, now(), true)")
    utils.queue.forget()

    assert await seen(utils) == 1
    for verb in (await verbs(utils)).values():
        with pytest.raises(SchemaUnsupported, match="breaking migration 40"):
            await verb()


async def test_what_is_known_is_remembered_for_seconds_and_forgotten_when_contradicted(
    pool: Pool, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    async def counted(*args: Any) -> Capabilities:
        nonlocal looks
        looks += 1
        return await inspect(*args)

    monkeypatch.setattr(module, "inspect", counted)
    for _ in range(3):
        await seen(utils)
    assert looks == 1
    await pool.execute("alter table graphile_worker._private_jobs rename to gone")
    with pytest.raises(SchemaMissing):
        await seen(utils)
    with pytest.raises(SchemaUnsupported, match="_private_jobs is missing"):
        await seen(utils)
    assert looks == 3  # a refusal is looked at twice: nobody is refused for what was true some seconds ago


async def test_a_look_that_began_before_a_migration_is_not_remembered_after_it(
    pool: Pool, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pool.execute("drop table graphile_worker._private_workers cascade")
    looked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*args: Any) -> Capabilities:
        found = await inspect(*args)
        looked.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(module, "inspect", slow)
    reading_meanwhile = asyncio.create_task(seen(utils))
    await looked.wait()
    monkeypatch.undo()
    await utils.migrate()
    go_on.set()
    await reading_meanwhile

    assert (await sweep(utils.queue)).workers == []


async def test_a_verb_a_worker_and_a_migration_form_no_circle(utils: WorkerUtils, dsn: str) -> None:
    """The verb holds a row a worker waits for, the migration waits for the worker's table lock: the verb goes on."""
    held, free = await utils.add_job("t"), await utils.add_job("t")
    await Table.of(utils).lock(held.id, "1 minute")
    worker, migration = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    try:
        async with asyncio.timeout(30), utils.queue.write("complete") as tx:
            await tx.connection.execute("select from graphile_worker._private_jobs order by id for update")
            done = asyncio.create_task(
                worker.execute("delete from graphile_worker._private_jobs where id = $1", held.id)
            )
            while await utils.database.pool.fetchval(waiting) < 1:
                await asyncio.sleep(0.01)
            locked = asyncio.create_task(
                migration.execute("begin; lock table graphile_worker._private_jobs in share row exclusive mode; commit")
            )
            while await utils.database.pool.fetchval(waiting) < 2:
                await asyncio.sleep(0.01)
            await tx.connection.execute("delete from graphile_worker._private_jobs where id = $1", free.id)
        await asyncio.gather(done, locked)
    finally:
        await worker.close()
        await migration.close()
    assert await utils.database.pool.fetchval("select count(*) from graphile_worker._private_jobs") == 0
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    assert await utils.database.pool.fetchval(deadlocks) == 0


async def test_a_clock_that_differs_is_said_and_changes_nothing(
    utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = time.time
    for skew, words in ((3600, "3600 s ahead of"), (-90, "90 s behind")):
        monkeypatch.setattr(time, "time", lambda skew=skew: true() + skew)
        found = await capabilities(utils)
        [finding] = [finding for finding in found.findings if finding.code == "clock_skew"]
        assert words in finding.message
        assert offered(found) == set(ACTIONS)
    monkeypatch.undo()
    assert "clock_skew" not in codes(await capabilities(utils))


async def test_reading_needs_no_write_and_leaves_no_transaction(utils: WorkerUtils, pool: Pool) -> None:
    async with utils.queue.read() as tx:
        assert await tx.connection.fetchval("show transaction_read_only") == "on"
    assert await pool.fetchval("select count(*) from pg_stat_activity where state like 'idle in%'") == 0


def test_every_action_has_an_answer() -> None:
    assert set(offers(())) == set(ACTIONS)
