"""Drain the request body before an early error response, or the connection is reset and a proxy reports 502."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphile_worker.admin.server.http.paths import SAFE_METHODS

BYTES = 2 * 1024 * 1024  # the default of `body_limit`
SECONDS = 2.0


class DrainBodyMiddleware:
    """Reads the rest of a body, within BYTES and SECONDS, before a response that did not need it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one request. A client with `Expect` has not sent its body and gets the response at once."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or "expect" in Headers(scope=scope):
            await self.app(scope, receive, send)
            return
        complete = False

        async def receive_noting() -> Message:
            nonlocal complete
            message = await receive()
            complete = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        async def send_after_body(message: Message) -> None:
            if message["type"] == "http.response.start" and not complete:
                try:
                    async with asyncio.timeout(SECONDS):
                        left = BYTES
                        while left > 0 and not complete:
                            left -= len((await receive_noting()).get("body", b""))
                except TimeoutError:
                    pass
            await send(message)

        await self.app(scope, receive_noting, send_after_body)
