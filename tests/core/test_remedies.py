"""Every remedy about rights, run to the letter by whom it is addressed to, ends the finding that named it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from graphile_worker.core.database.transactions import Pool, connect
from graphile_worker.core.diagnosis.findings import Finding
from graphile_worker.core.diagnosis.health import diagnose
from graphile_worker.core.diagnosis.roles import Recipe
from graphile_worker.core.exceptions import DatabaseReadOnly, PermissionDenied, RowSecurity
from graphile_worker.core.migration.migrate import migrate
from graphile_worker.worker_utils import WorkerUtils
from tests.core.test_capabilities import offered, seen
from tests.support.catalog import catalog
from tests.support.roles import acting_as, as_role, capabilities, login, own_everything

SQL = re.compile(r"\b(?:begin|alter|grant)\b.*?;(?= [A-Z]|$)")  # up to the next sentence
COMMAND = re.compile(r"`graphile-worker roles --(viewer|operator) (\w+)`")
GIVEN = "grant usage on schema {s} to {r}; grant select on all tables in schema {s} to {r}"
READABLE = "create policy p on {s}._private_jobs for select to {r} using (true);" + "".join(
    f"create policy p on {{s}}.{table} for select to {{r}} using (true);"
    for table in ("_private_tasks", "_private_job_queues")
)


@pytest.fixture
async def owner(pool: Pool, utils: WorkerUtils) -> AsyncIterator[str]:
    """An owner who is no superuser, of a schema with two jobs."""
    await utils.add_job("t", queue="q")
    await utils.add_job("t", key="k")
    name = await login(pool, "owner")
    await own_everything(pool, name)
    yield name


async def findings(dsn: str, role: str) -> dict[str, Finding]:
    """What a new session of the role is told, by code."""
    async with acting_as(dsn, role) as theirs:
        return {one.code: one for one in (await diagnose(theirs.queue)).findings}


async def follow(dsn: str, finding: Finding, runner: str) -> None:
    """Runs what the remedy says, as somebody types it into psql."""
    remedy = finding.remedy or ""
    statements = SQL.findall(remedy)
    if statements:
        connection = await asyncpg.connect(as_role(dsn, runner) if runner else dsn)
        try:
            await connection.execute(" ".join(statements))
        finally:
            await connection.close()
        return
    [(kind, role)] = COMMAND.findall(remedy)
    async with acting_as(dsn, runner) as theirs:
        await theirs.database.pool.execute(Recipe(kind, role).sql((await capabilities(theirs)).facts))


UNSEEN = {
    "no usage": ("permission_denied", "select"),
    "no select": ("permission_denied", "grant usage on schema {s} to {r}"),
    "blind": ("row_security", GIVEN),
    "migrations closed": ("migrations_unseen", f"{GIVEN}; {READABLE} revoke select on {{s}}.migrations from {{r}}"),
    "migrations hidden": (
        "migrations_unseen",
        f"{GIVEN}; {READABLE} alter table {{s}}.migrations enable row level security",
    ),
    "heartbeats closed": (
        "heartbeats_unseen",
        f"{GIVEN}; {READABLE} revoke select on {{s}}._private_workers from {{r}}",
    ),
    "heartbeats hidden": (
        "heartbeats_unseen",
        f"{GIVEN}; {READABLE} alter table {{s}}._private_workers enable row level security",
    ),
    "heartbeats closed and hidden": (
        "heartbeats_unseen",
        f"{GIVEN}; {READABLE} alter table {{s}}._private_workers enable row level security;"
        "revoke select on {s}._private_workers from {r}",
    ),
    "pro closed": (
        "pro_workers_unseen",
        f"{GIVEN}; {READABLE} create table {{s}}._private_pro_pools (pool_id text);"
        "alter table {s}._private_pro_pools owner to {o}",
    ),
    "pro hidden": (
        "pro_workers_unseen",
        "create table {s}._private_pro_workers (worker_id text); alter table {s}._private_pro_workers owner to {o};"
        f"{GIVEN}; {READABLE} alter table {{s}}._private_pro_workers enable row level security",
    ),
    "sequences closed": ("sequences_unseen", f"{GIVEN}; {READABLE}"),
    "may only read": ("may_only_read", f"{GIVEN}; {READABLE}"),
    "retirements hidden": (
        "may_only_read",
        "alter table {s}._private_job_retirements enable row level security; grant all on all tables in schema {s} to {r};"
        "grant usage on schema {s} to {r}; "
        + READABLE.replace("for select to {r} using (true)", "to {r} using (true) with check (true)"),
    ),
}


@pytest.mark.parametrize("what", UNSEEN)
async def test_what_a_role_may_not_see_or_do(dsn: str, owner: str, pool: Pool, what: str) -> None:
    code, harm = UNSEEN[what]
    role = await login(pool, "role")
    await pool.execute(harm.format(s="graphile_worker", r=role, o=owner))
    finding = (await findings(dsn, role))[code]

    await follow(dsn, finding, owner)

    assert code not in await findings(dsn, role)


async def test_a_blind_operator_is_not_made_a_viewer(dsn: str, owner: str, pool: Pool) -> None:
    role = await login(pool, "role")
    await pool.execute(f"{GIVEN}; grant insert, update, delete on all tables in schema {{s}} to {{r}}".format(
        s="graphile_worker", r=role
    ))  # fmt: skip

    await follow(dsn, (await findings(dsn, role))["row_security"], owner)

    assert set(await findings(dsn, role)) == {"sessions_unseen"}


async def test_the_recipe_is_named_with_the_schema(dsn: str, pool: Pool) -> None:
    await pool.execute('alter schema graphile_worker rename to "other one"')
    role = await login(pool, "role")
    async with acting_as(dsn, role, "other one") as theirs:
        [finding] = [one for one in (await capabilities(theirs)).findings if one.code == "permission_denied"]
    assert f"`graphile-worker roles --schema 'other one' --viewer {role}`" in str(finding.remedy)


@pytest.mark.parametrize("tables", [("_private_jobs",), ("_private_jobs", "_private_tasks"), ("migrations",)])
@pytest.mark.parametrize("way", ["end it", "keep it"])
async def test_row_security_forced_on_the_owner(
    dsn: str, owner: str, pool: Pool, tables: tuple[str, ...], way: str
) -> None:
    for table in tables:
        await pool.execute(f"alter table graphile_worker.{table} enable row level security, force row level security")
    code = "migrations_unseen" if "migrations" in tables else "row_security"
    finding = (await findings(dsn, owner))[code]
    assert "forced on the owner too" in str(finding.remedy)
    assert "connect as the owner" not in str(finding.remedy).lower()

    if way == "keep it":
        finding = Finding("", "note", "", "`" + str(finding.remedy).split("`")[1] + "`")
    await follow(dsn, finding, owner)

    assert set(await findings(dsn, owner)) == {"sessions_unseen"}
    async with acting_as(dsn, owner) as theirs:
        assert (await theirs.complete_jobs([1])).done == 1


@pytest.mark.parametrize("where", ["role {r}", "database {d}", "role {r} in database {d}"])
async def test_row_security_switched_off_does_not_close_what_policies_open(
    dsn: str, owner: str, pool: Pool, where: str
) -> None:
    """PostgreSQL then refuses every table with policies, where it would otherwise hide rows."""
    role, database = await login(pool, "role"), await pool.fetchval("select current_database()")
    await pool.execute(GIVEN.format(s="graphile_worker", r=role))
    await pool.execute(f"alter {where.format(r=role, d=database)} set row_security = off")
    async with acting_as(dsn, role) as theirs:
        with pytest.raises(RowSecurity):
            await seen(theirs)

    await follow(dsn, (await findings(dsn, role))["row_security"], owner)

    async with acting_as(dsn, role) as theirs:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="would be affected by row-level security"):
            await theirs.database.pool.fetch("select from graphile_worker._private_jobs")
        assert await seen(theirs) == 2
        assert not {"row_security", "permission_denied"} & set(await findings(dsn, role))


READ_ONLY = {
    "role": (["role {r}"], "role", ["role {r}"]),
    "role and database": (["role {r} in database {d}"], "role", ["role {r} in database {d}"]),
    "database": (["database {d}"], "database's owner", ["database {d}"]),
    "several": (["role {r}", "database {d}"], "superuser", ["role {r}", "database {d}"]),
}


@pytest.mark.parametrize("what", READ_ONLY)
async def test_read_only_by_default_is_reset_where_it_is_set(dsn: str, owner: str, pool: Pool, what: str) -> None:
    places, who, told = READ_ONLY[what]
    names = {"r": f'"{owner}"', "d": f'"{await pool.fetchval("select current_database()")}"'}
    keeper = await login(pool, "keeper")
    await pool.execute(f"alter database {names['d']} owner to {keeper}")
    for place in places:
        await pool.execute(f"alter {place.format(**names)} set default_transaction_read_only = on")
    finding = (await findings(dsn, owner))["database_read_only"]
    for place in told:
        assert place.format(**names) in finding.message
        assert f"alter {place.format(**names)} reset default_transaction_read_only;" in str(finding.remedy)

    await follow(dsn, finding, {"role": owner, "database's owner": keeper, "superuser": ""}[who])

    assert "database_read_only" not in await findings(dsn, owner)
    async with acting_as(dsn, owner) as theirs:
        assert (await theirs.complete_jobs([1])).done == 1


async def test_a_weaker_place_below_one_that_says_off_is_left_alone(dsn: str, owner: str, pool: Pool) -> None:
    database = await pool.fetchval("select current_database()")
    for place, value in ((f"role {owner} in database {database}", "on"), (f"role {owner}", "off"),
                         (f"database {database}", "on")):  # fmt: skip
        await pool.execute(f"alter {place} set default_transaction_read_only = {value}")

    await follow(dsn, (await findings(dsn, owner))["database_read_only"], owner)

    assert "database_read_only" not in await findings(dsn, owner)
    kept = "select count(*) from pg_db_role_setting where 'default_transaction_read_only=on' = any(setconfig)"
    assert await pool.fetchval(f"{kept} and setrole = 0") == 1


async def test_a_server_that_is_read_only_is_told_from_a_connection_that_asks_for_it(
    dsn: str, owner: str, pool: Pool
) -> None:
    await pool.execute("alter system set default_transaction_read_only = on")
    try:
        await pool.execute("select pg_reload_conf()")
        while await pool.fetchval("show default_transaction_read_only") == "off":
            await asyncio.sleep(0.01)
        finding = (await findings(dsn, owner))["database_read_only"]
        assert "set for the whole server" in finding.message
        await follow(dsn, finding, owner)
        assert "database_read_only" not in await findings(dsn, owner)
    finally:
        await pool.execute("alter system reset default_transaction_read_only")
        await pool.execute("select pg_reload_conf()")
        while await pool.fetchval("show default_transaction_read_only") == "on":
            await asyncio.sleep(0.01)

    other = await login(pool, "other")
    await pool.execute(f"grant {owner} to {other}")
    asking = await asyncpg.create_pool(
        as_role(dsn, other), min_size=0, server_settings={"default_transaction_read_only": "on"}
    )
    try:
        [finding] = [one for one in (await capabilities(WorkerUtils(asking))).findings if one.level == "warning"]
    finally:
        await asking.close()
    assert "asked for by the connection itself" in finding.message
    assert "out of the address" in str(finding.remedy)


STRANGERS = {
    "a function": "alter function {s}.add_jobs owner to {o}",
    "several kinds": "alter function {s}.add_job owner to {o}; alter table {s}._private_workers owner to {o};"
    "alter view {s}.jobs owner to {o}",
    "the schema": "alter schema {s} owner to {o}; grant usage on schema {s} to {r}",
}


@pytest.mark.parametrize("what", STRANGERS)
async def test_a_schema_of_several_owners_is_migrated_by_none_before_it_has_one(
    dsn: str, owner: str, pool: Pool, what: str
) -> None:
    other = await login(pool, "other")
    await pool.execute(STRANGERS[what].format(s="graphile_worker", o=other, r=owner))
    await pool.execute("delete from graphile_worker.migrations where id > 21")
    await pool.execute("drop table graphile_worker._private_job_retirements")
    await pool.execute("grant usage on schema graphile_worker to " + other)
    before = await catalog(pool)
    for role in (owner, other):
        async with acting_as(dsn, role) as theirs:
            if role == owner:
                assert "migrate" not in offered(await capabilities(theirs))
            with pytest.raises(PermissionDenied):
                await migrate(theirs.queue)
    assert await catalog(pool) == before
    finding = (await findings(dsn, owner))["not_the_owner"]
    assert f'"{other}"' in finding.message
    assert str(finding.remedy).startswith("As a superuser: ")

    await follow(dsn, finding, "")

    assert "not_the_owner" not in await findings(dsn, owner)
    assert f'Then migrate as "{owner}".' in str(finding.remedy)
    async with acting_as(dsn, owner) as theirs:
        assert (await migrate(theirs.queue)).applied == [22]


async def test_who_owns_nothing_is_told_who_does(dsn: str, owner: str, pool: Pool) -> None:
    viewer = await login(pool, "viewer")
    await pool.execute("delete from graphile_worker.migrations where id > 21")
    async with acting_as(dsn, owner) as theirs:
        await theirs.database.pool.execute(Recipe("viewer", viewer).sql((await capabilities(theirs)).facts))

    assert (await findings(dsn, viewer))["not_the_owner"].remedy == f'Migrate as "{owner}".'


async def test_an_applications_own_objects_in_the_schema_do_not_count(dsn: str, owner: str, pool: Pool) -> None:
    await pool.execute("create table graphile_worker.accounts (); delete from graphile_worker.migrations where id > 21")
    async with acting_as(dsn, owner) as theirs:
        assert (await migrate(theirs.queue)).applied == [22]


@pytest.mark.parametrize("who", ["superuser", "member"])
async def test_what_another_than_the_owner_migrates_belongs_to_the_owner(
    dsn: str, owner: str, pool: Pool, utils: WorkerUtils, who: str
) -> None:
    """Else the workers that run as the owner would be refused the new tables."""
    await pool.execute("drop table graphile_worker._private_job_retirements, graphile_worker._private_workers")
    await pool.execute("drop function graphile_worker.complete_jobs; drop view graphile_worker.jobs")
    await pool.execute("delete from graphile_worker.migrations where id > 18")

    if who == "superuser":
        await utils.migrate()
    else:
        member = await login(pool, "member", f"in role {owner}")
        async with acting_as(dsn, member) as theirs:
            await theirs.migrate()

    others = """
      select relname from pg_class where relnamespace = 'graphile_worker'::regnamespace
        and relowner <> $1::text::regrole and relkind in ('r', 'v', 'S')
      union all
      select proname from pg_proc where pronamespace = 'graphile_worker'::regnamespace and proowner <> $1::text::regrole
    """
    assert await pool.fetch(others, owner) == []
    async with acting_as(dsn, owner) as theirs:
        assert set(await findings(dsn, owner)) == {"sessions_unseen"}
        assert (await theirs.add_job("t", key="k")).key == "k"


@pytest.mark.parametrize("there", [True, False])
async def test_who_may_not_make_the_schema(empty_dsn: str, there: bool) -> None:
    async with await asyncpg.create_pool(empty_dsn, min_size=0) as admin:
        role, owner = await login(admin, "role"), await login(admin, "owner")
        await admin.execute(f'alter database "{await admin.fetchval("select current_database()")}" owner to {owner}')
        if there:
            await admin.execute(f"create schema graphile_worker authorization {owner}")
        finding = (await findings(empty_dsn, role))["not_the_owner"]

        await follow(empty_dsn, finding, owner)

        assert "not_the_owner" not in await findings(empty_dsn, role)
        async with acting_as(empty_dsn, role) as theirs:
            assert len((await theirs.migrate()).applied) == 22


async def test_who_does_not_see_sessions(dsn: str, owner: str) -> None:
    await follow(dsn, (await findings(dsn, owner))["sessions_unseen"], "")

    assert await findings(dsn, owner) == {}


async def test_after_the_end_of_read_only_the_second_write_of_a_pool_succeeds(dsn: str, utils: WorkerUtils) -> None:
    """What the remedy says: the write that is refused makes the pool's connections anew."""
    database = f'alter database "{await utils.database.pool.fetchval("select current_database()")}"'
    await utils.database.pool.execute(f"{database} set default_transaction_read_only = on")
    theirs = await connect(dsn)
    with pytest.raises(DatabaseReadOnly) as raised:
        await WorkerUtils(theirs).add_job("t")
    assert "its next write has been refused: try that again" in str(raised.value.hint)
    await theirs.fetchval("select 1")  # a connection from before the end
    await utils.database.pool.execute(f"begin read write; {database} reset default_transaction_read_only; commit")

    with pytest.raises(DatabaseReadOnly):
        await WorkerUtils(theirs).add_job("t")
    await WorkerUtils(theirs).add_job("t")
    await theirs.close()
