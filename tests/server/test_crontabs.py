"""The known crontabs and their jobs, with rows as Node's worker and the Rust port write them."""

from __future__ import annotations

import pytest

from graphile_worker.admin.api.tables import crontabs
from graphile_worker.core.database.transactions import Pool
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener
from tests.support.roles import acting_as, login
from tests.support.table import Table

NO_JOBS = {
    "total": 0, "ready": 0, "scheduled": 0, "locked": 0, "failed": 0, "retrying": 0, "backfilled": 0,
    "newest_at": None, "newest_job": None,
}  # fmt: skip


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


async def know(table: Table, identifier: str, last: str | None) -> None:
    """As a worker registers a crontab."""
    await table.run(
        "insert into {s}._private_known_crontabs values ($1, '2026-01-01', $2::text::timestamptz)", identifier, last
    )


async def added(table: Table, task: str, payload: str, *, max_attempts: int = 25) -> None:
    """As a worker adds the job of a crontab."""
    await table.run(
        "select {s}.add_job($1, $2::text::json, run_at => '2026-11-30', max_attempts => $3)",
        task,
        payload,
        max_attempts,
    )


@pytest.mark.any_schema
async def test_rows_of_both_workers(door: Door, table: Table) -> None:
    await know(table, "mail", "2026-11-30 10:05:00.250Z")  # Node
    await know(table, "report", "2026-11-30 10:00:00Z")  # Rust
    await know(table, "nightly", None)  # with `id=`: its task has another name
    await know(table, "idle", "infinity")
    await added(table, "mail", '{"_cron":{"ts":"2026-11-30T10:04:00.000Z","backfilled":true}}')
    await added(table, "mail", '{"to":"all","_cron":{"ts":"2026-11-30T10:05:00.250Z","backfilled":false}}')
    await added(table, "report", '{"a": 1, "_cron": {"ts": "2026-11-30T12:00:00+02:00", "backfilled": false}}')
    await added(table, "report", "{}")  # Rust's job of a crontab without a payload: no mark
    await added(table, "vacuum", '{"_cron":{"ts":"2026-11-30T03:00:00.000Z","backfilled":false}}', max_attempts=1)
    await added(table, "idle", '{"text": "\\"_cron\\": {}", "deep": {"_cron": {"ts": "2026-11-30T03:00:00Z"}}}')
    await table.run(
        "update {s}._private_jobs set attempts = 1, last_error = 'x'"
        " where task_id = (select id from {s}._private_tasks where identifier = 'vacuum')"
    )

    answer = await door.answer("/api/crontabs")

    rows = {row["identifier"]: row for row in answer["crontabs"]}
    assert list(rows) == ["idle", "mail", "nightly", "report"]
    assert rows["mail"]["known_since"] == "2026-01-01T00:00:00Z"
    assert {name: row["last_execution"] for name, row in rows.items()} == {
        "idle": "infinity", "mail": "2026-11-30T10:05:00.250Z", "nightly": None, "report": "2026-11-30T10:00:00Z",
    }  # fmt: skip
    assert [name for name, row in rows.items() if row["last_execution_secs"] is None] == ["idle", "nightly"]
    mail = rows["mail"]["jobs"]
    assert (mail["total"], mail["ready"] + mail["scheduled"], mail["backfilled"]) == (2, 2, 1)
    assert mail["newest_at"] == "2026-11-30T10:05:00.250Z"
    assert mail["newest_job"] == 2
    assert rows["report"]["jobs"]["total"] == 1
    assert rows["report"]["jobs"]["newest_at"] == "2026-11-30T10:00:00Z"
    assert rows["idle"]["jobs"] == NO_JOBS
    assert rows["nightly"]["jobs"] is None
    assert [(row["task_identifier"], row["jobs"]["failed"]) for row in answer["tasks"]] == [("vacuum", 1)]
    assert (answer["table"], answer["complete"]) == ("seen", True)


async def test_any_payload(door: Door, table: Table) -> None:
    """`_cron` may be the work of any program, and a payload may hold what PostgreSQL cannot take apart."""
    await know(table, "t", None)
    times = (
        "2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "infinity",
        "2026-01-01T24:00:00Z", "2026-01-01T23:59:59+14:59", "9999-01-01T00:00:00Z", "now", "",
    )  # fmt: skip
    marks = [f'{{"_cron": {{"ts": "{time}"}}}}' for time in times]
    marks += ['{"a": "\\u0000\\ud800", "_cron": {"ts": "2025-01-01T00:00:00Z", "backfilled": 1}}']
    marks += ['{"_cron": {"ts": 1e400}}', '{"_cron": {}}', '{"_cron": {"ts": ' + "[" * 500 + "]" * 500 + "}}"]
    others = ['{"_cron": null}', '{"_cron": "x"}', '[{"_cron": {}}]', '"_cron"', "null", "1e400"]
    others += ['{"_cron": {}, "deep": ' + "[" * 5000 + "]" * 5000 + "}"]  # nested too deeply to be taken apart
    for payload in (*marks, *others):
        await added(table, "t", payload)

    (row,) = (await door.answer("/api/crontabs"))["crontabs"]

    assert row["jobs"]["total"] == len(marks)
    assert row["jobs"]["newest_at"] == "2026-01-01T09:00:59Z"
    assert row["jobs"]["backfilled"] == 0


async def test_more_rows_than_are_read(door: Door, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crontabs, "JOBS_MAX", 2)
    monkeypatch.setattr(crontabs, "ROWS_MAX", 1)
    await know(table, "a", None)
    for day in (1, 2):
        await added(table, "a", f'{{"_cron": {{"ts": "2026-01-0{day}T00:00:00Z"}}}}')
    assert (await door.answer("/api/crontabs"))["complete"]
    await added(table, "a", '{"_cron": {"ts": "2026-01-03T00:00:00Z"}}')
    answer = await door.answer("/api/crontabs")
    assert (answer["complete"], answer["crontabs"][0]["jobs"]["total"]) == (False, 2)
    await table.run("delete from {s}._private_jobs")
    await know(table, "b", None)
    answer = await door.answer("/api/crontabs")
    assert (answer["complete"], [row["identifier"] for row in answer["crontabs"]]) == (False, ["a"])


async def test_a_redaction_hides_all_values(open_door: Opener, table: Table) -> None:
    await know(table, "t", "2026-11-30")
    await added(table, "t", '{"_cron": {"ts": "2026-11-30T00:00:00Z", "backfilled": true}}')
    for words in (["all"], ["customer"]):
        door = open_door("host", redact=words)
        door.headers["x-user"] = "vera:read"
        (row,) = (await door.answer("/api/crontabs"))["crontabs"]
        assert row["last_execution"] == "2026-11-30T00:00:00Z"
        assert row["jobs"]["total"] == 1
        assert (row["jobs"]["newest_at"], row["jobs"]["backfilled"]) == (None, None)
        door.headers["x-user"] = "otto:read retry"
        (row,) = (await door.answer("/api/crontabs"))["crontabs"]
        assert row["jobs"]["backfilled"] == 1


async def test_a_role_that_may_not_read_the_table(
    open_door: Opener, pool: Pool, dsn: str, table: Table, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> None:
    await know(table, "t", None)
    await added(table, "t", '{"_cron": {"ts": "2026-11-30T00:00:00Z"}}')
    name = await login(pool, "reader", "bypassrls")
    await pool.execute(
        f"grant usage on schema graphile_worker to {name};"
        f"grant select on all tables in schema graphile_worker to {name};"
        f"revoke select on graphile_worker._private_known_crontabs from {name}"
    )
    async with acting_as(dsn, name) as theirs:
        monkeypatch.setattr(utils, "database", theirs.database)
        answer = await open_door().answer("/api/crontabs")
        found = await theirs.crontabs()

    assert (answer["table"], answer["crontabs"]) == ("unseen", [])
    assert [(row["task_identifier"], row["jobs"]["total"]) for row in answer["tasks"]] == [("t", 1)]
    assert (found.table, found.crontabs, found.tasks[0].jobs.total) == ("unseen", [], 1)


async def test_a_schema_without_the_table(door: Door, table: Table, utils: WorkerUtils) -> None:
    await table.run("drop table {s}._private_known_crontabs")
    utils.queue.forget()
    answer = await door.answer("/api/crontabs")
    assert (answer["table"], answer["crontabs"], answer["tasks"]) == ("none", [], [])


async def test_wrong_requests(open_door: Opener) -> None:
    refused = await open_door().get("/api/crontabs?limit=1")
    assert (refused.status_code, refused.json()["field"]) == (400, "limit")
    door = open_door("host")
    door.headers["x-user"] = "ada:retry"
    assert (await door.get("/api/crontabs")).status_code == 403
