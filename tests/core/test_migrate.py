"""`migrate`: what it makes of every state a database can be in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from graphile_worker.admin.api.maintenance.summaries import migration_plan
from graphile_worker.core.database.transactions import Database, Pool, connect
from graphile_worker.core.diagnosis.roles import Recipe
from graphile_worker.core.exceptions import Busy, DatabaseReadOnly, PermissionDenied, SchemaUnsupported
from graphile_worker.core.migration.migrate import migrate
from graphile_worker.core.queue import Queue
from graphile_worker.core.schema import Schema
from graphile_worker.worker_utils import WorkerUtils
from tests.support.catalog import OLD_NAMES, STATE_22, catalog, migrations
from tests.support.roles import as_role, capabilities, login

NAMES = [
    "graphile_worker",
    'my "odd" schéma',
    "{schema} {literal} {time:now()} %s %(x)s $1 $$ $gw$ $gww$",
    "back\\slash 'quote' -- ; /*",
    "UPPER",
    "select",
    "x" * 63,
]
# What the references make in a transaction of its own before their first migration.
BEGUN = """
create schema graphile_worker;
create table graphile_worker.migrations (
  id int constraint migrations_pkey primary key, ts timestamptz not null default now(),
  breaking boolean not null default false)
"""


@pytest.fixture
async def empty(empty_dsn: str) -> AsyncIterator[Pool]:
    """A pool on a database with nothing in it."""
    pool = await connect(empty_dsn, max_connections=10)
    yield pool
    await pool.close()


@pytest.mark.parametrize("name", NAMES)
async def test_a_fresh_schema_equals_the_reference(empty: Pool, name: str) -> None:
    report = await migrate(Queue(Database(empty), Schema(name)))

    assert report.applied == list(range(1, 23))
    assert report.found == "no schema"
    assert await catalog(empty, name) == STATE_22
    rows = await empty.fetch(f"select id, breaking from {Schema(name).quoted}.migrations order by id")
    assert [row["id"] for row in rows] == list(range(1, 23))
    assert [row["id"] for row in rows if row["breaking"]] == [1, 3, 11, 13, 14, 16]
    utils = WorkerUtils(empty, name)
    job = await utils.add_job("hello", {"a": 1}, queue="q", key="k", flags=["f"])
    again = await utils.add_job("hello", {"a": 2}, key="k")
    assert (again.id, again.revision) == (job.id, 1)


@pytest.mark.any_schema
async def test_a_second_run_changes_nothing(pool: Pool, schema_name: str) -> None:
    before = await fingerprint(pool)

    report = await migrate(Queue(Database(pool), Schema(schema_name)))

    assert (report.applied, report.found) == ([], "migration 22")
    assert report.message == f'schema "{schema_name}" is up to date (migration 22)'
    assert await fingerprint(pool) == before


async def test_an_existing_empty_schema_needs_no_right_to_create_one(empty: Pool, empty_dsn: str) -> None:
    user = await login(empty, "role")
    database = await empty.fetchval("select current_database()")
    await empty.execute(f'revoke create on database "{database}" from public')
    await empty.execute(f"create schema graphile_worker authorization {user}")
    theirs = await connect(as_role(empty_dsn, user))
    try:
        report = await migrate(Queue(Database(theirs), Schema()))
        job = await WorkerUtils(theirs).add_job("t")
    finally:
        await theirs.close()

    assert report.found == "a schema without Graphile Worker tables"
    assert job.task_identifier == "t"
    assert await catalog(empty) == STATE_22


async def test_without_the_right_it_says_so_and_leaves_nothing(empty: Pool, empty_dsn: str) -> None:
    user = await login(empty, "role")
    theirs = await connect(as_role(empty_dsn, user))
    try:
        with pytest.raises(PermissionDenied, match="may not make the schema") as caught:
            await migrate(Queue(Database(theirs), Schema()))
    finally:
        await theirs.close()

    assert "CREATE on the database" in (caught.value.hint or "")
    assert await empty.fetchval("select to_regnamespace('graphile_worker')") is None


async def test_a_schema_with_the_tables_of_an_application_may_be_shared(empty: Pool) -> None:
    await empty.execute("create schema app; create table app.users (id int)")

    await migrate(Queue(Database(empty), Schema("app")))

    assert (await WorkerUtils(empty, "app").add_job("t")).task_identifier == "t"


async def test_what_a_started_reference_left_is_taken_up(empty: Pool) -> None:
    await empty.execute(BEGUN)

    await migrate(Queue(Database(empty), Schema()))

    assert await catalog(empty) == STATE_22


async def test_a_reference_that_migrates_at_the_same_time_keeps_the_names_it_chooses(empty: Pool) -> None:
    await empty.execute(BEGUN)
    async with empty.acquire() as theirs:
        transaction = theirs.transaction()
        await transaction.start()
        await theirs.execute("insert into graphile_worker.migrations (id, breaking) values (1, true)")
        ours = asyncio.create_task(migrate(Queue(Database(empty), Schema())))
        await waits_for(empty, theirs)
        await theirs.execute("create table graphile_worker.tasks (id int generated always as identity)")
        chosen = await theirs.fetchval("select pg_get_serial_sequence('graphile_worker.tasks', 'id')")
        await transaction.rollback()

    assert chosen == "graphile_worker.tasks_id_seq"
    assert (await ours).applied == list(range(1, 23))
    assert await catalog(empty) == STATE_22


async def waits_for(pool: Pool, holder: asyncpg.pool.PoolConnectionProxy[asyncpg.Record]) -> None:
    """Until somebody waits for a lock of this connection."""
    pid = await holder.fetchval("select pg_backend_pid()")
    async with asyncio.timeout(10):
        while not await pool.fetchval("select count(*) from pg_locks where $1 = any(pg_blocking_pids(pid))", pid):
            await asyncio.sleep(0.02)


async def test_old_states_that_a_reference_passes_through_are_not_refused(empty: Pool) -> None:
    await empty.execute(BEGUN)
    await empty.execute("insert into graphile_worker.migrations (id) values (10)")
    ours = asyncio.create_task(migrate(Queue(Database(empty), Schema())))
    for number in (11, 12):
        await asyncio.sleep(0.3)
        assert not ours.done()
        await empty.execute("insert into graphile_worker.migrations (id) values ($1)", number)
    await empty.execute("delete from graphile_worker.migrations")

    assert (await ours).applied == list(range(1, 23))


async def test_eight_at_once_end_clean(empty: Pool) -> None:
    reports = await asyncio.gather(*(migrate(Queue(Database(empty), Schema())) for _ in range(8)))

    assert sorted(len(report.applied) for report in reports) == [0] * 7 + [22]
    assert await catalog(empty) == STATE_22


@pytest.mark.parametrize("highest", range(16, 22))
async def test_missing_numbers_are_added_and_flags_that_are_there_stay(pool: Pool, highest: int) -> None:
    await pool.execute("delete from graphile_worker.migrations where id > $1", highest)
    await pool.execute("update graphile_worker.migrations set breaking = true where id in (17, 19)")
    flags = await migrations(pool)

    report = await migrate(Queue(Database(pool), Schema()))

    assert report.applied == list(range(highest + 1, 23))
    assert report.found == f"migration {highest}"
    assert await migrations(pool) == flags | dict.fromkeys(report.applied, False)


async def test_numbers_are_announced_to_the_workers_as_node_does(pool: Pool, dsn: str) -> None:
    await pool.execute("delete from graphile_worker.migrations where id > 20")
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(dsn)
    await listener.add_listener("worker:migrate", lambda *call: heard.put_nowait(str(call[3])))
    try:
        await migrate(Queue(Database(pool), Schema()))
        async with asyncio.timeout(10):
            told = [json.loads(await heard.get()) for _ in range(2)]
    finally:
        await listener.close()

    assert told == [{"migrationNumber": 21, "breaking": False}, {"migrationNumber": 22, "breaking": False}]


async def test_a_new_schema_does_not_end_the_workers_of_another(pool: Pool, dsn: str) -> None:
    """`worker:migrate` carries no schema, and Node's workers end themselves at a breaking one."""
    heard: list[str] = []
    listener = await asyncpg.connect(dsn)
    await listener.add_listener("worker:migrate", lambda *call: heard.append(str(call[3])))
    try:
        await migrate(Queue(Database(pool), Schema("another")))
        await pool.execute("select pg_notify('worker:migrate', 'last')")
        async with asyncio.timeout(10):
            while "last" not in heard:
                await listener.fetchval("select 1")
    finally:
        await listener.close()

    assert heard == ["last"]


async def test_a_schema_from_before_the_breaking_column(pool: Pool) -> None:
    await pool.execute("delete from graphile_worker.migrations where id > 18")
    await pool.execute("alter table graphile_worker.migrations drop column breaking")

    await migrate(Queue(Database(pool), Schema()))

    assert [id for id, breaking in (await migrations(pool)).items() if breaking] == [1, 3, 11, 13, 14, 16]


async def test_the_insert_trigger_of_older_states_goes(pool: Pool) -> None:
    await pool.execute(
        "delete from graphile_worker.migrations where id > 17;"
        "create function graphile_worker.tg_jobs__after_insert() returns trigger language plpgsql as"
        ' $$ begin notify "jobs:insert"; return new; end $$;'
        "create trigger _900_after_insert after insert on graphile_worker._private_jobs"
        " for each statement execute procedure graphile_worker.tg_jobs__after_insert()"
    )

    await migrate(Queue(Database(pool), Schema()))

    assert await catalog(pool) == STATE_22


REFUSED = {
    "too old": (
        OLD_NAMES + "; delete from {s}.migrations where id > 15",
        "at migration 15",
        "npx graphile-worker --schema-only",
    ),
    "newer and breaking": ("insert into {s}.migrations values (23, now(), true)", "breaking migration 23", "Update"),
    "table lost": ("drop table {s}._private_tasks cascade", "half made.*_private_tasks", "backup"),
    "column lost": ("alter table {s}._private_jobs drop column flags cascade", "half made.*flags is missing", "backup"),
    "numbers lost": ("delete from {s}.migrations", "half made.*no migration is recorded", "backup"),
    "bookkeeping lost": (
        "drop table {s}.migrations",
        "not a Graphile Worker schema.*but no table migrations",
        "another",
    ),
    "other bookkeeping": (
        "drop table {s}.migrations; create table {s}.migrations (name text, applied_at timestamptz)",
        "not a Graphile Worker schema.*another program",
        "another",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_migrated_is_named_and_left_alone(pool: Pool, name: str) -> None:
    damage, message, hint = REFUSED[name]
    await pool.execute(damage.format(s="graphile_worker"))
    before = await fingerprint(pool)

    with pytest.raises(SchemaUnsupported, match=message) as caught:
        await migrate(Queue(Database(pool), Schema()))

    assert hint in (caught.value.hint or "")
    assert await fingerprint(pool) == before


async def test_newer_but_not_breaking_is_left_alone(pool: Pool) -> None:
    await pool.execute("insert into graphile_worker.migrations values (23, now(), false)")
    before = await fingerprint(pool)

    report = await migrate(Queue(Database(pool), Schema()))

    assert report.applied == []
    assert "newer than 22" in report.message
    assert await fingerprint(pool) == before


async def test_a_read_only_session_is_told_so(pool: Pool, dsn: str) -> None:
    await pool.execute("drop view graphile_worker.jobs")
    theirs = await asyncpg.create_pool(dsn, min_size=0, server_settings={"default_transaction_read_only": "on"})
    try:
        with pytest.raises(DatabaseReadOnly):
            await migrate(Queue(Database(theirs), Schema()))
    finally:
        await theirs.close()


async def test_a_long_transaction_of_others_ends_in_busy_and_nothing_half_done(
    pool: Pool, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphile_worker.core.migration.migrate.RETRY_WAITS", ())
    await pool.execute("delete from graphile_worker.migrations where id > 21")
    await pool.execute("drop table graphile_worker._private_job_retirements; drop view graphile_worker.jobs")
    before = await fingerprint(pool)
    other = await asyncpg.connect(dsn)
    try:
        async with other.transaction():
            await other.execute("lock table graphile_worker._private_jobs in row exclusive mode")
            with pytest.raises(Busy):
                await migrate(Queue(Database(pool), Schema()))
            assert await fingerprint(pool) == before
    finally:
        await other.close()

    assert (await migrate(Queue(Database(pool), Schema()))).applied == [22]


async def fingerprint(pool: Pool) -> list[tuple[str, int, str]]:
    """Every object of the database outside PostgreSQL's own, with the transaction that wrote it."""
    rows = await pool.fetch(
        "select relname::text, oid::bigint, xmin::text from pg_class where oid >= 16384 and relkind <> 't'"
        " union all select proname::text, oid::bigint, xmin::text from pg_proc where oid >= 16384"
        " order by 1, 2"
    )
    return [(row[0], row[1], row[2]) for row in rows]


@pytest.mark.any_schema
@pytest.mark.parametrize("everybody", [False, True], ids=["named", "public"])
async def test_roles_to_which_the_new_tables_are_closed_are_named(
    utils: WorkerUtils, schema_name: str, everybody: bool
) -> None:
    """Not the owner, a superuser, or who got them by default privileges; a recipe opens them."""
    pool, quoted = utils.database.pool, Schema(schema_name).quoted
    operator, others = (
        await login(pool, "operator"),
        [await login(pool, "other", option) for option in ("superuser", "")],
    )
    recipe = Recipe("operator", operator)
    await pool.execute(recipe.sql((await capabilities(utils)).facts))
    if everybody:
        await pool.execute(f"revoke usage on schema {quoted} from {operator}; grant usage on schema {quoted} to public")
    for other in others:
        await pool.execute(f"grant usage on schema {quoted} to {other}")
    default = f"alter default privileges in schema {quoted} grant select on tables to {others[1]}"
    await pool.execute(f"drop table {quoted}._private_job_retirements, {quoted}._private_workers; {default}")
    utils.queue.forget()

    plan, report = await migration_plan(utils.queue), await utils.migrate()

    assert plan.closed_to == sorted([operator, others[1]])  # before, nobody looks into default privileges
    assert report.closed_to == [operator]
    assert f'not its new tables: "{operator}". As the owner run' in report.message
    await pool.execute(recipe.sql((await capabilities(utils)).facts))
    await pool.execute(f"drop view {quoted}.jobs")
    await pool.execute(f"alter default privileges in schema {quoted} grant select on tables to {operator}")
    again = await utils.migrate()
    assert (again.closed_to, again.message) == ([], f'schema "{schema_name}" repaired: jobs_view')
