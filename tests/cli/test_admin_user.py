"""`admin-user` writes the users file, and `admin --users` serves whom it names."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from graphile_worker.admin.server.users.users_file_edit import load
from tests.cli.support import PROGRAM, Program, Ran
from tests.cli.terminal import Terminal
from tests.cli.test_admin import admin, lines
from tests.server.operators import ROLE_OF, cheap_hash, line, write

PASSWORD = "correct horse battery"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "users"


def added(file: Path, name: str, *more: str, password: str = PASSWORD, **environment: str) -> Ran:
    arguments = ["admin-user", "add", name, "--file", str(file), "--password-file", "-", *more]
    return Program(None)(*arguments, stdin=password + "\n", **environment)


def test_add_list_and_remove(file: Path) -> None:
    ran = added(file, "ada", "--role", "operator")
    assert (ran.code, ran.out, ran.err) == (0, f"Added ada (operator) in {file}\n", "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and PASSWORD not in file.read_text()
    assert added(file, "grace", "--role", "admin", "--json").value == {
        "message": f"Added grace (admin) in {file}", "name": "grace", "role": "admin", "file": str(file),
        "replaced": False,
    }  # fmt: skip
    program = Program(None)
    assert program("admin-user", "list", "--file", str(file)).out == "NAME\tROLE\nada\toperator\ngrace\tadmin\n"
    listed = program("--json", "admin-user", "list", GRAPHILE_WORKER_ADMIN_USERS=str(file))
    assert listed.value == [{"name": "ada", "role": "operator"}, {"name": "grace", "role": "admin"}]
    assert len(program("admin-user", "list", "--file", str(file), "--ndjson").out.splitlines()) == 2
    ran = program("admin-user", "remove", "ada", "--file", str(file), "--json")
    assert ran.value == {"message": f"Removed ada from {file}", "name": "ada", "file": str(file), "left": 1}
    assert "lets nobody in" in program("admin-user", "remove", "grace", "--file", str(file)).out


def test_a_user_who_is_there_is_replaced_on_purpose_only(file: Path) -> None:
    added(file, "ada", "--role", "viewer")
    before = file.read_text()
    ran = added(file, "ada", "--role", "admin")
    assert (ran.code, ran.out) == (1, "") and "has a user 'ada' already. Give --replace" in ran.err
    assert file.read_text() == before
    assert added(file, "ada", "--role", "admin", "--replace").out == f"Replaced ada (admin) in {file}\n"
    assert load(str(file))["ada"].role == "admin"
    ran = Program(None)("admin-user", "remove", "bob", "--file", str(file))
    assert (ran.code, ran.err) == (1, f"Error: No user 'bob' in the users file {str(file)!r}.\n")


def test_the_password_is_asked_for_twice_on_a_terminal_and_not_shown(file: Path) -> None:
    program = Program(None)
    with Terminal(program, "admin-user", "add", "ada", "--role", "viewer", "--file", str(file)) as terminal:
        terminal.until("Password:")
        os.write(terminal._master, PASSWORD.encode() + b"\n")
        terminal.until("Repeat for confirmation:")
        os.write(terminal._master, PASSWORD.encode() + b"\n")
        terminal.until("Added ada (viewer)")
        terminal.ended()
        assert PASSWORD not in terminal.raw
    with Terminal(program, "admin-user", "add", "ada", "--role", "viewer", "--file", str(file)) as terminal:
        terminal.until("already")  # before anything is asked
        terminal.ended()


def test_without_file_the_users_are_in_the_folder_of_configurations(tmp_path: Path) -> None:
    arguments = ["admin-user", "add", "ada", "--role", "viewer", "--password-file", "-"]
    ran = Program(None)(*arguments, stdin=PASSWORD, XDG_CONFIG_HOME=str(tmp_path / "c"))
    assert ran.code == 0, ran.err
    file = tmp_path / "c" / "graphile-worker" / "users"
    assert list(load(str(file))) == ["ada"] and stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("name", "more", "password", "problem"),
    [
        ("ada", ["--role", "viewer"], "short", "at least 12 characters"),
        ("ada", ["--role", "viewer"], "", "at least 12 characters"),
        ("ada", ["--role", "viewer"], "a pass\tword with a tab", "control characters"),
        ("ada", ["--role", "root"], PASSWORD, "'root' is not one of 'viewer', 'operator', 'admin'"),
        ("ada", [], PASSWORD, "Missing option '--role'"),
        ("a:b", ["--role", "viewer"], PASSWORD, "must not have a colon"),
        ("", ["--role", "viewer"], PASSWORD, "1 to 128 printable characters"),
        ("#ada", ["--role", "viewer"], PASSWORD, "1 to 128 printable characters"),
        ("a\x1b[2Jb", ["--role", "viewer"], PASSWORD, "1 to 128 printable characters"),
        ("ada", ["--role", "viewer", "--password", PASSWORD], PASSWORD, "No such option"),
        ("ada", ["--role", "viewer", "--file", "/nowhere/x/users"], PASSWORD, "cannot be written: No such file"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_exits_2_and_writes_nothing(
    file: Path, name: str, more: list[str], password: str, problem: str
) -> None:
    ran = added(file, name, *more, password=password)
    assert (ran.code, ran.out) == (2, "") and problem in ran.err and "\x1b" not in ran.err
    assert not file.exists() and PASSWORD not in ran.err


def test_without_a_terminal_the_password_comes_from_a_file(file: Path) -> None:
    ran = Program(None)("admin-user", "add", "ada", "--role", "viewer", "--file", str(file), stdin="")
    assert ran.code == 2 and "--password-file FILE" in ran.err
    nowhere = str(file.with_name("nowhere"))
    ran = Program(None)("admin-user", "add", "a", "--role", "viewer", "--file", str(file), "--password-file", nowhere)
    assert ran.code == 1 and nowhere in ran.err and not file.exists()


def bad_files(file: Path) -> dict[str, str]:
    """What is wrong with a file, and the words that say so."""
    hash = cheap_hash("a password of ada")
    return {
        "": "has no user", "x" * 50: "line 1: must be NAME:ROLE:HASH", f"a:b:viewer:{hash}": "a name has no colon",
        f"ada:root:{hash}": "line 1: 'root' is not a role",
        "ada:viewer:$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi": "line 1: the hash is not an argon2id hash",
        "ada:viewer:plain text": "line 1: the hash is not an argon2id hash",
        f"ada:viewer:{hash}\nada:admin:{hash}": "line 2: the name 'ada' is in line 1 already",
        "mode": "has mode 0644: only its owner may have access (chmod 600)", "missing": "No such file",
    }  # fmt: skip


@pytest.mark.parametrize("text", bad_files(Path("x")))
def test_a_bad_users_file_ends_the_start_with_one_sentence(file: Path, text: str) -> None:
    write(file, line("vera") if text == "mode" else text)
    if text == "mode":
        file.chmod(0o644)
    if text == "missing":
        file.unlink()
    ran = Program("postgresql://127.0.0.1:1/nothing")("admin", "--users", str(file), "--listen", "127.0.0.1:0")
    told = ran.err.splitlines()
    assert (ran.code, ran.out) == (2, "") and told[-1].startswith("Error: the users file ")
    assert bad_files(file)[text] in told[-1] and str(file) in told[-1]
    assert [one for one in told[:-1] if not one.startswith("Usage: ")] == [] and "argon2id$" not in ran.err


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("--auth bearer", "--users is for --auth basic, not for --auth bearer"),
        ("--auth none", "--users is for --auth basic"), ("--password geheim99geheim99", "give --users or --password"),
        ("--username ada", "give --users or --username"), ("--password-file x", "give --users or --password-file"),
    ],
)  # fmt: skip
def test_users_and_another_secret_do_not_go_together(file: Path, options: str, problem: str) -> None:
    write(file, line("vera"))
    (file.parent / "x").write_text("geheim99geheim99")
    options = options.replace(" x", f" {file.parent / 'x'}")
    ran = Program("postgresql://127.0.0.1:1/nothing")("admin", "--users", str(file), *options.split())
    assert ran.code == 2 and problem in ran.err.splitlines()[-1] and "geheim99" not in ran.err


@pytest.mark.parametrize("text", ["x", "10.0.0.1/24", "0.0.0.0/0", "proxy.example.com", "", "10.0.0.1,10.0.0.2"])
def test_a_proxy_that_is_no_address_ends_the_start_with_one_sentence(text: str) -> None:
    ran = Program("postgresql://127.0.0.1:1/nothing")("admin", "--trusted-proxy", "10.0.0.1", "--trusted-proxy", text)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith("Error: Invalid value for '--trusted-proxy'") and repr(text) in ran.err


def test_the_server_lets_users_in_and_takes_changes_up(dsn: str, file: Path) -> None:
    write(file, "".join(map(line, ROLE_OF)))
    assert added(file, "ada", "--role", "operator").code == 0
    with admin(dsn, "--users", str(file), GRAPHILE_WORKER_ADMIN_PASSWORD="geheim99geheim99") as process:
        url, _, auth, users = lines(process, 4)
        address = url.removeprefix("Graphile Worker admin UI: ")
        assert (auth, users) == ("Auth: HTTP Basic", f"Users: {file}")
        assert process.stderr is not None
        assert "is not used with --users" in process.stderr.readline()
        session = httpx.get(f"{address}/api/session", auth=("ada", PASSWORD)).json()
        assert (session["auth"]["username"], session["auth"]["generated_secret"]) == ("ada", False)
        assert httpx.get(f"{address}/api/session", auth=("admin", "geheim99geheim99")).status_code == 401
        done = subprocess.run(
            [*PROGRAM, "admin-user", "remove", "ada", "--file", str(file)], env=Program(None).environment, check=True,
            capture_output=True,
        )  # fmt: skip
        assert done.stdout
        until = time.monotonic() + 20
        while httpx.get(f"{address}/api/session", auth=("ada", PASSWORD)).status_code != 401:
            assert time.monotonic() < until
            time.sleep(0.1)


def test_the_server_takes_the_source_from_a_trusted_proxy_only(dsn: str) -> None:
    right = ("admin", "geheim99geheim99")
    with admin(dsn, "--trusted-proxy", "127.0.0.1", GRAPHILE_WORKER_ADMIN_PASSWORD=right[1]) as process:
        address = lines(process, 5)[0].removeprefix("Graphile Worker admin UI: ")
        with httpx.Client(base_url=address) as client:
            behind = {"x-forwarded-for": "1.1.1.1, 203.0.113.5"}
            codes = [client.get("/", auth=("admin", f"wrong {n}"), headers=behind).status_code for n in range(21)]
            assert codes == [401] * 10 + [429] * 11
            wrong = ("admin", "wrong")
            assert client.get("/", auth=wrong, headers={"x-forwarded-for": "203.0.113.6"}).status_code == 401
            assert client.get("/", auth=wrong).status_code == 401
            assert client.get("/", auth=right, headers=behind).status_code == 200  # twelve characters never wait


def test_json_of_a_refusal_is_a_sentence_too(file: Path) -> None:
    ran = Program(None)("admin-user", "list", "--json", "--file", str(file))
    assert (ran.code, ran.out) == (2, "") and "No such file" in ran.err
    write(file, line("vera"))
    assert json.loads(Program(None)("admin-user", "list", "--json", "--file", str(file)).out)


@pytest.mark.parametrize("arguments", [("list",), ("remove", "ada")])
def test_without_a_users_file_the_default_one_is_named(arguments: tuple[str, ...], tmp_path: Path) -> None:
    ran = Program(None)("admin-user", *arguments, XDG_CONFIG_HOME=str(tmp_path))
    assert ran.code == 1 and ran.err == (
        f"Error: There is no users file '{tmp_path}/graphile-worker/users' yet. "
        "`graphile-worker admin-user add NAME --role ROLE` makes it.\n"
    )
