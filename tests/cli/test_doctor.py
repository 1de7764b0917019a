"""`doctor` and `roles`: what this database is, what this role may do, and how another gets to."""

from __future__ import annotations

import pytest

from graphile_worker.core.database.transactions import Pool
from graphile_worker.worker_utils import WorkerUtils
from tests.cli.support import Program, rows
from tests.support.roles import as_role, login


def test_a_healthy_queue(dsn: str) -> None:
    ran = Program(dsn)("doctor")

    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0].startswith("database: test_")
    assert lines[1] == "role: postgres (owner)"
    assert lines[2] == "schema: graphile_worker (migration 22, current)"
    assert lines[3].startswith("offered: migrate, add, complete, fail, run-now, run-next, retry")
    assert lines[-1] == "Nothing looks wrong."


def test_as_json(dsn: str) -> None:
    value = Program(dsn)("doctor", "--json").value

    assert (value["schema"], value["verdict"], value["migration"], value["healthy"]) == (
        "graphile_worker", "current", 22, True,
    )  # fmt: skip
    assert value["findings"] == []
    assert set(value["offers"].values()) == {None}
    assert value["repaired"] is None


async def test_what_is_wrong_exits_1_and_fix_mends_it(dsn: str, utils: WorkerUtils) -> None:
    job = await utils.add_job("lost", queue="lost")
    await utils.database.pool.execute(
        "delete from graphile_worker._private_tasks; delete from graphile_worker._private_job_queues"
    )
    program = Program(dsn)

    told = program("doctor")
    fixed = program("doctor", "--fix", "--task", f"{job.task_id}=send=email")

    assert told.code == 1
    assert f"error: The rows of tasks are gone that jobs refer to, so these jobs never run: {job.task_id}" in told.out
    assert fixed.code == 0, fixed.out
    assert f"recreated: lost queue {job.job_queue_id} (id {job.job_queue_id})" in fixed.err
    assert "1 job given to a named task" in fixed.err
    assert [row["task_identifier"] for row in await rows(dsn, "select * from graphile_worker.jobs")] == ["send=email"]


async def test_jobs_that_fail_now_are_a_finding(dsn: str, utils: WorkerUtils) -> None:
    async def fail(minutes_ago: int, which: str) -> None:
        """As a worker leaves a job after its first attempt."""
        when = f"now() - interval '{minutes_ago} minutes'"
        job = f"last_error = 'no', attempts = 1, updated_at = {when}, run_at = {when} + exp(1) * interval '1 second'"
        await rows(dsn, f"update graphile_worker._private_jobs set {job} where {which}")

    ids = [(await utils.add_job("send" if n else "other")).id for n in range(12)]
    await fail(9, "true")
    await rows(dsn, f"update graphile_worker._private_jobs set attempts = 25 where id = {ids[-1]}")

    told = Program(dsn)("doctor")
    assert told.code == 1
    found = "12 jobs of 2 tasks failed in their last attempt within 10 minutes: send (11), other (1)."
    assert f"warning: {found}" in told.out and "Nothing looks wrong." not in told.out

    await fail(11, f"id <> {ids[0]}")
    told = Program(dsn)("doctor")
    assert (told.code, "note: 1 job of 1 task failed in their last attempt" in told.out) == (0, True)


def test_no_schema_exits_3_and_says_what_helps(empty_dsn: str) -> None:
    ran = Program(empty_dsn)("doctor")

    assert ran.code == 3
    assert 'error: The schema "graphile_worker" holds no Graphile Worker tables yet.' in ran.out
    assert "  Run `graphile-worker migrate`" in ran.out


async def test_names_from_the_database_reach_no_terminal_raw(dsn: str, pool: Pool) -> None:
    user = await login(pool, "evil")
    await pool.execute(f'alter role {user} rename to "{user}\x1b[31m"')
    await pool.execute(f"alter role \"{user}\x1b[31m\" password 'secret'")
    ran = Program(as_role(dsn, f"{user}%1b%5B31m"))("doctor")

    assert ran.code == 3
    assert "\\x1b[31m" in ran.out
    assert "\x1b" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["doctor", "--task", "1=t"], "--task needs --fix"),
        (["doctor", "--fix", "--task", "t"], "is not ID=NAME, like 17=send_email"),
        (["doctor", "--fix", "--task", "0=t"], "task must be between 1 and"),
        (["roles"], "name at least one: --viewer ROLE, --operator ROLE"),
        (["roles", "--viewer", ""], "viewer must be 1 to 63 characters"),
        (["roles", "--viewer", "postgres"], "viewer owns tables of this schema and can give itself every right"),
        (["roles", "--operator", "é" * 40], "operator must be at most 63 bytes"),
    ],
)
def test_bad_input_is_a_sentence(dsn: str, arguments: list[str], message: str) -> None:
    ran = Program(dsn)(*arguments)

    assert ran.code == 2
    assert message in ran.err


@pytest.mark.any_schema
@pytest.mark.parametrize("kind", ["viewer", "operator"])
async def test_what_roles_prints_makes_a_role_that_can_work(dsn: str, pool: Pool, schema_name: str, kind: str) -> None:
    user = await login(pool, kind)
    program = Program(dsn, schema_name)

    printed = program("roles", f"--{kind}", user)
    assert printed.code == 0, printed.err
    await pool.execute(printed.out)

    theirs = Program(as_role(dsn, user), schema_name)
    assert theirs("list").code == 0
    assert theirs("doctor").code == 0
    added = theirs("add", "t")
    assert (added.code, "may not" in added.err) == ((0, False) if kind == "operator" else (3, True))


async def test_a_role_name_cannot_leave_the_recipe(dsn: str, pool: Pool) -> None:
    name = f'it\'s "odd"\n; drop schema graphile_worker cascade; -- {await pool.fetchval("select current_database()")}'
    await pool.execute('create role "' + name.replace('"', '""') + '"')

    printed = Program(dsn)("roles", "--viewer", name, "--json")
    await pool.execute(printed.value["viewer"])

    assert await pool.fetchval("select has_table_privilege($1, 'graphile_worker._private_jobs', 'select')", name)


async def test_what_doctor_could_not_see_is_said_and_hurts_nobody(dsn: str, pool: Pool) -> None:
    user = await login(pool, "operator", "bypassrls")
    await pool.execute(f"grant usage on schema graphile_worker to {user}")
    await pool.execute(f"grant all on all tables in schema graphile_worker to {user}")

    ran = Program(as_role(dsn, user))("doctor")

    assert ran.code == 0, ran.out
    assert "may not read job_queues_id_seq, jobs_id_seq1 and tasks_id_seq: whether these sequences near" in ran.out
    assert "grant select on sequence graphile_worker.job_queues_id_seq" in ran.out
