"""The table of suite 4: what each guard answers, for every route, method, mode and set of headers."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from starlette.requests import Request

from graphile_worker.admin import AdminAuthConfig, AdminUser
from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.server.app import ROUTES
from graphile_worker.admin.server.security.csrf import Csrf

SECRET = "correct horse battery"
HOST = "queue.example.com"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE")
SAFE = ("GET", "HEAD", "OPTIONS")
READS = ("GET", "HEAD")
ODD_PATHS = (
    "/nothing", "/api", "/api/nothing", "/api/jobs/", "//api/jobs", "/api//jobs", "/API/jobs", "/api/jobs;x",
    "/assets/nothing", "/assets/../api/jobs", "/healthz/../api/jobs", "/metrics/",
)  # fmt: skip
# The right that a write needs, and a body that changes something if it is let through.
WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "/api/jobs": ("add", {"identifier": "written"}),
    "/api/jobs/action": ("retry", {"action": "retry", "ids": [1]}),
    "/api/jobs/bulk": ("complete", {"action": "complete", "filter": {"state": "all"}}),
    "/api/jobs/payload": ("change-payload", {"id": 2, "payload": {"written": 1}}),
    "/api/jobs/remove-by-key": ("remove-by-key", {"key": "key-of-2"}),
    "/api/maintenance": ("cleanup", {"action": "cleanup"}),
}
PROBES = ("/healthz", "/readyz")
OPEN = ("/", "/api/session", *PROBES)  # every user reads these, and the assets
QUERIES = {"/api/suggest": b"field=identifier&prefix=can", "/api/jobs/progress": b"ids=1-3"}
Pairs = list[tuple[str, str]]


def known() -> dict[str, set[str]]:
    """The paths of the application and the methods of each."""
    found: dict[str, set[str]] = {}
    for route in ROUTES:
        found.setdefault(route.path.replace("{id}", "1"), set()).update(route.methods or ())
    return found


KNOWN = known()


def check(request: Request) -> AdminUser | None:
    """The host application's authentication: exactly one header, with the secret and the rights."""
    values = request.headers.getlist("x-user")
    secret, _, rights = values[0].partition(":") if len(values) == 1 else ("", "", "")
    return AdminUser("ada", rights.split()) if secret == SECRET else None


@dataclass(frozen=True, kw_only=True)
class Door:
    """One admin: its mode, the right credentials, and in mode host the rights of the user."""

    name: str
    auth: AdminAuthConfig
    carrier: str = ""
    value: str = ""
    read_only: bool = False
    rights: tuple[str, ...] = ("write",)

    def may(self, right: str) -> bool:
        """Whether the user has the right."""
        return self.auth.mode != "host" or "write" in self.rights or right in self.rights


def doors() -> Iterator[Door]:
    """Every mode, read-write and read-only, and in mode host several sets of rights."""
    basic = base64.b64encode(f"admin:{SECRET}".encode()).decode()
    for read_only in (False, True):
        end = ", read-only" if read_only else ""
        for name, auth, carrier, value in (
            ("basic", AdminAuthConfig.basic("admin", SECRET), "authorization", f"Basic {basic}"),
            ("bearer", AdminAuthConfig.bearer(SECRET), "authorization", f"Bearer {SECRET}"),
            ("header", AdminAuthConfig.header(SECRET, "X-Team-Token"), "x-team-token", SECRET),
            ("none", AdminAuthConfig.none(), "", ""),
        ):
            yield Door(name=name + end, auth=auth, carrier=carrier, value=value, read_only=read_only)
        for rights in ((), ("read",), ("write",), ("add",), ("read", "retry"), ("read", "cleanup", "remove-by-key")):
            yield Door(
                name=f"host {'+'.join(rights) or 'no right'}{end}", auth=AdminAuthConfig.host(check), carrier="x-user",
                value=f"{SECRET}:{' '.join(rights)}", read_only=read_only, rights=rights,
            )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class HeaderSet:
    """One set of headers, and which guards it passes; `host` is the status of a refused Host."""

    name: str
    hosts: tuple[str, ...] = (HOST,)
    credentials: Callable[[str], tuple[str, ...]] = lambda right: (right,)
    token: Callable[[str], tuple[str, ...]] = lambda right: (right,)
    more: tuple[tuple[str, str], ...] = ()
    scheme: str = "http"
    host: int = 200
    known_user: bool = True
    token_right: bool = True
    own_site: bool = True

    def build(self, door: Door, csrf: Csrf) -> Pairs:
        """The headers for one admin."""
        given = self.credentials(door.value) if door.carrier else ()
        return [
            *(("host", name) for name in self.hosts),
            *((door.carrier, value) for value in given),
            *((CSRF_HEADER, value) for value in self.token(csrf.token())),
            *self.more,
            ("content-type", "application/json"),
        ]


def _host(name: str, status: int, *hosts: str, **more: Any) -> HeaderSet:
    return HeaderSet(name=name, hosts=hosts, host=status, **more)


def _user(name: str, credentials: Callable[[str], tuple[str, ...]], **more: Any) -> HeaderSet:
    return HeaderSet(name=name, credentials=credentials, known_user=False, **more)


def _token(name: str, token: Callable[[str], tuple[str, ...]], **more: Any) -> HeaderSet:
    return HeaderSet(name=name, token=token, token_right=False, **more)


def _site(name: str, *more: tuple[str, str], scheme: str = "http") -> HeaderSet:
    return HeaderSet(name=name, more=more, own_site=False, scheme=scheme)


FETCH, ORIGIN = "sec-fetch-site", "origin"
HEADER_SETS = (
    HeaderSet(name="all right"),
    HeaderSet(name="all right, from our page", more=((FETCH, "same-origin"), (ORIGIN, f"https://{HOST}"))),
    HeaderSet(name="all right, old browser", more=((ORIGIN, f"https://{HOST}"),)),
    HeaderSet(name="all right, over TLS", more=((ORIGIN, f"https://{HOST}"),), scheme="https"),
    HeaderSet(name="all right, Host in capitals with a port", hosts=("QUEUE.example.com:443",)),
    HeaderSet(name="all right, Host is loopback", hosts=("[::1]:5678",)),
    HeaderSet(name="all right, token in capitals", token=lambda right: (right.upper(),)),
    _host("no Host", 400),
    _host("two Hosts", 400, HOST, HOST),
    _host("a foreign Host", 421, "evil.test"),
    _host("a Host that begins with ours", 421, f"{HOST}.evil.test"),
    _host("a Host with user information", 421, f"x@{HOST}"),
    _host("an empty Host", 421, ""),
    _host("a foreign Host and no credentials", 421, "evil.test", credentials=lambda right: (), known_user=False),
    _user("no credentials", lambda right: ()),
    _user("empty credentials", lambda right: ("",)),
    _user("credentials twice", lambda right: (right, right)),
    _user("right and wrong credentials", lambda right: (right, "wrong")),
    _user("wrong credentials", lambda right: ("wrong",)),
    _user("something before the credentials", lambda right: (f"x{right}",)),
    _user("another scheme", lambda right: (f"Digest {right}",)),
    _user("credentials that are not ASCII", lambda right: ("\xff\xfe" + right,)),
    _user("long credentials", lambda right: ("x" * 30_000,)),
    _user("credentials in a cookie", lambda right: (), more=(("cookie", f"authorization={SECRET}; x-user={SECRET}"),)),
    _user("no credentials and no token", lambda right: (), token=lambda right: (), token_right=False),
    _token("no token", lambda right: ()),
    _token("an empty token", lambda right: ("",)),
    _token("the token twice", lambda right: (right, right)),
    _token("a cut token", lambda right: (right[:-2],)),
    _token("a token of zeros", lambda right: ("0" * len(right),)),
    _token("a token that is no number", lambda right: ("\xe9" * len(right),)),
    _token("the token of another process", lambda right: (Csrf("another").token(),)),
    _token("no token, from another site", lambda right: (), more=((FETCH, "cross-site"),), own_site=False),
    _site("another site", (FETCH, "cross-site"), (ORIGIN, "https://evil.test")),
    _site("a sibling site", (FETCH, "same-site")),
    _site("another site with our Origin", (FETCH, "cross-site"), (ORIGIN, f"https://{HOST}")),
    _site("no site", (FETCH, "")),
    _site("Origin without TLS of an admin with TLS", (ORIGIN, f"http://{HOST}"), scheme="https"),
    _site("Origin null", (ORIGIN, "null")),
    _site("Origin of another site", (ORIGIN, "https://evil.test")),
    _site("Origin of another port", (ORIGIN, f"https://{HOST}:8443")),
    _site("Origin that begins with ours", (ORIGIN, f"https://{HOST}.evil.test")),
)


@dataclass(frozen=True)
class Case:
    """One request to one admin."""

    door: Door
    method: str
    path: str
    headers: HeaderSet

    @property
    def public(self) -> bool:
        """Probes; in bearer and header mode the page and its assets, too; in mode none everything."""
        if self.door.auth.mode == "none" or (self.path in PROBES and self.method in READS):
            return True
        bare = self.path in ("/", "/favicon.ico") or self.path.startswith("/assets/")
        return self.door.auth.mode in ("bearer", "header") and bare and self.method in SAFE

    @property
    def authorized(self) -> bool:
        """Whether the answer may hold a job or a token."""
        return self.headers.host == 200 and (self.headers.known_user or self.door.auth.mode == "none")

    @property
    def is_write(self) -> bool:
        """Whether a route takes this write."""
        return self.method == "POST" and self.path in WRITES

    @property
    def right(self) -> str | None:
        """The right that the request needs in mode host; None where it needs none."""
        if self.path in PROBES and self.method in READS:
            return None
        if self.is_write:
            return WRITES[self.path][0]
        every = self.path in OPEN or self.path == "/favicon.ico" or self.path.startswith("/assets/")
        readable = every and self.path in KNOWN and self.method in READS
        return "read" if self.method in SAFE and not readable else None

    def expected(self) -> tuple[int, str | None]:
        """Status and code, the first that applies; the order is the guards'."""
        write, sent = self.method not in SAFE, self.headers
        table = (
            (sent.host == 400, 400, "invalid_request"),
            (sent.host == 421, 421, "host_not_allowed"),
            (not self.public and not sent.known_user, 401, "unauthorized"),
            (write and not sent.token_right, 403, "csrf"),
            (write and not sent.own_site, 403, "cross_site"),
            (write and self.door.read_only, 403, "read_only"),
            (self.right is not None and not self.door.may(self.right), 403, "right_missing"),
            (self.path not in KNOWN, 404, "not_found"),
            (self.path in KNOWN and self.method not in KNOWN[self.path], 405, "method_not_allowed"),
            (write, 400, "invalid_input"),  # let through: the body of these has no members
        )
        return next(((status, code) for applies, status, code in table if applies), (200, None))


def cases() -> Iterator[Case]:
    """Every combination."""
    paths = sorted({*KNOWN, *ODD_PATHS})
    for door, method, path, headers in product(doors(), METHODS, paths, HEADER_SETS):
        yield Case(door, method, path, headers)
