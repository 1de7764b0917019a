"""What a shell and a terminal see of the program: completion, colours, passwords in arguments, plain text in a pipe."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from graphile_worker.cli import main
from tests.cli.support import PROGRAM, Program, rows
from tests.cli.terminal import Terminal

COLOURS = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7]|38|48)[;\d]*m")
EVIL = "t\x1b[2J\x9b\u202e"


def test_the_program_is_the_code_that_is_tested() -> None:
    script = "import graphile_worker.cli.main as m; print(m.__file__)"
    ran = subprocess.run(
        [*PROGRAM[:1], "-c", script], env=Program(None).environment, capture_output=True, encoding="utf-8", check=True
    )
    assert ran.stdout.strip() == main.__file__


def completed(line: str) -> list[str]:
    """What bash would be offered after this line."""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_GRAPHILE_WORKER_COMPLETE": "bash_complete"}
    ran = Program(None)(**words)
    assert (ran.code, ran.err) == (0, "")
    return [answer.partition(",")[2] for answer in ran.out.splitlines()]


@pytest.mark.parametrize(("line", "offered"), [
    ("graphile-worker re", ["retry", "reschedule", "remove", "release-old-locks"]),
    ("graphile-worker retry --state fa", ["failed"]),
    ("graphile-worker cleanup gc", ["gc-task-identifiers", "gc-job-queues"]),
    ("graphile-worker list --sor", ["--sort"]),
    ("graphile-worker --sche", ["--schema"]),
    ("graphile-worker completion ", ["bash", "zsh", "fish"]),
])  # fmt: skip
def test_completion(line: str, offered: list[str]) -> None:
    assert completed(line) == offered


def test_completion_scripts(tmp_path: Path) -> None:
    for shell in ("bash", "zsh", "fish"):
        ran = Program(None)("completion", shell)
        assert (ran.code, ran.err) == (0, "")
        assert "graphile-worker" in ran.out and f"_GRAPHILE_WORKER_COMPLETE={shell}_complete" in ran.out
    assert Program(None)("completion", "csh").code == 2


def test_the_script_completes_in_a_real_bash(tmp_path: Path) -> None:
    program = tmp_path / "graphile-worker"
    program.write_text(f'#!/bin/sh\nexec {" ".join(PROGRAM)} "$@"\n')
    program.chmod(0o755)
    script = (
        'eval "$(graphile-worker completion bash)"; COMP_WORDS=(graphile-worker sh); COMP_CWORD=1;'
        ' _graphile_worker_completion graphile-worker; echo "${COMPREPLY[@]}"; complete -p graphile-worker'
    )
    ran = subprocess.run(
        ["bash", "-c", script], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert ran.stdout.splitlines() == [
        "show", "complete -o nosort -F _graphile_worker_completion graphile-worker",
    ]  # fmt: skip


@pytest.mark.parametrize(("arguments", "warned"), [
    (["--database-url", "postgres://u:geheim99@127.0.0.1:1/x"], True),
    (["--database-url=postgresql://u:geheim99@127.0.0.1:1/x"], True),
    (["--database-url", "postgres://127.0.0.1:1/x?user=u&password=geheim99"], True),
    (["--database-url", "postgres://u@127.0.0.1:1/x"], False),
    (["--database-url", "postgres://127.0.0.1:1/a@b"], False),
])  # fmt: skip
def test_a_password_in_an_argument_works_and_warns_once(arguments: list[str], warned: bool) -> None:
    ran = Program(None)("list", *arguments)
    assert (ran.code, ran.err.count("Warning: the password in --database-url is visible")) == (3, int(warned))
    assert "geheim99" not in ran.err


def test_a_password_in_the_environment_is_no_warning(dsn: str) -> None:
    assert "Warning" not in Program(dsn)("list").err
    assert "Warning" not in Program(dsn)("add", "t", "--payload", f'"{dsn}"').err


def test_a_password_is_asked_for_and_not_shown(dsn: str) -> None:
    head, _, place = dsn.rpartition("@")
    user, _, password = head.rpartition(":")
    program = Program(f"{user}@{place}")

    with Terminal(program, "-W", "count") as terminal:
        terminal.until("Database password: ")
        terminal.type(f"{password}\n")
        assert terminal.ended() == 0
    assert terminal.text.split() == ["Database", "password:", "0"]
    ran = program("count", "--ask-password")
    assert (ran.code, ran.err.splitlines()[-1]) == (
        2, "Error: --ask-password needs a terminal; PGPASSFILE and PGPASSWORD do not")  # fmt: skip


def test_a_secret_of_the_admin_is_asked_for(dsn: str) -> None:
    with Terminal(Program(dsn), "admin", "--listen", "127.0.0.1:0", "--password-file", "-") as terminal:
        terminal.until("Password: ")
        terminal.type("geheim99\n")
        terminal.until("Password: configured")
        terminal.type("\x03")
        assert terminal.ended() in (0, 130)
    assert "geheim99" not in terminal.text


async def test_tables_are_drawn_on_a_terminal_and_have_no_colours_when_asked(dsn: str) -> None:
    program = Program(dsn)
    program("add", EVIL, "--key", EVIL, "--queue", EVIL)
    program("fail", "1", "-r", EVIL)
    await rows(dsn, "select graphile_worker.worker_heartbeat(e'w\\x1b[2J')")

    for line in ("list", "show 1", "queues", "workers --heartbeats", "list --json", "export"):
        with Terminal(program, *line.split(), NO_COLOR="1") as terminal:
            assert terminal.ended() == 0
        assert not COLOURS.search(terminal.raw), line
        assert "\x1b[2J" not in terminal.raw and not {"\x9b", "\u202e"} & set(terminal.raw), line
        assert "\\x1b[2J" in terminal.text or "\\u001b[2J" in terminal.text, line
    with Terminal(program, "list") as terminal:
        assert terminal.ended() == 0
    assert COLOURS.search(terminal.raw)
    assert COLOURS.sub("", terminal.raw) != terminal.raw
    with Terminal(program, "list", TERM="dumb") as terminal:
        assert terminal.ended() == 0
    assert "\x1b" not in terminal.raw


async def test_a_list_says_on_a_terminal_how_it_goes_on(dsn: str) -> None:
    await rows(dsn, "select graphile_worker.add_job('send') from generate_series(1, 7)")
    program = Program(dsn)
    with Terminal(program, "list", "--limit", "3") as terminal:
        assert terminal.ended() == 0
    cursor = terminal.text.strip().rpartition("next: --cursor ")[2]

    plain = program("list", "--limit", "3")
    assert (plain.err, [line.split("\t")[0] for line in plain.out.splitlines()[1:]]) == ("", ["1", "2", "3"])
    second = program("list", "--limit", "3", "--cursor", cursor, "--json")
    assert [job["id"] for job in second.value] == [4, 5, 6]
    back, on = (line.rpartition(" ")[2] for line in second.err.splitlines())
    assert [job["id"] for job in program("list", "--cursor", on, "--json").value] == [7]
    assert [job["id"] for job in program("list", "--cursor", back, "--json").value] == [1, 2, 3]


async def test_a_search_ends_however_many_jobs_it_reads(dsn: str) -> None:
    await rows(dsn, "select graphile_worker.add_job('send', payload => json_build_object('n', n))"
                    " from generate_series(1, 5000) n")  # fmt: skip
    program = Program(dsn)
    assert [job["id"] for job in program("list", "--search", '"n" : 49', "--limit", "200", "--json").value] == [
        49, *range(490, 500), *range(4900, 5000),
    ]  # fmt: skip
    newest = program("list", "--search", '"n" : 49', "--sort=-id", "--limit", "3", "--ndjson", "--payload", "none")
    assert [line[:10] for line in newest.out.splitlines()] == ['{"id":4999', '{"id":4998', '{"id":4997']


async def test_show_says_why_and_what_comes(dsn: str) -> None:
    program = Program(dsn)
    program("add", "send", "--max-attempts", "9", "--queue", EVIL)
    await rows(dsn, "update graphile_worker._private_job_queues set locked_at = now(), locked_by = 'w'")
    lines = program("show", "1").out.splitlines()

    assert [line.partition(":")[0] for line in lines] == [
        "id", "task", "queue", "state", "run_at", "attempts", "priority", "key", "locked_by", "last_error", "payload",
        "why", "attempt 1", "attempt 2", "attempt 3", "attempt 4", "attempt 5", "attempt 9",
    ]  # fmt: skip
    assert re.match(r"why: Its queue t\\x1b\[2J\\x9b\\u202e is held by w for \d+ s, running no job", lines[11])
    assert lines[-1].endswith("+00:00, the last")


async def test_a_payload_deeper_than_any_parser_goes(dsn: str) -> None:
    program = Program(dsn)
    payload = "[" * 4000 + '\n"], { \\" [",' + '"x"' + "]" * 4000
    program("add", "send", "--key", 'k"]}')
    await rows(dsn, f"update graphile_worker._private_jobs set payload = $gw${payload}$gw$")
    program("add", "send", "--payload", "{}")
    flat = payload.replace("\n", " ")

    shown, listed = program("show", "1"), program("list", "--ndjson")
    assert [line.partition(":")[0] for line in shown.out.splitlines()][8:11] == ["locked_by", "last_error", "payload"]
    assert (shown.code, "why: Ready." in shown.out, flat[:4000] in shown.out) == (0, True, True)
    assert (listed.code, [line[:8] for line in listed.out.splitlines()]) == (0, ['{"id":1,', '{"id":2,'])
    assert f'"payload":{flat},"priority":0' in listed.out
    assert "\n" + payload.partition("\n")[2] in program("list", "--json").out
    assert program("show", "1", "--json").code == program("export").code == 0
    assert program("complete", "1", "--json").out.startswith("[")


async def test_a_payload_with_half_of_a_pair_is_shown_as_it_stands(dsn: str) -> None:
    program = Program(dsn)
    payload = r'{"a":"\ud800","b":"\u0000","\ud800":1,"c":"\udc00\ud800"}'
    program("add", "send")
    await rows(dsn, f"update graphile_worker._private_jobs set payload = $gw${payload}$gw$")
    shown = program("show", "1")
    assert (shown.code, shown.err) == (0, "")
    assert r'"a":"\ud800"' in shown.out.replace(": ", ":") and "why: Ready." in shown.out


async def test_a_list_loads_no_more_than_it_needs(dsn: str) -> None:
    needless = ("rich", "starlette", "uvicorn", "uvloop", "importlib.resources", "graphile_worker.worker_utils",
                "graphile_worker.admin.server", "graphile_worker.core.locks.sweep")  # fmt: skip
    script = (
        "import sys; from graphile_worker.cli.main import main\n"
        "try: main(['list'])\n"
        f"except SystemExit: print([name for name in {needless} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run(
        [*PROGRAM[:1], "-c", script], env=Program(dsn).environment, capture_output=True, encoding="utf-8"
    )
    assert (ran.returncode, ran.stderr) == (0, "[]\n")


def test_help_and_completion_load_no_driver() -> None:
    script = (
        "import sys; from graphile_worker.cli.lazy_group import COMMANDS\n"
        "from graphile_worker.cli.main import cli\n"
        "for name in COMMANDS:\n"
        "    cli.get_command(None, name)\n"
        "    assert 'asyncpg' not in sys.modules, name"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
