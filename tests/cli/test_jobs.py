"""Every verb by the row it leaves, in a schema with a plain name and in one with an odd name."""

from __future__ import annotations

from typing import Any

import pytest

from graphile_worker.core.schema import Schema
from tests.cli.support import Program, rows

pytestmark = pytest.mark.any_schema


@pytest.fixture
def program(dsn: str, schema_name: str) -> Program:
    """The command line on a fresh schema."""
    return Program(dsn, schema_name)


async def jobs(dsn: str, schema_name: str) -> list[dict[str, Any]]:
    """All rows, oldest first."""
    return await rows(
        dsn, f"select *, payload::text as text from {Schema(schema_name).quoted}._private_jobs order by id"
    )


async def test_add_stores_the_payload_as_it_is_written(program: Program, dsn: str, schema_name: str) -> None:
    ran = program("add", "send", "--payload", '{"n": 1.10, "big": 1e400}', "--queue", "q", "--priority", "-3",
                  "--key", "k", "--job-key-mode", "replace", "--flag", "a", "--flag", "b", "--max-attempts", "4",
                  "--run-at", "2990-01-01 05:30:00+0530")  # fmt: skip
    [row] = await jobs(dsn, schema_name)
    assert (ran.code, ran.out, ran.err) == (0, f"Added job {row['id']} for task `send`\n", "")
    assert row["text"] == '{"n": 1.10, "big": 1e400}'
    assert (row["priority"], row["max_attempts"], row["key"]) == (-3, 4, "k")
    assert row["run_at"].isoformat() == "2990-01-01T00:00:00+00:00"


async def test_add_reads_the_payload_from_standard_input(program: Program, dsn: str, schema_name: str) -> None:
    assert program("add", "send", "--payload-file", "-", "--run-at", "now", stdin="[1,2]").code == 0
    assert [row["text"] for row in await jobs(dsn, schema_name)] == ["[1,2]"]


async def test_complete_fail_and_remove(program: Program, dsn: str, schema_name: str) -> None:
    for key in "abc":
        program("add", "send", "--key", key)
    assert program("complete", "1").out == "Completed 1 job(s): 1\n"
    assert program("fail", "2", "-r", "bad address").out == "Failed 1 job(s): 2\n"
    assert program("remove", "c").out == "Removed job with key `c`\n"
    [left] = await jobs(dsn, schema_name)
    assert (left["id"], left["attempts"], left["last_error"]) == (2, 25, "bad address")


async def test_reschedule_run_now_and_retry(program: Program, dsn: str, schema_name: str) -> None:
    program("add", "send", "--run-at", "2990-01-01T00:00:00Z")
    assert program("reschedule", "1", "--priority", "7", "--max-attempts", "2").code == 0
    assert program("fail", "1").code == 0
    used_up = program("run-now", "1")
    assert (used_up.code, used_up.out) == (1, "Run now 0 job(s)\n")
    assert used_up.err == "job 1 not done (used_up): has used all its attempts: retry it instead\n"
    assert program("retry", "1").out == "Retried 1 job(s): 1\n"
    [row] = await jobs(dsn, schema_name)
    assert (row["priority"], row["attempts"], row["max_attempts"], row["run_at"].year < 2990) == (7, 0, 2, True)


async def test_a_running_job_is_left_alone_and_said_so(program: Program, dsn: str, schema_name: str) -> None:
    program("add", "send")
    program("add", "send")
    table = f"{Schema(schema_name).quoted}._private_jobs"
    await rows(dsn, f"update {table} set locked_at = now(), locked_by = 'w' || chr(27) || '[31m' where id = 1")
    ran = program("complete", "1", "2", "99")
    assert (ran.code, ran.out) == (1, "Completed 1 job(s): 2\n")
    running, missing = ran.err.splitlines()
    assert running.startswith(r"job 1 not done (running): is running on w\x1b[31m since 20")
    assert missing == "job 99 not done (not_found): job 99 not found"
    assert [row["id"] for row in await jobs(dsn, schema_name)] == [1]


async def test_maintenance(program: Program, dsn: str, schema_name: str) -> None:
    program("add", "send", "--queue", "q")
    program("fail", "1")
    assert program("cleanup", "delete-permanently-failed-jobs").out == "Cleanup complete\n"
    assert await jobs(dsn, schema_name) == []
    assert program("cleanup", "gc-job-queues", "--json").value["deleted"] == {"gc-job-queues": 1}
    assert program("migrate", "--json").value["migrated"] is True
    unlocked = program("force-unlock", "nobody")
    assert (unlocked.code, unlocked.out) == (1, "Unlocked 0 worker id(s)\n")
    assert program("sweep-stale-workers", "--sweep-threshold", "5 MIN").out == "No stale workers found\n"


async def test_change_payload(program: Program, dsn: str, schema_name: str) -> None:
    text = '{"n":  1.10, "big": 1e400}'
    program("add", "send", "--payload", '{"old": 1}')
    dry = program("change-payload", "1", "--payload", text, "--dry-run")
    assert (dry.code, dry.out) == (0, "Would change the payload of job 1\n")
    ran = program("change-payload", "1", "--payload-file", "-", "--expected-payload", '{"old": 1}', stdin=text)
    assert (ran.code, ran.out, ran.err) == (0, "Changed the payload of job 1\n", "")
    assert [row["text"] for row in await jobs(dsn, schema_name)] == [text]
    lost = program("--json", "change-payload", "1", "--payload", "{}", "--expected-payload", '{"old": 1}')
    assert lost.code == 1 and "1e400" in lost.out and '"outcome": "changed"' in lost.out
    assert "Job 1 was not changed (changed): was changed meanwhile" in lost.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("1",), 2, "--payload or --payload-file is missing"),
        (("1", "--payload", "{}", "--payload-file", "-"), 2, "cannot go together"),
        (("x", "--payload", "{}"), 2, "is not a job id"),
        (("1", "--payload", ""), 2, "ayload must be JSON"),
        (("1", "--payload", "[" * 7000), 2, "ayload is nested too deep"),
        (("7", "--payload", "{}"), 1, "Job 7 was not changed (not_found): job 7 not found"),
    ],
)
def test_a_payload_that_cannot_be_changed(program: Program, arguments: tuple[str, ...], code: int, said: str) -> None:
    ran = program("change-payload", *arguments)
    assert (ran.code, ran.out) == (code, "") and said in ran.err and "Traceback" not in ran.err
