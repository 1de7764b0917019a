"""Who may come in: four modes of our own, compared in constant time, wrong credentials slowed down per source; or the
host application's word."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Literal

from starlette.datastructures import Headers

from graphile_worker.admin.api.vocabulary import TOKEN_HEADER
from graphile_worker.admin.server.users import HostCheck

Mode = Literal["basic", "bearer", "header", "none", "host"]
REALM = 'Basic realm="Graphile Worker Admin", charset="UTF-8"'
_HEADER_NAME_CHARACTERS = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")
_RESERVED_HEADERS = frozenset({"authorization", "cookie", "host", "content-type", "content-length", "origin"})


def random_secret() -> str:
    """24 random bytes in hexadecimal."""
    return secrets.token_hex(24)


@dataclass(frozen=True)
class AdminAuthConfig:
    """One way of authentication. Build it with the class methods; a wrong combination raises ValueError."""

    mode: Mode
    username: str | None = None
    header_name: str | None = None
    secret: str | None = field(default=None, repr=False)
    generated: bool = False
    check: HostCheck | None = field(default=None, repr=False)

    @classmethod
    def basic(cls, username: str, password: str) -> AdminAuthConfig:
        """HTTP Basic with this user and password."""
        return cls("basic", username=username, secret=password)

    @classmethod
    def basic_with_random_password(cls, username: str = "admin") -> AdminAuthConfig:
        """HTTP Basic with a password made now; read it from `secret`."""
        return cls("basic", username=username, secret=random_secret(), generated=True)

    @classmethod
    def bearer(cls, token: str | None = None) -> AdminAuthConfig:
        """`Authorization: Bearer TOKEN`; without a token one is made."""
        return cls("bearer", secret=random_secret() if token is None else token, generated=token is None)

    @classmethod
    def header(cls, token: str | None = None, name: str = TOKEN_HEADER) -> AdminAuthConfig:
        """A header of this name with this value; without a token one is made."""
        made = random_secret() if token is None else token
        return cls("header", header_name=name.lower(), secret=made, generated=token is None)

    @classmethod
    def none(cls) -> AdminAuthConfig:
        """No authentication: loopback only."""
        return cls("none")

    @classmethod
    def host(cls, check: HostCheck, *, csrf_secret: str | None = None) -> AdminAuthConfig:
        """The application around the admin says who is there.

        `check(request)`, sync or async, gets a Starlette Request and returns an AdminUser, or None for a 401; it is
        asked for every request, page and assets included. With several processes give `csrf_secret`, the same for all,
        or one process refuses the writes of another's page.
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
        if not self.secret and (self.secret is not None or self.mode not in ("none", "host")):
            raise ValueError(f"auth mode {self.mode} needs a secret that is not empty")
        if self.secret is not None and any(c in self.secret for c in "\r\n\0"):
            raise ValueError("the secret must not contain line breaks or NUL")
        if self.mode == "basic" and (not self.username or ":" in self.username):
            raise ValueError("the user name must not be empty or contain a colon")
        if self.mode == "header":
            name = self.header_name or ""
            if not name or not set(name) <= _HEADER_NAME_CHARACTERS or name in _RESERVED_HEADERS:
                raise ValueError(f"{name!r} cannot be the name of the token header")

    def summary(self) -> dict[str, str | bool | None]:
        """The public part, as in `/api/session`."""
        return {
            "mode": self.mode.capitalize(),
            "username": self.username,
            "header_name": self.header_name,
            "generated_secret": self.generated,
        }

    def given(self, headers: Headers) -> bool:
        """Whether any credentials came with the request."""
        return bool(headers.getlist(self._carrier()))

    def accepts(self, headers: Headers) -> bool:
        """Whether the request carries exactly the right credentials."""
        if self.mode in ("none", "host"):
            return self.mode == "none"
        values = headers.getlist(self._carrier())
        if len(values) != 1:
            return False
        if self.mode == "header":
            return _same(values[0].encode("latin-1"), self.secret)
        scheme, _, credentials = values[0].partition(" ")
        if scheme.lower() != self.mode:
            return False
        return self._basic(credentials) if self.mode == "basic" else _same(credentials.encode("latin-1"), self.secret)

    def _basic(self, credentials: str) -> bool:
        try:
            user, _, password = base64.b64decode(credentials.strip(), validate=True).partition(b":")
        except (binascii.Error, ValueError):
            return False
        right_user = _same(user, self.username)  # both are always compared
        return _same(password, self.secret) and right_user

    def _carrier(self) -> str:
        return self.header_name or "authorization" if self.mode == "header" else "authorization"


def _same(given: bytes, expected: str | None) -> bool:
    wanted = hashlib.sha256((expected or "").encode()).digest()
    return hmac.compare_digest(hashlib.sha256(given).digest(), wanted)


class Throttle:
    """After 10 wrong credentials in 60 seconds a source waits; other sources do not notice."""

    LIMIT = 10
    SECONDS = 60.0
    SOURCES_MAX = 10_000

    def __init__(self) -> None:
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, source: str) -> int:
        """Seconds this source must wait; 0 when it may try."""
        times = self._recent(_network(source))
        if len(times) < self.LIMIT:
            return 0
        return max(1, round(times[0] + self.SECONDS - time.monotonic()))

    def failed(self, source: str) -> None:
        """Notes one wrong try."""
        name = _network(source)
        self._failures.setdefault(name, deque(maxlen=self.LIMIT)).append(time.monotonic())
        self._failures.move_to_end(name)
        while len(self._failures) > self.SOURCES_MAX:
            self._failures.popitem(last=False)

    def _recent(self, name: str) -> deque[float]:
        times = self._failures.get(name, deque())
        while times and times[0] < time.monotonic() - self.SECONDS:
            times.popleft()
        return times


def _network(source: str) -> str:
    """An IPv6 host owns a whole /64."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else source
