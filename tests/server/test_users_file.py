"""The users file: what it must look like, who may read it, and writers that do not lose each other's users."""

from __future__ import annotations

import os
import stat
import threading
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphile_worker.admin.server.users import passwords, users_file, users_file_edit
from graphile_worker.admin.server.users.admin_user import AdminUser
from graphile_worker.admin.server.users.roles import ROLES
from graphile_worker.admin.server.users.users_file import StoredUser, UsersFileError
from tests.server.operators import PASSWORDS, ROLE_OF, cheap_hash, line, write

HASH = cheap_hash("a password of ada")
BCRYPT = "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has no user: add one with graphile-worker admin-user add"),
        ("# nobody\n\n", "has no user"),
        ("{}", "line 1: must be NAME:ROLE:HASH"),
        ("users:\n  - ada\n", "line 1: must be NAME:ROLE:HASH"),
        (f"ada:{HASH}", "line 1: must be NAME:ROLE:HASH"),
        (f"# team\n\nada:root:{HASH}", "line 3: 'root' is not a role: there are viewer, operator, admin"),
        (f"ada:Admin:{HASH}", "line 1: 'Admin' is not a role"),
        (f"ada::{HASH}", "line 1: '' is not a role"),
        (f"ada:x:viewer:{HASH}", "line 1: must be NAME:ROLE:HASH: a name has no colon"),
        (f":viewer:{HASH}", "line 1: the name of a user must be 1 to 128 printable characters"),
        (f" ada:viewer:{HASH}", "line 1: the name of a user must be"),
        (f"a\x1b[2J:viewer:{HASH}", "line 1: the name of a user must be"),
        (f"a\u202e:viewer:{HASH}", "line 1: the name of a user must be"),
        (f"{'a' * 129}:viewer:{HASH}", "line 1: the name of a user must be"),
        (f"ada:viewer:{HASH}\nbob:viewer:{HASH}\nada:admin:{HASH}", "line 3: the name 'ada' is in line 1 already"),
        ("ada:viewer:geheim99 geheim99", "line 1: the hash is not an argon2id hash"),
        (f"ada:viewer:{BCRYPT}", "line 1: the hash is not an argon2id hash"),
        (f"ada:viewer:{HASH.replace('argon2id', 'argon2i')}", "line 1: the hash is not an argon2id hash"),
        ("ada:viewer:", "line 1: the hash is not an argon2id hash"),
        (f"ada:viewer:{HASH[:-30]}", "line 1: the argon2id hash is malformed"),
        (f"ada:viewer:{HASH} ", "line 1: the argon2id hash is malformed"),
        (f"ada:viewer:{HASH.replace('v=19', 'v=16')}", "line 1: the argon2id hash is malformed"),
        (f"ada:viewer:{HASH.replace('t=1', 't=0')}", "line 1: the argon2id hash is malformed"),
        (f"ada:viewer:{HASH.replace('m=8', 'm=999999999')}", "line 1: the argon2id hash costs too much"),
        (f"ada:viewer:{HASH.replace('t=1', 't=999')}", "line 1: the argon2id hash costs too much"),
    ],
    ids=count(),  # the hash is another one in every process
)  # fmt: skip
def test_what_is_no_users_file_is_named_by_its_line(path: Path, text: str, problem: str) -> None:
    write(path, text)
    with pytest.raises(UsersFileError) as caught:
        passwords.UserDirectory(str(path))
    message = str(caught.value)
    assert problem in message and str(path) in message and "\n" not in message
    assert "geheim99" not in message and HASH[30:] not in message and "\x1b" not in message


def test_comments_blank_lines_and_windows_line_ends_are_fine(path: Path) -> None:
    write(path, f"# team: ops\r\n\r\nada lovelace:viewer:{HASH}\r\n  \r\nädä:admin:{HASH}")
    users = passwords.UserDirectory(str(path)).current()
    assert {user.name: user.role for user in users.values()} == {"ada lovelace": "viewer", "ädä": "admin"}
    assert users["ädä"].user() == AdminUser("ädä", ["write"])


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(
    ["ada", ":", "viewer", "admin", HASH, "\n", "\r", "#", " ", "\0", "\u2028", "$argon2id$", "$v=19$m=8,t=1,p=1$", "é"]
), max_size=12).map("".join)))  # fmt: skip
def test_any_text_is_users_or_one_sentence(text: str) -> None:
    try:
        users = users_file.parse(text, "users")
    except UsersFileError as error:
        assert str(error).startswith("the users file ") and str(error).isprintable()
        return
    assert users
    for name, user in users.items():
        assert name == user.name and user.role in ROLES and user.hash.startswith("$argon2id$")
        assert passwords.verify(user.hash, b"another password") is False
    written = "".join(user.line() + "\n" for user in users.values())
    assert users_file.parse(written, "users") == users


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o666, 0o777])
def test_a_file_that_others_may_use_is_refused(path: Path, mode: int) -> None:
    write(path, line("vera"))
    path.chmod(mode)
    with pytest.raises(UsersFileError, match=f"has mode {mode:04o}: only its owner may have access"):
        passwords.UserDirectory(str(path))
    for change in (lambda: users_file_edit.remove(str(path), "vera"), lambda: users_file_edit.load(str(path))):
        with pytest.raises(UsersFileError, match="has mode"):
            change()


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_of_its_owner_alone_is_taken(path: Path, mode: int) -> None:
    write(path, line("vera"))
    path.chmod(mode)
    assert list(passwords.UserDirectory(str(path)).current()) == ["vera"]


@pytest.mark.parametrize(
    ("mode", "taken"), [(0o440, True), (0o640, True), (0o460, False), (0o444, False), (0o450, False)]
)
def test_a_file_that_root_hands_to_a_group_is_taken_by_another_user(
    path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, taken: bool
) -> None:
    """As systemd's credentials and Kubernetes' secrets are; libpq has the same rule for keys. The systemd recipe does it for real."""
    write(path, line("vera"))
    path.chmod(mode)
    assert path.stat().st_uid == 0, "only root can hand over a file: run the tests as root"
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    if taken:
        assert list(passwords.UserDirectory(str(path)).current()) == ["vera"]
    else:
        with pytest.raises(UsersFileError, match=f"has mode {mode:04o}"):
            passwords.UserDirectory(str(path))


def test_what_is_no_file_is_refused(path: Path, tmp_path: Path) -> None:
    os.mkfifo(path, 0o600)
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    large = tmp_path / "large"
    write(large, "#" * (users_file.BYTES_MAX + 1))
    no_text = tmp_path / "no text"
    no_text.write_bytes(b"\xff\xfe")
    no_text.chmod(0o600)
    for place, problem in {
        path: "is not a regular file", tmp_path: "is not a regular file", Path("/dev/null"): "is not a regular file",
        loop: "symbolic links", large: "is larger than", no_text: "is not UTF-8 text", tmp_path / "x": "No such file",
    }.items():  # fmt: skip
        with pytest.raises(UsersFileError, match=problem):
            passwords.UserDirectory(str(place))
    with pytest.raises(UsersFileError, match="cannot be read"):
        passwords.UserDirectory("a\0b")


def test_a_writer_keeps_comments_and_makes_a_file_for_its_owner_alone(path: Path) -> None:
    old = os.umask(0)
    try:
        assert users_file_edit.add(str(path), StoredUser("ada", "viewer", HASH), replace=False) is False
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    write(path, f"# team\nada:viewer:{HASH}\n\n# guests\nbob:viewer:{HASH}")
    with pytest.raises(FileExistsError):
        users_file_edit.add(str(path), StoredUser("ada", "admin", HASH), replace=False)
    assert users_file_edit.add(str(path), StoredUser("ada", "admin", HASH), replace=True) is True
    assert users_file_edit.remove(str(path), "bob") == 1 and users_file_edit.remove(str(path), "bo") is None
    assert path.read_text() == f"# team\n\n# guests\nada:admin:{HASH}\n"
    assert users_file_edit.remove(str(path), "ada") == 0 and users_file_edit.load(str(path)) == {}
    assert [one.name for one in path.parent.iterdir()] == ["users"]


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    write(path, line("vera"))
    link.symlink_to(path)
    users_file_edit.add(str(link), StoredUser("ada", "viewer", HASH), replace=False)
    assert link.is_symlink() and set(users_file_edit.load(str(path))) == {"vera", "ada"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_of_the_file_stays_its_owner(path: Path) -> None:
    write(path, line("vera"))
    os.chown(path, 1234, 1234)
    users_file_edit.add(str(path), StoredUser("ada", "viewer", HASH), replace=False)
    assert (path.stat().st_uid, path.stat().st_gid, stat.S_IMODE(path.stat().st_mode)) == (1234, 1234, 0o600)


def test_a_writer_that_fails_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, line("vera"))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        users_file_edit.add(str(path), StoredUser("ada", "viewer", HASH), replace=False)
    assert path.read_text() == line("vera") and [one.name for one in path.parent.iterdir()] == ["users"]


def test_two_writers_lose_no_user_and_a_reader_never_finds_a_part(path: Path) -> None:
    write(path, line("vera"))
    problems: list[Exception] = []

    def writer(letter: str) -> None:
        try:
            for number in range(15):
                users_file_edit.add(str(path), StoredUser(f"{letter}{number}", "viewer", HASH), replace=False)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=writer, args=(letter,)) for letter in "abc"]
    for thread in threads:
        thread.start()
    reads = 0
    while any(thread.is_alive() for thread in threads):
        assert "vera" in users_file_edit.load(str(path))
        reads += 1
    for thread in threads:
        thread.join()
    assert problems == [] and reads and len(users_file_edit.load(str(path))) == 46


def test_a_writer_waits_for_another_and_gives_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    write(path, line("vera"))
    monkeypatch.setattr(users_file_edit, "LOCK_SECONDS", 0.1)
    folder = os.open(path.parent, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        with pytest.raises(UsersFileError, match="is being written by another process"):
            users_file_edit.remove(str(path), "vera")
    finally:
        os.close(folder)
    assert users_file_edit.remove(str(path), "vera") == 0


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("", "at least 12"), ("elevenchars", "at least 12"), ("é" * 513, "at most 1024 bytes"),
        ("a password\nwith lines", "control characters"), ("a password\0with NUL", "control characters"),
        ("a password \ud800 half", "Unicode text"),
    ],
)  # fmt: skip
def test_passwords_that_break_a_rule(password: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        passwords.hash_password(password)


def test_a_password_becomes_an_argon2id_hash_of_its_own() -> None:
    password = "pässwörd with a 😀: and a colon"
    hashes = {passwords.hash_password(password) for _ in range(2)}
    assert len(hashes) == 2
    for hash in hashes:
        users_file.check_hash(hash)
        assert hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
        assert passwords.verify(hash, password.encode()) and not passwords.verify(hash, password.encode() + b" ")


def test_the_dummy_hash_is_as_expensive_as_the_others_and_right_for_nothing() -> None:
    users = users_file.parse("".join(map(line, ROLE_OF)), "users")
    dummy = passwords.dummy_hash(users)
    users_file.check_hash(dummy)
    cost = {user.hash.split("$")[3] for user in users.values()}
    assert {dummy.split("$")[3]} == cost and dummy != passwords.dummy_hash(users)
    assert not any(passwords.verify(dummy, password.encode()) for password in PASSWORDS.values())
