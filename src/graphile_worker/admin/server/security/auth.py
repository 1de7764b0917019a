"""Authentication: one secret, compared in constant time; the users of a file; or a check of the application around."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Literal

from starlette.datastructures import Headers

from graphile_worker.admin.api.vocabulary import TOKEN_HEADER
from graphile_worker.admin.server.users.admin_user import HostCheck
from graphile_worker.admin.server.users.passwords import PASSWORD_BYTES_MAX, UserDirectory, verify

AuthMode = Literal["basic", "bearer", "header", "none", "host"]
"""How the admin authenticates; `host` leaves it to the application around the admin."""
REALM = 'Basic realm="Graphile Worker Admin", charset="UTF-8"'
_HEADER_NAME_CHARACTERS = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")
_RESERVED_HEADERS = frozenset({"authorization", "cookie", "host", "content-type", "content-length", "origin"})


def random_secret() -> str:
    """24 random bytes in hexadecimal."""
    return secrets.token_hex(24)


@dataclass(frozen=True)
class AdminAuthConfig:
    """One way of authentication. Build it with the class methods; a wrong combination raises ValueError."""

    mode: AuthMode
    username: str | None = None
    header_name: str | None = None
    secret: str | None = field(default=None, repr=False)
    generated: bool = False
    check: HostCheck | None = field(default=None, repr=False)
    users_path: str | None = None

    @classmethod
    def basic(cls, username: str, password: str) -> AdminAuthConfig:
        """HTTP Basic with this user and password."""
        return cls("basic", username=username, secret=password)

    @classmethod
    def basic_with_random_password(cls, username: str = "admin") -> AdminAuthConfig:
        """HTTP Basic with a random password; read it from `secret`."""
        return cls("basic", username=username, secret=random_secret(), generated=True)

    @classmethod
    def users(cls, path: str, *, csrf_secret: str | None = None) -> AdminAuthConfig:
        """HTTP Basic with the users of a file, which `graphile-worker admin-user` writes; each user has a role.

        Changes of the file take effect within a second. Raises ValueError, with the line, for a file that is not valid or
        that others than its owner may read. Several processes need the same `csrf_secret`.
        """
        return cls("basic", users_path=path, secret=csrf_secret)

    @classmethod
    def bearer(cls, token: str | None = None) -> AdminAuthConfig:
        """`Authorization: Bearer TOKEN`; the default is a random token."""
        return cls("bearer", secret=random_secret() if token is None else token, generated=token is None)

    @classmethod
    def header(cls, token: str | None = None, name: str = TOKEN_HEADER) -> AdminAuthConfig:
        """Authenticates by a request header. `name` is its name and `token` the value that it must have; the default is a
        random token."""
        secret = random_secret() if token is None else token
        return cls("header", header_name=name.lower(), secret=secret, generated=token is None)

    @classmethod
    def none(cls) -> AdminAuthConfig:
        """No authentication; allowed on loopback addresses only."""
        return cls("none")

    @classmethod
    def host(cls, check: HostCheck, *, csrf_secret: str | None = None) -> AdminAuthConfig:
        """The application around the admin authenticates its users.

        `check(request)`, sync or async, gets a Starlette Request and returns an AdminUser, or None for a 401. It is
        called for every request, also for the page and the assets. Several processes need the same `csrf_secret`, or one
        process refuses the writes of a page that another one rendered.
        """
        return cls("host", check=check, secret=csrf_secret)

    def __post_init__(self) -> None:
        if (self.mode == "host") != (self.check is not None):
            raise ValueError("auth mode host, and no other, needs a check")
        if self.check is not None and not callable(self.check):
            raise ValueError("check must be a function of a request")
        if self.mode == "host" and (self.username, self.header_name, self.generated) != (None, None, False):
            raise ValueError("auth mode host has no user name, header or generated secret of its own")
        if self.mode == "none" and self.secret is not None:
            raise ValueError("auth mode none has no secret")
        if self.users_path is not None:
            if (self.mode, self.username, self.generated) != ("basic", None, False):
                raise ValueError("a users file is for auth mode basic, without a user name or password of its own")
            UserDirectory(self.users_path)
        elif self.mode not in ("none", "host") and self.secret is None:
            raise ValueError(f"auth mode {self.mode} needs a secret that is not empty")
        if self.secret == "":
            raise ValueError(f"auth mode {self.mode} needs a secret that is not empty")
        if self.secret is not None and any(c in self.secret for c in "\r\n\0"):
            raise ValueError("the secret must not contain line breaks or NUL")
        if self.mode == "basic" and self.users_path is None and (not self.username or ":" in self.username):
            raise ValueError("the user name must not be empty or contain a colon")
        if self.mode == "header":
            name = self.header_name or ""
            if not name or not set(name) <= _HEADER_NAME_CHARACTERS or name in _RESERVED_HEADERS:
                raise ValueError(f"{name!r} cannot be the name of the token header")

    def summary(self) -> dict[str, str | bool | None]:
        """The members of `auth` in `/api/session`, without the secret."""
        return {
            "mode": self.mode.capitalize(),
            "username": self.username,
            "header_name": self.header_name,
            "generated_secret": self.generated,
        }

    def has_credentials(self, headers: Headers) -> bool:
        """Whether the request has credentials, right or wrong."""
        return bool(headers.getlist(self._header()))

    def accepts(self, headers: Headers) -> bool:
        """Whether the request has exactly the right credentials. With a users file this takes about 50 ms."""
        if self.mode in ("none", "host"):
            return self.mode == "none"
        if self.users_path is None:
            return self.matches(self.presented(headers))
        directory, given = UserDirectory(self.users_path), name_and_password(self.presented(headers))
        user = directory.users.get(given[0]) if given else None
        return given is not None and verify(user.hash if user else directory.dummy, given[1]) and user is not None

    def presented(self, headers: Headers) -> bytes | None:
        """The credentials of the request without their scheme; None where they are repeated or malformed."""
        values = headers.getlist(self._header())
        if len(values) != 1:
            return None
        if self.mode == "header":
            return values[0].encode("latin-1")
        scheme, _, credentials = values[0].partition(" ")
        if scheme.lower() != self.mode:
            return None
        if self.mode != "basic":
            return credentials.encode("latin-1")
        try:
            return base64.b64decode(credentials.strip(), validate=True)
        except (binascii.Error, ValueError):
            return None

    def matches(self, credentials: bytes | None) -> bool:
        """Whether the credentials match the one secret; False with a users file."""
        if credentials is None or self.secret is None:
            return False
        if self.mode != "basic":
            return _same(credentials, self.secret)
        user, _, password = credentials.partition(b":")
        user_matches = _same(user, self.username)  # before the password, so that both are always compared
        return _same(password, self.secret) and user_matches

    def _header(self) -> str:
        return self.header_name or "authorization" if self.mode == "header" else "authorization"


def name_and_password(credentials: bytes | None) -> tuple[str, bytes] | None:
    """The parts of HTTP Basic credentials; None for a name or a password that the users file cannot hold."""
    name, colon, password = (credentials or b"").partition(b":")
    if not colon or not name or not password or len(password) > PASSWORD_BYTES_MAX:
        return None
    try:
        return name.decode(), password
    except UnicodeDecodeError:
        return None


def _same(given: bytes, expected: str | None) -> bool:
    wanted = hashlib.sha256((expected or "").encode()).digest()
    return hmac.compare_digest(hashlib.sha256(given).digest(), wanted)
