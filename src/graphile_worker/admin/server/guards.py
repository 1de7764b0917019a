"""The guards around the application, outermost first: headers, host, authentication, CSRF, read-only, rights.

Each wraps the whole application, so that a new route is guarded without saying so.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.server.auth import REALM, AdminAuthConfig, Throttle
from graphile_worker.admin.server.csrf import Csrf
from graphile_worker.admin.server.errors import error_response
from graphile_worker.admin.server.hosts import HostPolicy
from graphile_worker.admin.server.lingering import Lingering
from graphile_worker.admin.server.paths import SAFE_METHODS, is_asset, route_path
from graphile_worker.admin.server.rights import RightsGuard
from graphile_worker.admin.server.users import identify

log = logging.getLogger("graphile_worker.admin")

CSP = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
PUBLIC_PAGES = frozenset({"/", "/favicon.ico"})
PROBES = frozenset({"/healthz", "/readyz"})  # they tell yes or no


class HeadersGuard:
    """A request id, the security headers on every answer, and an answer for every failure."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(6)
        # a scope of our own: an application around us finds its own as it was
        scope = {**scope, "state": {**scope.get("state", {}), "request_id": request_id, "user": None}}
        cacheable = is_asset(route_path(scope))
        started = finished = False

        async def send_guarded(message: Message) -> None:
            nonlocal started, finished
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                success = message["status"] in (200, 304)
                headers["Cache-Control"] = "public, max-age=3600" if cacheable and success else "no-store"
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Content-Security-Policy"] = CSP
                headers["X-Request-Id"] = request_id
            await send(message)
            finished = message["type"] == "http.response.body" and not message.get("more_body", False)

        try:
            await self.app(scope, receive, send_guarded)
        except Exception as error:
            where = log.isEnabledFor(logging.DEBUG)  # one line on a terminal, the traceback for who asks for it
            log.error("request %s failed: %s: %s", request_id, type(error).__name__, error, exc_info=where)
            if finished:
                return  # the router has answered 500 itself before it passed the fault on
            if started:
                raise
            answer = error_response(scope, 500, "internal server error", hint="The server's log has the request id.")
            await answer(scope, receive, send_guarded)


class HostGuard:
    """Exactly one Host header, and one that is ours."""

    def __init__(self, app: ASGIApp, policy: HostPolicy) -> None:
        self.app = app
        self.policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 400 or 421 to other hosts."""
        if scope["type"] == "http":
            hosts = Headers(scope=scope).getlist("host")
            server = scope.get("server")
            if len(hosts) != 1:
                await error_response(scope, 400, "exactly one Host header is required")(scope, receive, send)
                return
            if not self.policy.allows(hosts[0], server[0] if server else None):
                message = "this host name is not allowed"
                hint = "Start the admin with --allowed-host NAME (allowed_hosts in the config)."
                await error_response(scope, 421, message, hint=hint)(scope, receive, send)
                return
        await self.app(scope, receive, send)


class AuthGuard:
    """Everything but the probes needs credentials; in bearer and header mode the bare page and the assets do not."""

    def __init__(self, app: ASGIApp, auth: AdminAuthConfig) -> None:
        self.app = app
        self.auth = auth
        self.throttle = Throttle()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 401 or 429 without the right credentials."""
        if scope["type"] != "http" or self._public(scope):
            await self.app(scope, receive, send)
            return
        client = scope.get("client")
        source = client[0] if client else "local"
        headers = Headers(scope=scope)
        if self.auth.check is not None:
            scope["state"]["user"] = await identify(self.auth.check, scope)
            refused = scope["state"]["user"] is None
            app = error_response(scope, 401, "unauthorized") if refused else self.app
            await app(scope, receive, send)
            return
        wait = self.throttle.wait(source) if self.auth.given(headers) else 0
        if wait:
            retry = {"Retry-After": str(wait)}
            await error_response(scope, 429, "too many wrong credentials", headers=retry)(scope, receive, send)
        elif self.auth.accepts(headers):
            await self.app(scope, receive, send)
        else:
            if self.auth.given(headers):
                self.throttle.failed(source)
            challenge = {"WWW-Authenticate": REALM} if self.auth.mode == "basic" else None
            await error_response(scope, 401, "unauthorized", headers=challenge)(scope, receive, send)

    def _public(self, scope: Scope) -> bool:
        path = route_path(scope)
        if self.auth.mode == "none" or (path in PROBES and scope["method"] in ("GET", "HEAD")):
            return True
        bare = path in PUBLIC_PAGES or path.startswith("/assets/")
        return self.auth.mode in ("bearer", "header") and bare and scope["method"] in SAFE_METHODS


class CsrfGuard:
    """Writes need the token, and must come from our own page or from no page at all."""

    def __init__(self, app: ASGIApp, csrf: Csrf) -> None:
        self.app = app
        self.csrf = csrf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 403 to a write without the token."""
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            tokens = headers.getlist(CSRF_HEADER)
            if len(tokens) != 1 or not self.csrf.accepts(tokens[0]):
                message, code = "missing or invalid admin CSRF token", "csrf"
                hint = "Take csrf_token from /api/session."
                await error_response(scope, 403, message, code=code, hint=hint)(scope, receive, send)
                return
            if not _same_origin(headers):
                await error_response(scope, 403, "a write from another site is refused", code="cross_site")(
                    scope, receive, send
                )
                return
        await self.app(scope, receive, send)


def _same_origin(headers: Headers) -> bool:
    """Browsers say where a request comes from: by Sec-Fetch-Site, on plain HTTP only by Origin."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")


class ReadOnlyGuard:
    """Refuses every write while the admin is read only."""

    def __init__(self, app: ASGIApp, read_only: bool) -> None:
        self.app = app
        self.read_only = read_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 403 to a write."""
        if self.read_only and scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            message = "admin UI is running in read-only mode"
            await error_response(scope, 403, message, code="read_only")(scope, receive, send)
            return
        await self.app(scope, receive, send)


def guarded(app: ASGIApp, *, policy: HostPolicy, auth: AdminAuthConfig, csrf: Csrf, read_only: bool) -> ASGIApp:
    """The application behind all guards."""
    inner: Any = ReadOnlyGuard(RightsGuard(app), read_only)
    return Lingering(HeadersGuard(HostGuard(AuthGuard(CsrfGuard(inner, csrf), auth), policy)))
