"""A refusal waits for the body that it does not read: else the connection is reset, and a proxy says 502 in our place."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphile_worker.admin.server.http.paths import SAFE_METHODS

BYTES = 2 * 1024 * 1024  # as much as we would read ourselves
SECONDS = 2.0


class Lingering:
    """Lets a body arrive, within its bounds, before an answer that did not want it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one request; a client that asks before it sends (`Expect`) is answered at once."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or "expect" in Headers(scope=scope):
            await self.app(scope, receive, send)
            return
        whole = False

        async def noting() -> Message:
            nonlocal whole
            message = await receive()
            whole = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        async def patient(message: Message) -> None:
            if message["type"] == "http.response.start" and not whole:
                try:
                    async with asyncio.timeout(SECONDS):
                        left = BYTES
                        while left > 0 and not whole:
                            left -= len((await noting()).get("body", b""))
                except TimeoutError:
                    pass
            await send(message)

        await self.app(scope, noting, patient)
