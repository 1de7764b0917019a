"""What the user of a request may do: checked by the permission of the route, and where the body names the action, there."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphile_worker.admin.server.audit.audit_notes import action_of
from graphile_worker.admin.server.http.error_responses import error_response
from graphile_worker.admin.server.http.paths import SAFE_METHODS, route_path
from graphile_worker.admin.server.security.permissions import READ, Permission, PermissionTable
from graphile_worker.admin.server.users.admin_user import AdminUser, RightMissing


def user_of(scope: Scope) -> AdminUser | None:
    """The user that AuthGuard found; None where the admin's own authentication lets in whoever knows the secret."""
    user = scope["state"].get("user")
    assert user is None or isinstance(user, AdminUser)  # AuthGuard wrote it
    return user


class RightsGuard:
    """Refuses what the route's permission does not give the user; what no route answers needs `read`.

    A write whose route did not ask for its right is a fault of ours, never an open door.
    """

    def __init__(self, app: ASGIApp, table: PermissionTable) -> None:
        self.app = app
        self.table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 403 to a user without the permission."""
        user = user_of(scope) if scope["type"] == "http" else None
        if user is None:
            await self.app(scope, receive, send)
            return
        safe = scope["method"] in SAFE_METHODS
        needed = self.table.find(scope["method"], route_path(scope)) or (READ if safe else None)
        scope["state"]["needed"] = needed
        missing = _missing(user, needed)
        if missing is not None:
            answer = error_response(scope, 403, missing.message, code=missing.code, hint=missing.hint)
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send if safe else _only_permitted(scope, send))


def _missing(user: AdminUser, needed: Permission | None) -> RightMissing | None:
    """The refusal; where the body names the action, `permit` decides."""
    if needed is None or len(needed.actions) != 1 or user.may(needed.actions[0]):
        return None
    return RightMissing(needed.actions[0])


def permit(request: Request, asked: msgspec.Struct) -> None:
    """Raises RightMissing when the user may not do what a decoded body asks for."""
    user = user_of(request.scope)
    action = action_of(asked)
    if user is not None:
        needed: Permission | None = request.scope["state"]["needed"]
        if needed is None or action not in needed.actions:
            raise RuntimeError(f"the route did not declare the permission {action!r}")
        if not user.may(action):
            raise RightMissing(action)
    request.scope["state"]["permitted"] = True


def _only_permitted(scope: Scope, send: Send) -> Send:
    """No success is told of a write that nobody asked `permit` for: a route that forgets it fails its first test."""

    async def checked(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] < 400 and not scope["state"].get("permitted"):
            raise RuntimeError("a write was answered without asking for its right")
        await send(message)

    return checked
