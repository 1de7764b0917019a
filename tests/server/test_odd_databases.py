"""Schemas with any one object gone, changed or closed: every answer is a sentence with the right status, never a 500."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from graphile_worker.core.database.transactions import Pool
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener
from tests.support.roles import acting_as, login
from tests.support.templates import Databases

READS = (
    *("/api/session", "/api/overview", "/api/jobs", "/api/jobs?state=failed&payload=preview", "/api/jobs/1"),
    *(
        "/api/queues",
        "/api/workers",
        "/api/tasks",
        "/api/errors",
        "/api/crontabs",
        "/api/jobs?error=no",
        "/api/maintenance",
    ),
    *("/api/suggest?field=identifier", "/api/suggest?field=queue", "/api/jobs/count?identifier=t&stats=true"),
)
WRITES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/api/jobs", {"identifier": "t", "queue": "q2", "key": "k2"}),
    *(
        ("/api/jobs/action", {"action": action, "ids": [1, 2, 99]})
        for action in ("fail", "run-now", "retry", "complete")
    ),
    ("/api/jobs/action", {"action": "reschedule", "ids": [1, 2], "priority": 3}),
    ("/api/jobs/payload", {"id": 1, "payload": {"a": 1}}),
    ("/api/jobs/remove-by-key", {"key": "k"}),
    ("/api/maintenance", {"action": "cleanup"}),
    ("/api/maintenance", {"action": "force-unlock", "worker_ids": ["w"]}),
    ("/api/maintenance", {"action": "sweep-stale-workers"}),
    ("/api/maintenance", {"action": "migrate"}),
)
TABLES = ("jobs", "job_queues", "tasks", "workers", "job_retirements", "known_crontabs")
COLUMNS = {
    "jobs": "job_queue_id task_id payload priority run_at attempts max_attempts last_error created_at updated_at key "
    "locked_at locked_by revision flags is_available",
    "job_queues": "queue_name locked_at locked_by is_available",
    "tasks": "identifier",
    "workers": "last_heartbeat_at started_at metadata",
    "known_crontabs": "identifier known_since last_execution",
}
FUNCTIONS = (
    "add_job add_jobs complete_jobs permanently_fail_jobs reschedule_jobs remove_job force_unlock_workers "
    "recover_dead_worker_jobs list_stale_workers delete_stale_workers _private_return_jobs"
).split()
HARMS = {
    **{f"no table {name}": f"drop table s._private_{name} cascade" for name in TABLES},
    **{f"{name} is a view": f"drop table s._private_{name} cascade; create view s._private_{name} as select 1 as id" for name in TABLES},
    **{
        f"no column {table}.{column}": f"alter table s._private_{table} drop column {column} cascade"
        for table, columns in COLUMNS.items()
        for column in columns.split()
    },
    **{f"no function {name}": f"drop function s.{name} cascade" for name in FUNCTIONS},
    "no view": "drop view s.jobs",
    "no type": "drop type s.job_spec cascade",
    "no migrations": "drop table s.migrations",
    "no number": "delete from s.migrations",
    "numbers of another": "alter table s.migrations alter id type text",
    "too old": "delete from s.migrations where id > 12",
    "newer and breaking": "insert into s.migrations values (99, now(), true)",
    "no schema": "drop schema s cascade",
    "payload is jsonb": "drop view s.jobs; alter table s._private_jobs alter payload drop default, alter payload type jsonb",
    "locked_at is text": "drop view s.jobs; alter table s._private_jobs drop column is_available;"
    " alter table s._private_jobs alter locked_at type text, add is_available boolean",
    "a trigger refuses": "create function s.no() returns trigger language plpgsql as"
    " $$ begin raise exception 'no' using errcode = 'P0001'; end $$;"
    " create trigger no before update or delete on s._private_jobs for each row execute function s.no()",
    "a rule of the application": "alter table s._private_jobs add constraint app check (priority < 2) not valid",
}  # fmt: skip


@pytest.fixture
async def jobs(utils: WorkerUtils) -> None:
    """Two jobs, one of them in a queue and old locks in the hands of somebody."""
    await utils.add_job("t", queue="q")
    await utils.add_job("t", key="k")


async def ask_everything(door: Door) -> dict[str, tuple[int, Any]]:
    """Status and body by request."""
    found: dict[str, tuple[int, Any]] = {}
    for path in READS:
        answer = await door.get(path)
        found[path] = answer.status_code, answer.json()
    for path, body in WRITES:
        answer = await door.post(path, body)
        found[f"{path} {body}"] = answer.status_code, answer.json()
    return found


def check(answers: dict[str, tuple[int, Any]]) -> None:
    """200, or a refusal that says what is wrong in words of ours; the session always answers."""
    assert answers["/api/session"][0] == 200
    for request, (status, body) in answers.items():
        assert status in (200, 403, 404, 409, 503), (request, status, body)
        if status >= 400:
            assert body["error"], request
            assert body["code"] not in ("internal_error", "error"), (request, body)


@pytest.mark.variants(16)
@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.usefixtures("jobs")
async def test_whatever_is_gone(door: Door, pool: Pool, utils: WorkerUtils, harm: str) -> None:
    await pool.execute(HARMS[harm].replace(" s.", " graphile_worker.").replace("schema s ", "schema graphile_worker "))
    utils.queue.forget()

    check(await ask_everything(door))


CLOSED = {
    "no usage": "revoke usage on schema graphile_worker from {r}",
    **{f"no {verb} on {table}": f"revoke {verb} on graphile_worker._private_{table} from {{r}}"
       for table in TABLES for verb in ("select", "insert", "update", "delete")},
    "no migrations": "revoke select on graphile_worker.migrations from {r}",
    "no add_job": "revoke execute on all functions in schema graphile_worker from public",
    "no lists of catalogs": "revoke select on pg_stat_activity from public",
}  # fmt: skip


@pytest.fixture
async def operator(pool: Pool, dsn: str, jobs: None) -> AsyncIterator[tuple[str, WorkerUtils]]:
    """A role with every right, and all verbs as it."""
    name = await login(pool, "operator", "bypassrls")
    await pool.execute(
        f"grant usage on schema graphile_worker to {name}; grant all on all tables in schema graphile_worker to {name}"
    )
    async with acting_as(dsn, name) as utils:
        yield name, utils


@pytest.mark.variants(8)
@pytest.mark.parametrize("what", CLOSED)
async def test_whatever_is_closed(
    what: str, operator: tuple[str, WorkerUtils], pool: Pool, open_door: Opener, monkeypatch: pytest.MonkeyPatch,
    utils: WorkerUtils,
) -> None:  # fmt: skip
    name, theirs = operator
    await pool.execute(CLOSED[what].format(r=name))
    monkeypatch.setattr(utils, "database", theirs.database)

    answers = await ask_everything(open_door())

    check(answers)
    said = {warning["message"] for warning in answers["/api/session"][1]["warnings"]}
    refusals = {body["error"] for status, body in answers.values() if status == 403}
    if what == "no migrations":
        plan = answers["/api/maintenance"][1]["migrate"]
        assert plan["refused"] in said, "what cannot be read is not up to date"
    assert refusals <= said or what == "no lists of catalogs", "what is refused is said by the session, word for word"


async def test_bytes_of_no_encoding(
    databases: Databases, open_door: Opener, monkeypatch: pytest.MonkeyPatch, utils: WorkerUtils
) -> None:
    """A database that knows none takes any bytes: a job whose last error is not UTF-8 cannot be shown, others can."""
    async with databases.encoded("SQL_ASCII") as theirs:
        await theirs.add_job("t", {"é": "…"}, queue="q")
        await theirs.add_job("t", key="k")
        await theirs.database.pool.execute(
            "update graphile_worker._private_jobs set attempts = 25,"
            " last_error = convert_from('\\xe9'::bytea, 'SQL_ASCII') where id = 2"
        )
        monkeypatch.setattr(utils, "database", theirs.database)
        door = open_door()
        answers = await ask_everything(door)
        check(answers)
        assert answers["/api/jobs/1"][0] == 200
        status, said = answers["/api/jobs"]
        assert (status, said["error"]) == (409, "text in the database is not UTF-8, so it cannot be shown")
        assert "SQL_ASCII" in said["hint"]
