"""What a transaction sets: for itself alone, in one round trip, and not what triggers of the operator depend on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from graphile_worker.core.database.transaction_settings import READ, READ_BY_KEY, TABLE, WRITE, begin
from graphile_worker.core.database.transactions import AnyConnection, Database, Pool, connect
from graphile_worker.worker_utils import WorkerUtils
from tests.hardening.servers import bouncer, memory_folder
from tests.support.catalog import catalog
from tests.support.roles import as_role, login, own_everything

ODD = {
    "client_encoding": "LATIN1", "standard_conforming_strings": "off", "backslash_quote": "on",
    "transform_null_equals": "on", "array_nulls": "off", "xmloption": "document", "bytea_output": "escape",
    "extra_float_digits": "-3", "quote_all_identifiers": "on", "row_security": "off", "plan_cache_mode": "force_generic_plan",
    "jit": "on", "exit_on_error": "on", "DateStyle": "German, DMY", "IntervalStyle": "iso_8601", "TimeZone": "Asia/Kolkata",
    "search_path": "public",
}  # fmt: skip
NAMES = [setting.name for setting in TABLE]
LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "transaction_timeout")
# Parameters that a session could set once, and the first major version of PostgreSQL without each.
REMOVED = {
    "default_with_oids": 12, "operator_precedence_warning": 14, "vacuum_cleanup_index_scale_factor": 14,
    "force_parallel_mode": 16, "old_snapshot_threshold": 17, "escape_string_warning": 19,
}  # fmt: skip
LIMIT = 0.5  # seconds; longer than a slow machine needs to start a transaction


@pytest.fixture
async def odd(dsn: str) -> AsyncIterator[Pool]:
    """A pool of somebody else's, whose sessions differ in every setting."""
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=1, statement_cache_size=0, server_settings=ODD)
    yield pool
    await pool.close()


async def values(connection: Pool | AnyConnection) -> dict[str, str]:
    """The table's settings as they are now."""
    rows = await connection.fetch("select n, pg_catalog.current_setting(n) as v from unnest($1::text[]) n", NAMES)
    return {row["n"]: row["v"] for row in rows}


def test_every_setting_is_tried() -> None:
    assert ODD.keys() == set(NAMES)
    assert not [setting for setting in TABLE if ODD[setting.name] == setting.value]


async def test_every_setting_is_a_parameter_of_the_server(pool: Pool) -> None:
    """`set local` of an unknown name is an error, and then no transaction could begin."""
    known = await pool.fetch("select name from pg_settings where context = 'user' and name = any($1::text[])", NAMES)
    assert {row["name"] for row in known} == set(NAMES)


@pytest.mark.parametrize("server", [12, 15, 17, 18, 19, 20])
def test_no_setting_was_removed_from_a_newer_server(server: int) -> None:
    for kind in (READ, READ_BY_KEY, WRITE):
        text = begin(kind, timeout=1.0, lock_timeout=1.0, idle_timeout=1.0, server=server)
        names = {line.split()[2] for line in text.split("; ") if line.startswith("set local ")}
        assert names >= {setting.name for setting in TABLE if not setting.reads}
        assert not names & REMOVED.keys()
        assert ("transaction_timeout" in names) == (server >= 17)


async def test_a_transaction_sets_them_for_itself(odd: Pool) -> None:
    database = Database(odd)
    async with database.read() as connection:
        assert await values(connection) == {setting.name: setting.value for setting in TABLE}
    async with database.read(by_key=True) as connection:
        by_key = {setting.name: setting.value for setting in TABLE} | {"plan_cache_mode": "auto"}
        assert await values(connection) == by_key
    async with database.write() as connection:
        in_write = {setting.name: ODD[setting.name] if setting.reads else setting.value for setting in TABLE}
        assert await values(connection) == in_write | {"search_path": "pg_catalog, public, pg_temp"}
    assert await values(odd) == ODD


@pytest.mark.parametrize("path", ["", " ", '""', '"$user", public', "pg_temp, public", 'public, "a, b"'])
async def test_a_write_keeps_the_path_of_the_role_behind(dsn: str, path: str) -> None:
    pool = await connect(dsn)
    await pool.close()
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1, server_settings={"search_path": path}) as pool:
        async with Database(pool).write() as connection:
            assert await connection.fetchval("show search_path") == f"pg_catalog, {path.strip()}, pg_temp".replace(
                ", , ", ", "
            )
            assert await connection.fetchval("select pg_catalog.now() = now()")


async def test_the_start_of_a_transaction_is_one_round_trip(dsn: str) -> None:
    asked: list[str] = []
    pool = await connect(dsn, max_connections=1)
    async with pool.acquire() as connection:
        connection.add_query_logger(lambda record: asked.append(record.query))
    async with Database(pool).read():
        pass
    await pool.close()
    assert [query.split()[0] for query in asked] == ["begin", "commit"]


async def test_no_limit_of_the_role_ends_a_transaction(dsn: str, pool: Pool) -> None:
    """Slow statements, waits for a lock and pauses are bounded by the limits of the transaction."""
    limits = await pool.fetch("select name from pg_settings where name = any($1)", list(LIMITS))
    assert len(limits) >= 3  # PostgreSQL 17 brought the fourth
    role = await login(pool, "hasty")
    await own_everything(pool, role)
    for limit in limits:
        await pool.execute(f"alter role {role} set {limit['name']} = '{int(LIMIT * 1000)}ms'")
    theirs = await connect(as_role(dsn, role))
    async with pool.acquire() as other:
        async with Database(theirs).write(lock_timeout=5.0) as connection, asyncio.TaskGroup() as tasks:
            locked = other.transaction()
            await locked.start()
            await other.execute("lock table graphile_worker._private_jobs")
            waiting = tasks.create_task(connection.fetchval("select count(*) from graphile_worker._private_jobs"))
            await asyncio.sleep(2 * LIMIT)
            await locked.rollback()
            assert await waiting == 0
            await asyncio.sleep(2 * LIMIT)
            assert await connection.fetchval("select 1 from pg_sleep($1)", 2 * LIMIT) == 1
    theirs.terminate()


async def test_a_migration_makes_the_same_under_odd_settings(empty_dsn: str, pool: Pool) -> None:
    """With a search path on which another schema comes first."""
    settings = ODD | {"search_path": "decoy, pg_catalog"}
    async with asyncpg.create_pool(empty_dsn, min_size=1, max_size=1, server_settings=settings) as theirs:
        await theirs.execute(
            "create schema decoy; create function decoy.now() returns timestamptz language sql as $$ select null::timestamptz $$;"
            "create domain decoy.text as pg_catalog.text check (value is null); create table decoy.pg_class (oid oid)"
        )
        assert (await WorkerUtils(theirs).migrate()).applied
        job = await WorkerUtils(theirs).add_job("t", {"city": "北"}, queue="q", key="k", flags=["a"])
        assert job.payload_value() == {"city": "北"}
    usual = await connect(empty_dsn)
    assert await catalog(usual) == await catalog(pool)
    await usual.close()


async def test_triggers_see_the_settings_of_the_role(dsn: str, pool: Pool) -> None:
    """As in the session of a worker: what they turn into text, and the functions that they find by its path."""
    await pool.execute(
        "create table public.log (line text); create schema app;"
        "create function app.tag() returns text language sql as $$ select 'tagged' $$;"
        "create function public.logged() returns trigger language plpgsql as $$ begin"
        "  insert into public.log values ('2001-02-03 00:00:00+00'::timestamptz || ' ' || '1 day 2 hours'::interval || ' ' || tag());"
        "  return new; end $$;"
        "create trigger logged after insert on graphile_worker._private_jobs for each row execute function public.logged()"
    )
    role = await login(pool, "styled", "superuser")
    for setting in ("datestyle = German", "intervalstyle = iso_8601", "timezone = 'Asia/Kolkata'", "search_path = app"):
        await pool.execute(f"alter role {role} set {setting}")
    theirs = await connect(as_role(dsn, role))
    await WorkerUtils(theirs).add_job("t")
    theirs.terminate()
    assert await pool.fetchval("select line from public.log") == "03.02.2001 05:30:00 IST P1DT2H tagged"


async def test_behind_pgbouncer_each_client_keeps_its_own(dsn: str) -> None:
    """In transaction mode: another client that gets the same session of the server next has its own settings."""
    with memory_folder() as folder, bouncer(dsn, Path(folder) / "bouncer", "transaction") as address:
        ours = await connect(address, max_connections=1)
        theirs = await asyncpg.connect(
            address, statement_cache_size=0, server_settings={"DateStyle": "German, DMY", "TimeZone": "Asia/Kolkata"}
        )
        before = await values(theirs)
        for _ in range(5):
            await WorkerUtils(ours).add_job("t", {"city": "北"})
            async with Database(ours).read() as connection:
                assert (await values(connection))["DateStyle"] == "ISO, MDY"
            assert await values(theirs) == before
        await theirs.close()
        ours.terminate()
