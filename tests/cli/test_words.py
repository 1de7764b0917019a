"""The words that people type: mistyped commands, the page's words, and options as their errors name them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import asyncpg
import click
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.names import suggest
from graphile_worker.cli.lazy_group import COMMANDS, WORDS
from graphile_worker.cli.main import cli, main
from graphile_worker.cli.selection import unknown_names
from tests.cli.support import Program, rows

LONG = "x" * 1200


@pytest.mark.parametrize(("typed", "near"), [
    ("lst", "list"), ("Stats", "stats"), ("reschdule", "reschedule"), ("dcotor", "doctor"), ("forceunlock", "force-unlock"),
    ("runnow", "run-now"), ("helth", "doctor"),
])  # fmt: skip
def test_a_mistyped_command(dsn: str, typed: str, near: str) -> None:
    ran = Program(dsn)(typed)
    assert ran.code == 2 and ran.out == ""
    assert ran.err.endswith(f"Error: No such command '{typed}'. Did you mean {near}?\n")


def test_what_is_near_to_nothing(dsn: str) -> None:
    program = Program(dsn)
    assert program("xyzzy").err.endswith("No such command 'xyzzy'.\n")
    assert "Did you mean" not in program("l" * 5000).err
    mistyped = program("list", "--stat", "ready")
    assert mistyped.code == 2 and "--state" in mistyped.err
    assert "Did you mean" in program("admin-user", "lst").err


def test_the_words_of_the_page_are_commands() -> None:
    with click.Context(cli) as context:
        for word, command in WORDS.items():
            assert word not in COMMANDS and cli.get_command(context, word) is cli.get_command(context, command)


async def test_the_words_of_the_page_in_a_filter(dsn: str) -> None:
    await rows(dsn, "select graphile_worker.add_job('send'), graphile_worker.add_job('sweep')")
    await rows(dsn, "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w' where id = 1")
    program = Program(dsn)

    for state in ("locked", "running", "Running", "LOCKED"):
        assert [job["id"] for job in program("jobs", "--state", state, "--json").value] == [1]
    assert program("count", "--task", "sweep").out == program("count", "--identifier", "sweep").out == "1\n"
    assert program("retry", "--task", "sweep", "--dry-run").out == "Would retry 1 job\n"
    refused = program("count", "--state", "runing")
    assert refused.code == 2 and "'runing' is not one of 'all', 'ready'" in refused.err


# Each line, and what its error begins with: the option as it was typed, or the placeholder of the argument.
BAD_VALUES = [
    *((f"{command} {option} {value}", f"{option} must")
      for command in ("list", "count", "export", "complete", "fail", "run-now", "run-next", "retry", "reschedule --now")
      for option, value in (
          ("--identifier", LONG), ("--task", LONG), ("--queue", LONG), ("--key", LONG), ("--worker", LONG), ("--flag", LONG),
          ("--error", LONG), ("--variant", LONG), ("--search", LONG), ("--priority-min", "x"), ("--priority-max", "40000"), ("--attempts-min", "1.5"),
          ("--attempts-max", "99999999999999999999"), ("--run-at-from", "soon"), ("--run-at-to", "1y"),
          ("--created-from", "2026-01-01"), ("--created-to", "tomorrow"), ("--failed-from", "soon"), ("--failed-to", "1y"),
      )),
    ("list --column a..b", "--column must be names"), (f"list --column {LONG}", "--column must be"),
    ("export --column a..b", "--column must be names"), (f"export --column {LONG}", "--column must be"),
    ("list --priority-min 2 --priority-max 1", "--priority-min must not be above --priority-max"),
    ("list --cursor x", "--cursor is not"), ("export --cursor x", "--cursor is not"),
    ("list --cursor eyJ4IjoxfQ --offset 2", "--cursor is not"),
    ("list --limit -1", "Invalid value for '--limit'"), ("list --sort x", "Invalid value for '--sort'"),
    ("list --offset 99999999999999999999", "--offset must be between 0 and"),
    ("export --limit 0", "Invalid value for '--limit'"), ("export --bom", "--bom goes with --format"),
    ("show x", "Invalid value for 'ID'"), ("change-payload x --payload 1", "Invalid value for 'ID'"),
    ("change-payload 1 --payload {", "--payload must be JSON"),
    (f"add {LONG}", "IDENTIFIER must be 1 to 128"), ("add x --payload {", "--payload must be JSON"),
    (f"add x --queue {LONG}", "--queue must be"), ("add x --run-at soon", "--run-at must be"),
    ("add x --max-attempts 0", "--max-attempts must be between 1"), (f"add x --key {LONG}", "--key must be"),
    ("add x --priority 40000", "--priority must be between"), (f"add x --flag {LONG}", "--flag must be"),
    ("add x --job-key-mode replace", "--job-key-mode needs --key"),
    ("fail 1 --reason " + "x" * 100_001, "--reason must be at most"), ("fail 1 -r " + "x" * 100_001, "-r must be at most"),
    ("run-now 1 --priority 40000", "--priority must be"), ("run-now 1 --attempts -1", "--attempts must be"),
    ("run-now 1 --max-attempts 0", "--max-attempts must be"),
    ("reschedule 1 --now --run-at soon", "--now cannot go"), ("reschedule 1 --run-at soon", "--run-at must be"), ("reschedule 1 --priority 40000", "--priority must be"),
    ("reschedule 1 --attempts=-1", "--attempts must be"), ("reschedule 1 --max-attempts 0", "--max-attempts must be"),
    (f"remove {LONG}", "KEY must be"),
    ("errors --limit -1", "Invalid value for '--limit'"), ("errors --sort x", "Invalid value for '--sort'"), (f"errors --search {LONG}", "--search must be"),
    ("errors --since soon", "--since must be"), ("errors --until soon", "--until must be"),
    (f"queues --search {LONG}", "--search must be"), ("queues --sort x", "Invalid value for '--sort'"),
    ("queues --limit -1", "Invalid value for '--limit'"),
    ("watch --interval 0", "--interval must be"), ("watch --count 0", "Invalid value for '--count'"),
    ("cleanup x", "Invalid value for '[TASK]...'"), ("cleanup --force x", "Invalid value for '--force'"),
    ("cleanup --force gc-task-identifiers gc-job-queues", "--force names"),
    ("release-old-locks --older-than 2m", "--older-than must be between 15m and 366d"),
    ("release-old-locks --older-than x", "Invalid value for '--older-than'"),
    ("sweep-stale-workers --sweep-threshold 3s", "--sweep-threshold must be between 1m and 366d"),
    ("sweep-stale-workers --recovery-delay 9999d", "--recovery-delay must be between 0s and 366d"),
    ("doctor --fix --task x", "--task 'x' is not ID=NAME"), (f"doctor --fix --task 1={LONG}", "--task must be"),
    (f"roles --viewer {LONG}", "--viewer must be"), (f"roles --operator {LONG}", "--operator must be"),
    (f"stats --schema {LONG}", "--schema must be"), ("stats --max-connections 0", "Invalid value for '--max-connections'"),
]  # fmt: skip
# Options whose values are free text, numbers or files that the tests of their commands check, or that take no value.
ELSEWHERE = {
    "database_url", "ask_password", "json", "ndjson", "format", "output", "payload", "payload_file", "expected_payload", "job_key_mode", "dry_run",
    "yes", "now", "heartbeats", "listeners", "held", "rate", "fix", "state", "ids", "worker_ids", "sort", "shell", "schema", "max_connections",
}  # fmt: skip
SERVERS = {"admin", "admin-user", "healthcheck", "demo", "completion"}


def test_an_error_names_the_option_as_it_was_typed(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    fields, others = _fields(), []
    for line, begin in BAD_VALUES:
        with pytest.raises(SystemExit) as end:
            main(
                [*line.split(), "--database-url", dsn, *(["--yes"] if line.split()[0] in ("complete", "fail") else [])]
            )
        printed = capsys.readouterr()
        message = next(text for text in printed.err.splitlines() if text.startswith("Error: "))
        named = [name for name in fields if name in message.partition(" is not one of ")[0]]
        if (end.value.code, printed.out) != (2, "") or not message.startswith(f"Error: {begin}") or named:
            others.append((line[:60], end.value.code, message))
    assert others == []


def _fields() -> set[str]:
    """The names of parameters that no option has: those with an underscore."""
    with click.Context(cli) as context:
        commands = [cli.get_command(context, name) for name in COMMANDS]
    named = {one.name for command in commands if command for one in command.params if one.name and "_" in one.name}
    return named | {"older_than_secs", "sweep_threshold_secs", "recovery_delay_secs", "cleanup_tasks"}


def test_every_option_of_every_command_is_in_the_table() -> None:
    with click.Context(cli) as context:
        for name in sorted(set(COMMANDS) - SERVERS):
            command = cli.get_command(context, name)
            assert command is not None
            lines = [f"{line} {begin}" for line, begin in BAD_VALUES if line.split()[0] == name]
            for one in command.params:
                words = one.opts if isinstance(one, click.Option) else [one.human_readable_name]
                tested = one.name in ELSEWHERE or any(word in line for word in words for line in lines)
                assert tested, f"{name} {one.name} has no bad value in the table"


async def test_a_name_that_does_not_exist(dsn: str) -> None:
    await rows(dsn, "select graphile_worker.add_job('send_email', queue_name => 'mails')")
    await rows(dsn, "select graphile_worker.add_job('idle')")
    await rows(dsn, "delete from graphile_worker._private_jobs where id = 2")
    program = Program(dsn)
    task, queue = (
        "No task is called send_emial. Did you mean send_email?\n",
        "No queue is called mials. Did you mean mails?\n",
    )

    ran = program("list", "--task", "send_emial", "--queue", "mials")
    assert (ran.code, ran.out.count("\n"), ran.err) == (0, 1, task + queue)
    assert program("count", "--task", "send_emial", "--json").value["count"] == 0
    assert (ran := program("count", "--queue", "mials")).out == "0\n" and ran.err == queue
    assert program("export", "--task", "send_emial").err == task
    ran = program("retry", "--task", "send_emial", "--yes")
    assert ran.err.startswith(task)
    assert program("list", "--task", "b\x1bz").err == "No task is called b\\x1bz.\n"
    for line in ("list --task idle", "list --task send_email --queue mials", "count", "list --state failed"):
        assert ("No task" in program(*line.split()).err) is False
    assert program("list", "--task", "send_email", "--task", "send_emial").err == ""


async def test_no_error_of_the_names_fails_the_command(
    dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another schema has no tables; a locked table is waited for until the time limit of the names."""
    filter = JobFilter.of({"identifier": ["nothing"]})
    monkeypatch.setattr(unknown_names, "SECONDS_MAX", 0.2)
    monkeypatch.setattr(suggest, "TIMEOUT", 60.0)
    async with asyncio.timeout(30), asyncpg.create_pool(dsn) as pool, pool.acquire() as connection:
        for schema in ("missing", "graphile_worker"):
            session: Any = SimpleNamespace(queue=WorkerUtils(pool, schema).queue)
            async with connection.transaction():
                await connection.execute("lock table graphile_worker._private_tasks")
                await unknown_names.note_unknown_names(session, filter)
    assert capsys.readouterr() == ("", "")
