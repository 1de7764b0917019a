"""The users file: one user per line, `NAME:ROLE:HASH`. Empty lines and lines that begin with `#` are ignored."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from graphile_worker.admin.server.users.admin_user import AdminUser
from graphile_worker.admin.server.users.roles import ROLES
from graphile_worker.core.secrets.shown_paths import secret_path

NAME_MAX = 128
BYTES_MAX = 1024 * 1024
MEMORY_MAX = 256 * 1024  # KiB of memory for one verification
PASSES_MAX, LANES_MAX = 16, 16
_HASH = re.compile(
    r"\$argon2id\$v=19\$m=([0-9]{1,9}),t=([0-9]{1,9}),p=([0-9]{1,9})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}"
)


class UsersFileError(ValueError):
    """The users file is not valid. The message has the file, and the line where there is one."""


@dataclass(frozen=True, slots=True)
class StoredUser:
    """One line of the file."""

    name: str
    role: str
    hash: str

    def user(self) -> AdminUser:
        """The user of a request, with the rights of the role."""
        return AdminUser(self.name, ROLES[self.role])

    def line(self) -> str:
        """The line, without its end."""
        return f"{self.name}:{self.role}:{self.hash}"


Signature = tuple[int, ...]
Users = dict[str, StoredUser]


def read(path: str) -> tuple[str, Signature]:
    """The text of the file and its signature. Raises UsersFileError where its mode gives access to other users."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError) as error:
        hint = "; graphile-worker admin-user add makes it" if isinstance(error, FileNotFoundError) else ""
        raise UsersFileError(f"the users file {secret_path(path)} cannot be read: {_reason(error)}{hint}") from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise UsersFileError(f"the users file {secret_path(path)} is not a regular file")
        mode = stat.S_IMODE(found.st_mode)
        if os.name == "posix" and mode & ~_allowed(found.st_uid):
            raise UsersFileError(
                f"the users file {secret_path(path)} has mode {mode:04o}: only its owner may have access (chmod 600)"
            )
        if found.st_size > BYTES_MAX:
            raise UsersFileError(f"the users file {secret_path(path)} is larger than {BYTES_MAX} bytes")
        with os.fdopen(os.dup(descriptor), "rb") as file:
            data = file.read(BYTES_MAX + 1)
        return data.decode("utf-8-sig"), signature(found)
    except UnicodeDecodeError:
        raise UsersFileError(f"the users file {secret_path(path)} is not UTF-8 text") from None
    except OSError as error:
        raise UsersFileError(f"the users file {secret_path(path)} cannot be read: {_reason(error)}") from None
    finally:
        os.close(descriptor)


def _allowed(owner: int) -> int:
    """The permission bits that a mode may have: all bits of the owner, and reading by the group for a file of root.

    systemd's credentials and Kubernetes' secrets are such files. libpq has the same rule for private keys.
    """
    return 0o7740 if owner == 0 and os.geteuid() != 0 else 0o7700


def signature(found: os.stat_result) -> Signature:
    """Values of which at least one changes with the file, its content, its owner or its mode."""
    return (
        found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_mode, found.st_uid,
    )  # fmt: skip


def parse(text: str, path: str) -> Users:
    """The users by name. Raises UsersFileError for the first invalid line, and for a file without users."""
    users: Users = {}
    lines: dict[str, int] = {}
    for number, line in entries(text):
        try:
            one = parse_line(line)
        except ValueError as error:
            raise UsersFileError(f"the users file {secret_path(path)}, line {number}: {error}") from None
        if one.name in users:
            message = f"the name {one.name!r} is in line {lines[one.name]} already"
            raise UsersFileError(f"the users file {secret_path(path)}, line {number}: {message}")
        users[one.name], lines[one.name] = one, number
    if not users:
        raise UsersFileError(
            f"the users file {secret_path(path)} has no user: add one with graphile-worker admin-user add"
        )
    return users


def entries(text: str) -> Iterator[tuple[int, str]]:
    """The number and the text of each line that names a user."""
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if line.strip() and not line.startswith("#"):
            yield number, line


def parse_line(line: str) -> StoredUser:
    """One user. Raises ValueError with the rule that the line breaks, without its hash."""
    parts = line.split(":")
    if len(parts) < 3:
        raise ValueError("must be NAME:ROLE:HASH")
    if len(parts) > 3:
        raise ValueError("must be NAME:ROLE:HASH: a name has no colon")
    name, role, hash = parts
    check_name(name)
    if role not in ROLES:
        raise ValueError(f"{role[:40]!r} is not a role: there are {', '.join(ROLES)}")
    check_hash(hash)
    return StoredUser(name, role, hash)


def check_name(name: str) -> None:
    """Raises ValueError for an invalid name of a user."""
    if ":" in name:
        raise ValueError("the name of a user must not have a colon: HTTP Basic ends the name there")
    if not name or name != name.strip() or not name.isprintable() or name.startswith("#") or len(name) > NAME_MAX:
        raise ValueError(
            f"the name of a user must be 1 to {NAME_MAX} printable characters, without # first or blanks around"
        )


def check_hash(hash: str) -> None:
    """Raises ValueError for a hash that is not argon2id or exceeds the limits of its cost."""
    if not hash.startswith("$argon2id$"):
        raise ValueError("the hash is not an argon2id hash: set the password with graphile-worker admin-user add")
    found = _HASH.fullmatch(hash)
    memory, passes, lanes = map(int, found.groups()) if found else (0, 0, 0)
    if not found or passes < 1 or lanes < 1 or memory < 8 * lanes:
        raise ValueError("the argon2id hash is malformed")
    if memory > MEMORY_MAX or passes > PASSES_MAX or lanes > LANES_MAX:
        raise ValueError(f"the argon2id hash costs too much: at most m={MEMORY_MAX},t={PASSES_MAX},p={LANES_MAX}")


def _reason(error: Exception) -> str:
    return (error.strerror or "cannot be opened") if isinstance(error, OSError) else str(error)
