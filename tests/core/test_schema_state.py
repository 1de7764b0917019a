"""The probe: one word for what a database holds, found in its objects."""

from __future__ import annotations

import pytest

from graphile_worker.core.database.schema_connection import SchemaConnection
from graphile_worker.core.database.transactions import Database, Pool, connect
from graphile_worker.core.migration.schema_state import SchemaState, probe
from graphile_worker.core.schema import Schema
from tests.support.catalog import OLD_NAMES


async def look(pool: Pool, schema: str = "graphile_worker") -> SchemaState:
    """Probes in a read-only transaction, as every caller does."""
    async with Database(pool).read() as connection:
        return await probe(SchemaConnection(connection, Schema(schema)))


@pytest.mark.any_schema
async def test_the_newest_state_has_everything(pool: Pool, schema_name: str) -> None:
    state = await look(pool, schema_name)

    assert state.verdict == "current"
    assert (state.highest, state.highest_breaking, state.found) == (22, 16, "migration 22")
    assert (state.missing, state.missing_rows, state.foreign, state.half) == ((), (), None, None)
    assert state.schema_exists
    assert state.migrations_table
    assert state.has_jobs
    assert state.has_workers
    assert state.has_retirements
    assert state.has_return_jobs
    assert state.recovery_functions
    assert state.keyed_adds_protected
    assert state.adds_missing_only
    assert state.migrations_readable
    assert not (state.in_recovery or state.read_only)


@pytest.mark.parametrize(
    "setting",
    [
        "quote_all_identifiers = on",
        "search_path = ''",
        "standard_conforming_strings = off",
        "datestyle = 'German, DMY'",
        "transform_null_equals = on",
        "array_nulls = off",
        "default_transaction_isolation = 'serializable'",
    ],
)
async def test_a_setting_of_the_database_changes_nothing(dsn: str, pool: Pool, setting: str) -> None:
    await pool.execute(f'alter database "{await pool.fetchval("select current_database()")}" set {setting}')
    theirs = await connect(dsn)
    try:
        assert await look(theirs) == await look(pool)
    finally:
        await theirs.close()


async def test_an_empty_database_misses_the_schema(empty_dsn: str) -> None:
    pool = await connect(empty_dsn)
    try:
        state = await look(pool)
        await pool.execute("create schema graphile_worker")
        made = await look(pool)
    finally:
        await pool.close()

    assert (state.verdict, state.schema_exists, state.highest) == ("missing", False, None)
    assert (made.verdict, made.schema_exists, made.migrations_table) == ("missing", True, False)


@pytest.mark.parametrize(
    ("damage", "verdict"),
    [
        ("delete from {s}.migrations where id > 16", "older"),
        ("delete from {s}.migrations where id = 21", "older"),
        ("drop view {s}.jobs", "older"),
        ("delete from {s}.migrations where id > 15", "older"),
        ("delete from {s}.migrations where id > 1", "older"),
        (OLD_NAMES, "too_old"),
        (OLD_NAMES + "; delete from {s}.migrations where id > 15", "too_old"),
        ("insert into {s}.migrations values (40, now(), false); drop table {s}._private_tasks cascade", "half"),
        ("insert into {s}.migrations values (40, now(), false)", "newer"),
        ("insert into {s}.migrations values (40, now(), true), (41, now(), false)", "newer_breaking"),
        ("update {s}.migrations set breaking = true", "current"),
        ("drop table {s}._private_job_queues cascade", "half"),
        ("delete from {s}.migrations", "half"),
        ("drop table {s}.migrations", "foreign"),
        ("alter table {s}.migrations rename column ts to applied", "foreign"),
        ("drop table {s}.migrations; create view {s}.migrations as select 1 as id", "foreign"),
    ],
)
async def test_verdicts(pool: Pool, damage: str, verdict: str) -> None:
    await pool.execute(damage.format(s="graphile_worker"))

    assert (await look(pool)).verdict == verdict


async def test_a_table_named_jobs_alone_is_foreign(empty_dsn: str) -> None:
    pool = await connect(empty_dsn)
    try:
        await pool.execute("create schema app; create table app.jobs (id int)")
        state = await look(pool, "app")
    finally:
        await pool.close()

    assert state.verdict == "foreign"
    assert state.foreign == "it holds jobs, but no table migrations"


async def test_features_are_found_in_bodies_not_in_numbers(pool: Pool) -> None:
    await pool.execute(
        "create or replace function graphile_worker.add_jobs("
        " specs graphile_worker.job_spec[], job_key_preserve_run_at boolean default false)"
        " returns setof graphile_worker._private_jobs language sql as $$ select * from graphile_worker._private_jobs $$;"
        "drop table graphile_worker._private_workers cascade;"
        "drop function graphile_worker.worker_heartbeat"
    )

    state = await look(pool)

    assert not (state.keyed_adds_protected or state.adds_missing_only)
    assert not (state.has_workers or state.recovery_functions)
    assert state.missing == ("workers", "workers_index", "functions")


async def test_who_may_not_read_the_numbers_is_told_by_the_objects(pool: Pool) -> None:
    user = f"viewer_{await pool.fetchval('select current_database()')}"
    await pool.execute(f"create role {user}; grant usage on schema graphile_worker to {user}")
    async with Database(pool).read() as connection:
        await connection.execute(f"set local role {user}")
        state = await probe(SchemaConnection(connection, Schema()))

    assert (state.verdict, state.highest, state.migrations_readable) == ("current", None, False)


@pytest.mark.parametrize("kind", ["view", "foreign table"])
async def test_a_base_table_that_is_no_table_is_named(pool: Pool, kind: str) -> None:
    made = {
        "view": "create view graphile_worker._private_tasks as select 1 as id",
        "foreign table": "create foreign data wrapper w; create server s foreign data wrapper w;"
        " create foreign table graphile_worker._private_tasks (id int) server s",
    }
    await pool.execute(f"drop table graphile_worker._private_tasks cascade; {made[kind]}")

    state = await look(pool)

    assert (state.verdict, state.half) == ("half", "_private_tasks is a view or a foreign table")
