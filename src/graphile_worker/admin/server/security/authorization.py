"""Checks the user's rights: by the permission of the route, and by the action in the body where the body names it."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphile_worker.admin.server.http.error_responses import error_response
from graphile_worker.admin.server.http.paths import SAFE_METHODS, route_path
from graphile_worker.admin.server.security.permissions import READ, Permission, PermissionTable
from graphile_worker.admin.server.users.admin_user import AdminUser, PermissionMissing


def user_of(scope: Scope) -> AdminUser | None:
    """The user that AuthGuard found; None where one secret authenticates and there are no users."""
    user = scope["state"].get("user")
    assert user is None or isinstance(user, AdminUser)  # AuthGuard wrote it
    return user


class PermissionGuard:
    """Refuses requests for which the user lacks the route's permission; addresses without a route require `read`.

    A successful response to a write that skipped `require_permission` is an internal error.
    """

    def __init__(self, app: ASGIApp, table: PermissionTable) -> None:
        self.app = app
        self.table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Responds with 403 to a user without the permission."""
        user = user_of(scope) if scope["type"] == "http" else None
        if user is None:
            await self.app(scope, receive, send)
            return
        safe = scope["method"] in SAFE_METHODS
        needed = self.table.find(scope["method"], route_path(scope)) or (READ if safe else None)
        scope["state"]["needed"] = needed
        missing = _missing(user, needed)
        if missing is not None:
            response = error_response(scope, 403, missing.message, code=missing.code, hint=missing.hint)
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send if safe else _require_check(scope, send))


def _missing(user: AdminUser, needed: Permission | None) -> PermissionMissing | None:
    """The error of a user without the permission; where the body names the action, `require_permission` decides."""
    if needed is None or needed.only_action is None or user.may(needed.only_action):
        return None
    return PermissionMissing(needed.only_action)


def require_permission(scope: Scope, action: str) -> None:
    """Raises PermissionMissing when the user has no right to the action that the decoded body asks for."""
    user = user_of(scope)
    if user is not None:
        needed: Permission | None = scope["state"]["needed"]
        if needed is None or action not in needed.actions:
            raise RuntimeError(f"the route did not declare the permission {action!r}")
        if not user.may(action):
            raise PermissionMissing(action)
    scope["state"]["permission_checked"] = True


def _require_check(scope: Scope, send: Send) -> Send:
    """`send` that raises for a successful write without `require_permission`: the first test of such a route fails."""

    async def checked(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] < 400:
            if not scope["state"].get("permission_checked"):
                raise RuntimeError("a write succeeded without a check of its permission")
        await send(message)

    return checked
