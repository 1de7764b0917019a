"""What `graphile-worker roles` prints, run by the owner: on every state of a schema, whatever the role was before."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.diagnosis.findings import NEEDS
from graphile_worker.core.diagnosis.health import diagnose
from graphile_worker.core.diagnosis.roles import Kind, Recipe
from graphile_worker.core.exceptions import InvalidInput, PermissionDenied
from graphile_worker.core.locks.sweep import preview_sweep, sweep
from graphile_worker.core.maintenance.cleanup import preview_cleanup
from graphile_worker.worker_utils import WorkerUtils
from tests.core.test_capabilities import codes, offered, seen, verbs
from tests.support.roles import acting_as, capabilities, login, own_everything
from tests.support.table import Table

TABLES = ("jobs", "job_queues", "tasks", "known_crontabs", "workers", "job_retirements", "pro_workers", "pro_pools")
EVERY_TABLE = (
    "do $$ declare t regclass; begin for t in select oid from pg_class where relkind = 'r' and"
    " relnamespace = 'graphile_worker'::regnamespace loop execute format('alter table %s {} row level security', t);"
    " end loop; end $$"
)
SECURITY = {
    "as made": "select",
    "on everywhere": EVERY_TABLE.format("enable"),
    "off everywhere": EVERY_TABLE.format("disable"),
}
PRO = (
    "create table graphile_worker._private_pro_workers (worker_id text);"
    "create table graphile_worker._private_pro_pools (pool_id text)"
)
HARDENED = "revoke execute on all functions in schema graphile_worker from public"


@pytest.fixture
async def owner(pool: Pool, utils: WorkerUtils) -> AsyncIterator[str]:
    """An owner who is no superuser, of a schema with two jobs, Worker Pro's tables and no right for everybody."""
    await utils.add_job("t", queue="q")
    await utils.add_job("t", key="k")
    await pool.execute(f"{PRO};{HARDENED}")
    name = await login(pool, "owner")
    await own_everything(pool, name)
    yield name


async def run_recipe(dsn: str, owner: str, kind: Kind, role: str) -> None:
    """As the owner, in a session of its own."""
    async with acting_as(dsn, owner) as theirs:
        await theirs.database.pool.execute(Recipe(kind, role).sql((await capabilities(theirs)).facts))


async def rights(pool: Pool, role: str) -> set[str]:
    """Everything granted to the role itself in the schema, and its policies."""
    query = """
      select c.relname || ' ' || a.privilege_type from pg_class c, aclexplode(c.relacl) a
      where a.grantee = $1::regrole and c.relnamespace = 'graphile_worker'::regnamespace
      union all
      select p.proname || ' ' || a.privilege_type from pg_proc p, aclexplode(p.proacl) a
      where a.grantee = $1::regrole and p.pronamespace = 'graphile_worker'::regnamespace
      union all
      select 'schema ' || a.privilege_type from pg_namespace n, aclexplode(n.nspacl) a
      where a.grantee = $1::regrole and n.nspname = 'graphile_worker'
      union all
      select tablename || ' ' || policyname || ' ' || cmd from pg_policies where $1::name = any(roles)
    """
    return {row[0] for row in await pool.fetch(query, role)}


async def check_viewer(dsn: str, viewer: str, pool: Pool, allowed: set[str]) -> None:
    """Reads everything, says nothing but what is allowed, and writes nothing, by any door."""
    async with acting_as(dsn, viewer) as theirs:
        found = (await diagnose(theirs.queue)).findings
        assert {one.code for one in found} - allowed == {"may_only_read", "sessions_unseen"}
        assert await seen(theirs) == 2
        for table in ("migrations", "_private_jobs", "_private_tasks"):
            count = f"select count(*) from graphile_worker.{table}"
            assert await theirs.database.pool.fetchval(count) == await pool.fetchval(count) > 0
        assert (await preview_cleanup(theirs.queue))["gc-job-queues"].count == 0
        if await pool.fetchval("select to_regclass('graphile_worker._private_workers') is not null"):
            await preview_sweep(theirs.queue)
        for verb in (await verbs(theirs)).values():
            with pytest.raises(PermissionDenied):
                await verb()
        for table in TABLES:
            for harm in ("delete from {}", "insert into {} default values", "truncate {}"):
                with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedTableError)):
                    await theirs.database.pool.execute(harm.format(f"graphile_worker._private_{table}"))


async def check_operator(dsn: str, operator: str, utils: WorkerUtils, allowed: set[str]) -> None:
    """Does everything but migrate."""
    await Table.of(utils).lock(1, "5 hours", "gone")
    async with acting_as(dsn, operator) as theirs:
        found = await capabilities(theirs)
        assert codes(found) - allowed == {"sessions_unseen"}
        sweeps = {"sweep-stale-workers"} & offered(found)
        assert set(NEEDS) - {"sweep-stale-workers"} | sweeps == offered(found) - {"migrate"}
        assert (await theirs.force_unlock_workers(["gone"])).jobs
        for verb in (await verbs(theirs)).values():
            await verb()
        assert await seen(theirs) == 1
        if sweeps:
            await sweep(theirs.queue)


@pytest.mark.parametrize("security", SECURITY)
async def test_a_viewer_reads_everything_and_writes_nothing(dsn: str, owner: str, pool: Pool, security: str) -> None:
    await pool.execute(SECURITY[security])
    viewer = await login(pool, "viewer")

    await run_recipe(dsn, owner, "viewer", viewer)

    await check_viewer(dsn, viewer, pool, {"schema_older", "not_the_owner"} if "off" in security else set())


@pytest.mark.parametrize("security", SECURITY)
async def test_an_operator_can_do_every_verb(
    dsn: str, owner: str, pool: Pool, utils: WorkerUtils, security: str
) -> None:
    await pool.execute(SECURITY[security])
    operator = await login(pool, "operator")

    await run_recipe(dsn, owner, "operator", operator)

    await check_operator(dsn, operator, utils, {"schema_older", "not_the_owner"} if "off" in security else set())


@pytest.mark.parametrize(("before", "after"), [("operator", "viewer"), ("viewer", "operator")])
async def test_who_was_the_other_keeps_nothing_of_it(
    dsn: str, owner: str, pool: Pool, before: Kind, after: Kind
) -> None:
    role, fresh = await login(pool, "changed"), await login(pool, "changed")
    await pool.execute(f"grant all on all tables in schema graphile_worker to {role}")
    await pool.execute(f"grant update (priority) on graphile_worker._private_jobs to {role}")
    await pool.execute(f"grant all on all sequences in schema graphile_worker to {role}")
    await pool.execute(f"grant create on schema graphile_worker to {role}")
    for kind in (before, after, after):
        await run_recipe(dsn, owner, kind, role)
    await run_recipe(dsn, owner, after, fresh)

    assert {right.replace(role, "r") for right in await rights(pool, role)} == {
        right.replace(fresh, "r") for right in await rights(pool, fresh)
    }
    async with acting_as(dsn, role) as theirs:
        assert ("may_only_read" in codes(await capabilities(theirs))) == (after == "viewer")


@pytest.mark.parametrize(
    "way",
    [
        "grant {owner} to {role}",
        "alter role {role} superuser",
        "grant update (priority) on graphile_worker._private_jobs to public",
        "grant insert on graphile_worker._private_tasks to public",
    ],
)
async def test_a_viewer_who_could_still_write_is_refused_by_the_recipe(
    dsn: str, owner: str, pool: Pool, way: str
) -> None:
    role = await login(pool, "still")
    await pool.execute(way.format(owner=owner, role=role))

    with pytest.raises(asyncpg.RaiseError, match=f"{role} could still write to .*so nothing was changed"):
        await run_recipe(dsn, owner, "viewer", role)

    assert await rights(pool, role) == set()


async def test_the_owner_cannot_be_a_viewer_and_stays_what_it_is(dsn: str, owner: str, pool: Pool) -> None:
    with pytest.raises(InvalidInput, match="viewer owns tables of this schema"):
        await run_recipe(dsn, owner, "viewer", owner)
    before = {right for right in await rights(pool, owner) if "operator" not in right}

    await run_recipe(dsn, owner, "operator", owner)

    assert {right for right in await rights(pool, owner) if "operator" not in right} == before
    async with acting_as(dsn, owner) as theirs:
        assert codes(await capabilities(theirs)) == {"sessions_unseen"}


async def test_objects_of_an_application_in_the_schema_are_not_touched(dsn: str, owner: str, pool: Pool) -> None:
    await pool.execute(
        "create table graphile_worker.accounts (id int);"
        "create function graphile_worker.secret() returns int language sql as 'select 1';"
        "revoke all on function graphile_worker.secret() from public"
    )
    operator = await login(pool, "operator")

    await run_recipe(dsn, owner, "operator", operator)

    assert not await pool.fetchval("select has_table_privilege($1, 'graphile_worker.accounts', 'select')", operator)
    assert not await pool.fetchval("select has_function_privilege($1, 'graphile_worker.secret()', 'execute')", operator)
