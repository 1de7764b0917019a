"""The guards around the application: headers, source, audit, host, authentication, CSRF, read-only, permissions.

The list begins with the outermost guard. Each guard wraps the whole application, so that it applies to new routes.
"""

from __future__ import annotations

import logging
import re
import secrets
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphile_worker.admin.api.vocabulary import BUILD_HEADER, CSRF_HEADER
from graphile_worker.admin.server.audit.audit_guard import Audit, AuditGuard
from graphile_worker.admin.server.config import AdminServerConfig
from graphile_worker.admin.server.http.drain_body import DrainBodyMiddleware
from graphile_worker.admin.server.http.error_responses import error_response
from graphile_worker.admin.server.http.paths import SAFE_METHODS, is_asset, route_path
from graphile_worker.admin.server.limits.sources import SourceGuard, parse_proxies
from graphile_worker.admin.server.page.assets import build, is_other_build
from graphile_worker.admin.server.security.auth_guard import AuthGuard
from graphile_worker.admin.server.security.authorization import PermissionGuard
from graphile_worker.admin.server.security.csrf import Csrf
from graphile_worker.admin.server.security.hosts import HostPolicy, advice
from graphile_worker.admin.server.security.origin import difference, same_origin
from graphile_worker.admin.server.security.permissions import PermissionTable
from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.core.secrets.redaction import redacting_logger

log = redacting_logger("graphile_worker.admin")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:@=+/-]{1,64}", re.ASCII)

CSP = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": CSP,
    # another site can neither embed a resource, as the favicon, nor keep a reference to a window of the admin
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class ResponseAborted(Exception):
    """The response has started and cannot be completed: the server closes the connection. The error is already logged."""


class HeadersGuard:
    """Adds the request id and the security headers to every response, and responds to unhandled exceptions."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = request_id_of(Headers(scope=scope))
        # a copy, so that the scope of the application around stays unchanged
        scope = {**scope, "state": {**scope.get("state", {}), "request_id": request_id, "user": None}}
        cacheable = is_asset(route_path(scope)) and not is_other_build(scope["query_string"])
        started = finished = False

        async def send_guarded(message: Message) -> None:
            nonlocal started, finished
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                success = message["status"] in (200, 304)
                headers["Cache-Control"] = "public, max-age=3600" if cacheable and success else "no-store"
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                headers["X-Request-Id"] = request_id
                headers[BUILD_HEADER] = build()
            await send(message)
            finished = message["type"] == "http.response.body" and not message.get("more_body", False)

        try:
            await self.app(scope, receive, send_guarded)
        except Exception as error:
            _log_failure(request_id, error, started=started)
            if finished:
                return  # the router has responded with 500 before it raised the exception
            if started:
                raise ResponseAborted from error
            answer = error_response(scope, 500, "internal server error", hint="The server's log has the request id.")
            await answer(scope, receive, send_guarded)


def _log_failure(request_id: str, error: Exception, *, started: bool) -> None:
    """Logs one line; at the level DEBUG with the traceback."""
    traceback = log.isEnabledFor(logging.DEBUG)
    cause = error.__cause__  # Starlette does not handle an error after the response has started
    if started and isinstance(cause, GraphileWorkerError):
        extra = {"kind": cause.code}
        log.warning("request %s broke off half-way: %s", request_id, cause.message, exc_info=traceback, extra=extra)
        return
    kind = type(error).__name__
    extra = {"kind": f"{kind}: {error}"[:200]}
    log.error("request %s failed: %s: %s", request_id, kind, error, exc_info=traceback, extra=extra)


def request_id_of(headers: Headers) -> str:
    """The X-Request-Id of the request, where there is exactly one of allowed characters; else a new one."""
    given = headers.getlist("x-request-id")
    return given[0] if len(given) == 1 and _REQUEST_ID.fullmatch(given[0]) else secrets.token_hex(6)


class HostGuard:
    """Requires exactly one Host header, with an allowed host."""

    def __init__(self, app: ASGIApp, policy: HostPolicy) -> None:
        self.app = app
        self.policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Responds with 400 or 421 to other requests."""
        if scope["type"] == "http":
            hosts = Headers(scope=scope).getlist("host")
            server = scope.get("server")
            if len(hosts) != 1:
                await error_response(scope, 400, "exactly one Host header is required")(scope, receive, send)
                return
            if not self.policy.allows(hosts[0], server[0] if server else None):
                message = "this host name is not allowed"
                await error_response(scope, 421, message, hint=advice(hosts[0]))(scope, receive, send)
                return
        await self.app(scope, receive, send)


class CsrfGuard:
    """Requires the CSRF token for writes, and refuses those that another site sends."""

    def __init__(self, app: ASGIApp, csrf: Csrf) -> None:
        self.app = app
        self.csrf = csrf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Responds with 403 to a write without the token or from another site."""
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            tokens = headers.getlist(CSRF_HEADER)
            if len(tokens) != 1 or not self.csrf.accepts(tokens[0]):
                message, code = "missing or invalid admin CSRF token", "csrf"
                hint = "Take csrf_token from /api/session."
                await error_response(scope, 403, message, code=code, hint=hint)(scope, receive, send)
                return
            if not same_origin(headers, scope.get("scheme", "http")):
                message, hint = "a write from another site is refused", difference(headers, scope.get("scheme", "http"))
                await error_response(scope, 403, message, code="cross_site", hint=hint)(scope, receive, send)
                return
        await self.app(scope, receive, send)


class ReadOnlyGuard:
    """Refuses every write of a read-only admin."""

    def __init__(self, app: ASGIApp, read_only: bool) -> None:
        self.app = app
        self.read_only = read_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Responds with 403 to a write."""
        if self.read_only and scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            message = "admin UI is running in read-only mode"
            await error_response(scope, 403, message, code="read_only")(scope, receive, send)
            return
        await self.app(scope, receive, send)


def with_guards(
    app: ASGIApp,
    config: AdminServerConfig,
    *,
    policy: HostPolicy,
    csrf: Csrf,
    table: PermissionTable,
    audit: Audit,
) -> ASGIApp:
    """The application with all guards around it."""
    inner: Any = ReadOnlyGuard(PermissionGuard(app, table), config.read_only)
    inner = HostGuard(AuthGuard(CsrfGuard(inner, csrf), config.auth, audit), policy)
    inner = AuditGuard(inner, audit, table)
    return DrainBodyMiddleware(HeadersGuard(SourceGuard(inner, parse_proxies(config.trusted_proxies))))
