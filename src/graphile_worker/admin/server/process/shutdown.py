"""Requests that are cancelled because the server stops get a JSON error response."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphile_worker.admin.server.http.error_responses import error_response
from graphile_worker.admin.server.security.guards import HeadersGuard


class CancelledRequestMiddleware:
    """Wraps the application of `serve`, which is the only one that cancels its requests."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.refusal = HeadersGuard(_refused)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Responds with 503 `shutting_down` to a cancelled request. A response that has started is not completed."""
        started = False

        async def send_noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except asyncio.CancelledError:
            if not started:
                await self.refusal(scope, receive, send)


async def _refused(scope: Scope, receive: Receive, send: Send) -> None:
    hint = "Repeat the request when the server runs. A write may have been committed: check it before you repeat it."
    message = "the server was stopped before this was answered"
    headers = {"Connection": "close"}
    await error_response(scope, 503, message, code="shutting_down", hint=hint, headers=headers)(scope, receive, send)
