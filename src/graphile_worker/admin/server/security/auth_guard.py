"""The guard that requires credentials, and limits attempts with wrong ones."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from graphile_worker.admin.server.audit.audit_guard import Audit
from graphile_worker.admin.server.audit.audit_notes import AUTHENTICATED
from graphile_worker.admin.server.http.error_responses import error_response
from graphile_worker.admin.server.http.paths import PROBES, PUBLIC, SAFE_METHODS, route_path
from graphile_worker.admin.server.limits.sources import network_of, proxy_advice, source_of
from graphile_worker.admin.server.limits.throttle import RecentLogins, Throttle
from graphile_worker.admin.server.security.auth import REALM, AdminAuthConfig, name_and_password
from graphile_worker.admin.server.security.exposure import is_short
from graphile_worker.admin.server.security.origin import cross_site
from graphile_worker.admin.server.users.admin_user import AdminUser, identify
from graphile_worker.admin.server.users.passwords import PasswordChecks, UserDirectory
from graphile_worker.admin.server.users.users_file import UsersFileError
from graphile_worker.core.secrets.redaction import redacting_logger

log = redacting_logger("graphile_worker.admin")
PUBLIC_PAGES = frozenset({"/", "/favicon.ico"})
ONE_SECRET = "secret"  # in place of a password hash, where a process has one secret
UNAVAILABLE_RETRY_SECONDS = 5  # Retry-After while the users file is not valid


@dataclass(frozen=True, slots=True)
class LoginResult:
    """Whether credentials were accepted, for which user where there are users, and else the seconds to wait."""

    accepted: bool
    user: AdminUser | None = None
    wait: int = 0


class AuthGuard:
    """Requires credentials for all paths except the health probes, and in bearer and header mode the page and the assets.

    In these modes, a page request with the right secret, which a proxy may add, gets the page with its rows. One secret
    of 12 or more characters is also compared while its source must wait, so that only wrong ones get 429.
    """

    def __init__(self, app: ASGIApp, auth: AdminAuthConfig, audit: Audit) -> None:
        self.app = app
        self.auth = auth
        self.recent = RecentLogins()
        self.throttle = Throttle(self.recent, audit.failed_logins)
        audit.closing.append(self.throttle.window.close)
        self.checks = PasswordChecks(UserDirectory(auth.users_path)) if auth.users_path is not None else None
        self._compares_always = self.checks is None and not is_short(auth)
        self._advice_logged = False
        self._evaluating: dict[tuple[str, bytes], asyncio.Task[LoginResult]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Responds with 401 or 429 without the right credentials, with 503 while the users file is not valid."""
        if scope["type"] != "http" or self._public(scope):
            if scope["type"] == "http":
                scope["state"][AUTHENTICATED] = self.auth.mode == "none"
                scope["state"][PUBLIC] = not await self._shows_rows(scope)
            await self.app(scope, receive, send)
            return
        scope["state"][PUBLIC] = False
        if self.auth.check is not None:
            scope["state"]["user"] = await identify(self.auth.check, scope)
            refused = scope["state"]["user"] is None
            app = error_response(scope, 401, "unauthorized") if refused else self.app
        else:
            app = await self._decide(scope)
        scope["state"][AUTHENTICATED] = app is self.app
        await app(scope, receive, send)

    def _public(self, scope: Scope) -> bool:
        path = route_path(scope)
        if self.auth.mode == "none" or (path in PROBES and scope["method"] in ("GET", "HEAD")):
            return True
        bare = path in PUBLIC_PAGES or path.startswith("/assets/")
        return self.auth.mode in ("bearer", "header") and bare and scope["method"] in SAFE_METHODS

    async def _shows_rows(self, scope: Scope) -> bool:
        """Whether a page that needs no credentials may have rows."""
        if self.auth.mode == "none":
            return True
        return route_path(scope) == "/" and await self._decide(scope) is self.app

    async def _decide(self, scope: Scope) -> ASGIApp:
        """The application, or the error response."""
        headers = Headers(scope=scope)
        if not self.auth.has_credentials(headers):
            return self._unauthorized(scope)
        try:
            result = await self._check(source_of(scope), headers)
        except UsersFileError:
            message, hint = "the users file of this admin cannot be used", "The server's log says what is wrong."
            retry = {"Retry-After": str(UNAVAILABLE_RETRY_SECONDS)}
            return error_response(scope, 503, message, code="users_unavailable", hint=hint, headers=retry)
        if result.accepted:
            scope["state"]["user"] = result.user
            return self.app
        if result.wait:
            retry = {"Retry-After": str(result.wait)}
            self._log_advice(scope)
            return error_response(scope, 429, "too many wrong credentials", headers=retry)
        return self._unauthorized(scope)

    def _log_advice(self, scope: Scope) -> None:
        """Logs once how clients behind a proxy get separate limits."""
        advice = None if self._advice_logged else proxy_advice(scope)
        if advice is not None:
            self._advice_logged = True
            log.warning("the wrong credentials of all clients behind one proxy are counted together: %s", advice)

    def _unauthorized(self, scope: Scope) -> ASGIApp:
        challenge = {"WWW-Authenticate": REALM} if self.auth.mode == "basic" else None
        return error_response(scope, 401, "unauthorized", headers=challenge)

    async def _check(self, source: str, headers: Headers) -> LoginResult:
        """Accepts credentials that were right recently; else evaluates them, once for simultaneous requests."""
        credentials = self.auth.presented(headers)
        fingerprint = self.recent.fingerprint(credentials or b"")
        user, proof = self._named(credentials)
        if proof and self.recent.has(source, fingerprint, proof):
            return LoginResult(True, user)
        key = network_of(source), fingerprint
        task = self._evaluating.get(key)
        if task is None:
            task = asyncio.create_task(self._evaluate(source, credentials, cross_site=cross_site(headers)))
            self._evaluating[key] = task
            task.add_done_callback(lambda done: self._evaluated(key, done))
        return await asyncio.shield(task)

    def _evaluated(self, key: tuple[str, bytes], done: asyncio.Task[LoginResult]) -> None:
        del self._evaluating[key]
        if not done.cancelled():
            done.exception()  # retrieved, because all waiting requests may have been cancelled

    def _named(self, credentials: bytes | None) -> tuple[AdminUser | None, str]:
        """The user named by the credentials, and the hash or secret to compare. Raises UsersFileError."""
        if self.checks is None:
            return None, ONE_SECRET
        given = name_and_password(credentials)
        user = self.checks.directory.current().get(given[0]) if given else None
        return (user.user(), user.hash) if user else (None, "")

    async def _evaluate(self, source: str, credentials: bytes | None, *, cross_site: bool) -> LoginResult:
        if self._compares_always and self.auth.matches(credentials):
            self.recent.add(source, self.recent.fingerprint(credentials or b""), ONE_SECRET)
            return LoginResult(True)
        attempt = self.throttle.admit(source, cross_site=cross_site)
        if isinstance(attempt, int):
            self.throttle.failed(source, evaluated=False)
            return LoginResult(False, wait=attempt)
        try:
            user, proof = await self._compared(source, credentials)
        except BaseException:
            attempt.dropped()
            raise
        if not proof:
            self.throttle.failed(source, evaluated=True)
            return LoginResult(False, wait=attempt.wait)
        attempt.succeeded()
        self.recent.add(source, self.recent.fingerprint(credentials or b""), proof)
        return LoginResult(True, user)

    async def _compared(self, source: str, credentials: bytes | None) -> tuple[AdminUser | None, str]:
        """The user, and the hash or secret that the credentials matched; an empty string for wrong ones."""
        if self.checks is None:
            return None, ONE_SECRET if self.auth.matches(credentials) else ""
        given = name_and_password(credentials)
        user = await self.checks.check(source, *given) if given else None
        return (user.user(), user.hash) if user else (None, "")
