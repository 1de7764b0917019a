"""Passwords of the users file: argon2id hashes, verified in threads, one at a time for each source."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from graphile_worker.admin.server.limits.sources import network_of
from graphile_worker.admin.server.users import users_file
from graphile_worker.admin.server.users.users_file import StoredUser, Users, UsersFileError
from graphile_worker.core.secrets.redaction import redacting_logger

log = redacting_logger("graphile_worker.admin")

PASSWORD_MIN = 12  # characters
PASSWORD_BYTES_MAX = 1024
PARALLEL_MAX = 2  # verifications; each needs the memory of its hash, 64 MiB by default
CHECK_SECONDS = 1.0  # between checks whether the file has changed
_HASHER = PasswordHasher()


def check_password(password: str) -> None:
    """Raises ValueError for an invalid password."""
    if len(password) < PASSWORD_MIN:
        raise ValueError(f"the password must have at least {PASSWORD_MIN} characters")
    if len(password.encode("utf-8", "surrogatepass")) > PASSWORD_BYTES_MAX:
        raise ValueError(f"the password must be at most {PASSWORD_BYTES_MAX} bytes")
    if any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in password):
        raise ValueError("the password must not contain control characters")
    try:
        password.encode()
    except UnicodeEncodeError:
        raise ValueError("the password must be Unicode text") from None


def hash_password(password: str) -> str:
    """The argon2id hash of a password. Raises ValueError for an invalid one."""
    check_password(password)
    return _HASHER.hash(password)


def verify(hash: str, password: bytes) -> bool:
    """Whether a password matches a hash; needs about 50 ms of processor time."""
    try:
        return _HASHER.verify(hash, password)
    except VerificationError:
        return False


def dummy_hash(users: Users) -> str:
    """A hash that no password matches, with the most frequent cost of the users' hashes."""
    (cost, _), *_ = Counter(user.hash.rpartition("$")[0].rpartition("$")[0] for user in users.values()).most_common(1)
    salt, digest = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"{cost}${salt}${digest}"


@dataclass
class UserDirectory:
    """The users of a file, which is reloaded when it changes.

    Changes are checked at most once in CHECK_SECONDS. While the file is missing, readable by others or invalid, `current`
    raises UsersFileError and no user can log in: the previous users may be the ones that were to be removed.
    """

    path: str
    users: Users = field(default_factory=dict)
    dummy: str = ""

    def __post_init__(self) -> None:
        self._signature: users_file.Signature | None = None
        self._problem: UsersFileError | None = None
        self._checked = time.monotonic()
        self._read()

    def current(self) -> Users:
        """The current users. Raises UsersFileError."""
        now = time.monotonic()
        if now - self._checked >= CHECK_SECONDS:
            self._checked = now
            if self._changed():
                self._load()
        if self._problem is not None:
            raise self._problem
        return self.users

    def _changed(self) -> bool:
        try:
            return users_file.signature(os.stat(self.path)) != self._signature
        except OSError:
            return True

    def _load(self) -> None:
        before = self._problem
        try:
            self._read()
        except UsersFileError as error:
            self._problem, self.users = error, {}
            if str(error) != str(before):
                log.error("no user can log in: %s", error)
            return
        if before is not None:
            log.warning("the users file %r is valid again", self.path)

    def _read(self) -> None:
        self._signature = None
        text, self._signature = users_file.read(self.path)
        self.users = users_file.parse(text, self.path)
        self.dummy = dummy_hash(self.users)
        self._problem = None


class PasswordChecks:
    """Verifies names and passwords against a directory of users."""

    def __init__(self, directory: UserDirectory) -> None:
        self.directory = directory
        self._threads = ThreadPoolExecutor(PARALLEL_MAX, thread_name_prefix="argon2")
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def check(self, source: str, name: str, password: bytes) -> StoredUser | None:
        """The user with this name and password, or None; unknown names take as long. Raises UsersFileError."""
        turn = self._turns.setdefault(network_of(source), asyncio.Lock())
        async with turn:
            user = self.directory.current().get(name)
            hash = user.hash if user is not None else self.directory.dummy
            matches = await asyncio.get_running_loop().run_in_executor(self._threads, verify, hash, password)
            now = self.directory.current().get(name)
            return now if matches and user is not None and now is not None and now.hash == user.hash else None
