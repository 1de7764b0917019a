"""`--dry-run` on what adds and removes, and the questions that maintenance asks on a terminal."""

from __future__ import annotations

import pytest

from tests.cli.support import Program, rows
from tests.cli.terminal import Terminal


@pytest.fixture
async def program(dsn: str) -> Program:
    """Job 1 waits with the key `waits`, job 2 runs with `runs` on w1, job 3 is failed."""
    await rows(dsn, "select graphile_worker.add_job('send', job_key => k) from unnest('{waits,runs,failed}'::text[]) k")
    await rows(dsn, "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w1' where id = 2")
    await rows(dsn, "update graphile_worker._private_jobs set attempts = max_attempts where id = 3")
    return Program(dsn)


async def all_rows(dsn: str) -> list[str]:
    return [str(row) for row in await rows(dsn, "select j.*, j.xmin from graphile_worker._private_jobs j order by id")]


async def test_an_add_that_only_looks(program: Program, dsn: str) -> None:
    before = await all_rows(dsn)
    for arguments, words in (
        ([], "Would add a job for task `t\\x1b`"),
        (["--key", "waits"], "Would replace job 1, which waits with this key, by one for task `t\\x1b`"),
        (
            ["--key", "runs"],
            "Would add a job for task `t\\x1b`; job 2 runs: it would lose the key and not be tried again",
        ),
        (
            ["--key", "runs", "--job-key-mode", "unsafe-dedupe"],
            "Would leave job 2 as it is, which has this key already",
        ),
    ):
        ran = program("add", "t\x1b", *arguments, "--dry-run")
        assert (ran.code, ran.out, ran.err) == (0, words + "\n", "")
    assert program("add", "t", "--key", "runs", "--dry-run", "--json").value == {
        "dry_run": True, "outcome": "split", "previous_id": 2,
    }  # fmt: skip
    for wrong in (["--priority", "40000"], ["--payload", "{"], ["--run-at", "yesterday"], ["--key", " "]):
        assert program("add", "t", *wrong, "--dry-run").code == 2
    assert await all_rows(dsn) == before


async def test_a_removal_that_only_looks(program: Program, dsn: str) -> None:
    before = await all_rows(dsn)
    waits, runs, nobody = (program("remove", key, "--dry-run") for key in ("waits", "runs", "nobody"))

    assert (waits.code, waits.out, waits.err) == (0, "Would remove job 1 with key `waits`\n", "")
    assert (runs.code, runs.out) == (0, "Would remove job 2 with key `runs`\n")
    assert runs.err == "job 2 is running: it would lose its key, go on, and not be retried\n"
    assert (nobody.code, nobody.out, nobody.err) == (1, "", "Error: No job with key `nobody`.\n")
    assert program("remove", "runs", "--dry-run", "--json").value == {
        "removed_key": None, "outcome": "key_released", "id": 2, "dry_run": True,
    }  # fmt: skip
    assert await all_rows(dsn) == before


@pytest.mark.parametrize(("line", "question"), [
    ("cleanup", "Delete 1 permanently failed job? [y/N]: "),
    ("cleanup delete-permanently-failed-jobs", "Delete 1 permanently failed job? [y/N]: "),
    ("force-unlock w1 w2", "Release 1 job and 0 queues of 1 worker? A job that still runs may run twice. [y/N]: "),
])  # fmt: skip
async def test_maintenance_asks_on_a_terminal(program: Program, dsn: str, line: str, question: str) -> None:
    before = await all_rows(dsn)
    with Terminal(program, *line.split()) as terminal:
        terminal.until(question)
        terminal.type("n\n")
        assert terminal.ended() == 1
    assert await all_rows(dsn) == before
    with Terminal(program, *line.split(), "--yes") as terminal:
        assert terminal.ended() == (1 if "w2" in line else 0)
        assert question not in terminal.text
    assert await all_rows(dsn) != before


@pytest.mark.parametrize("line", ["cleanup gc-job-queues", "force-unlock nobody", "complete 1 --dry-run", "retry 1"])
async def test_what_deletes_nothing_does_not_ask(program: Program, line: str) -> None:
    with Terminal(program, *line.split()) as terminal:
        terminal.ended()
    assert "[y/N]" not in terminal.text


async def test_everything_as_one_line(program: Program) -> None:
    for line in ("migrate", "migrate --dry-run", "stats", "doctor", "show 1", "cleanup --dry-run", "add t", "remove waits",
                 "release-old-locks", "sweep-stale-workers"):  # fmt: skip
        ran = program(*line.split(), "--ndjson")
        assert ran.out.count("\n") == 1, line
        assert ran.value is not None
    assert len(program("--ndjson", "list").out.splitlines()) == 3
    assert len(program("workers", "--ndjson").out.splitlines()) == 1
