"""What the user of a request may do: looking is checked for every path, an action where its body is decoded."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphile_worker.admin.api import wire
from graphile_worker.admin.server.assets import ASSETS
from graphile_worker.admin.server.errors import error_response
from graphile_worker.admin.server.paths import SAFE_METHODS, route_path
from graphile_worker.admin.server.users import AdminUser, RightMissing

FOR_EVERY_USER = frozenset({"/", "/api/session", *ASSETS})  # the page and what tells a user their rights
_ACTIONS: dict[type[msgspec.Struct], str] = {wire.AddJobRequest: "add", wire.RemoveByKeyRequest: "remove-by-key"}


def user_of(scope: Scope) -> AdminUser | None:
    """The user that AuthGuard found; None where the admin's own authentication lets in whoever knows the secret."""
    user = scope["state"].get("user")
    assert user is None or isinstance(user, AdminUser)  # AuthGuard wrote it
    return user


class RightsGuard:
    """Reads need the right `read`; a write that did not ask for its right is a fault of ours, never an open door."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 403 to who may not look."""
        user = user_of(scope) if scope["type"] == "http" else None
        if user is None:
            await self.app(scope, receive, send)
        elif scope["method"] not in SAFE_METHODS:
            await self.app(scope, receive, _only_permitted(scope, send))
        elif user.may("read") or route_path(scope) in FOR_EVERY_USER:
            await self.app(scope, receive, send)
        else:
            missing = RightMissing("read")
            answer = error_response(scope, 403, missing.message, code=missing.code, hint=missing.hint)
            await answer(scope, receive, send)


def permit(request: Request, asked: msgspec.Struct) -> None:
    """Raises RightMissing when the user may not do what a decoded body asks for."""
    user = user_of(request.scope)
    action: Any = getattr(asked, "action", None) or _ACTIONS[type(asked)]
    if user is not None and not user.may(action):
        raise RightMissing(action)
    request.scope["state"]["permitted"] = True


def _only_permitted(scope: Scope, send: Send) -> Send:
    """No success is told of a write that nobody asked `permit` for: a route that forgets it fails its first test."""

    async def checked(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] < 400 and not scope["state"].get("permitted"):
            raise RuntimeError("a write was answered without asking for its right")
        await send(message)

    return checked
