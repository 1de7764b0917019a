"""Cancel reads when their client disconnects, so that their statements do not continue in the database."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphile_worker.admin.server.http.paths import SAFE_METHODS


async def wait_for_disconnect(receive: Receive) -> None:
    """Returns when the client disconnects. Never returns where a middleware's `receive` repeats the body."""
    complete = False
    while (message := await receive())["type"] != "http.disconnect":
        if complete:
            await asyncio.get_running_loop().create_future()
        complete = not message.get("more_body", False)


class CancelOnDisconnect:
    """Runs each read as a task that is cancelled when its client disconnects. Writes are always completed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one request. A read has no body: its application receives an empty one, then the disconnect."""
        if scope["type"] != "http" or scope["method"] not in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        disconnected, body_received = asyncio.Event(), False

        async def receive_disconnect() -> Message:
            nonlocal body_received
            if not body_received:
                body_received = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await disconnected.wait()
            return {"type": "http.disconnect"}

        work = asyncio.ensure_future(self.app(scope, receive_disconnect, send))
        watch = asyncio.ensure_future(wait_for_disconnect(receive))
        try:
            await asyncio.wait((work, watch), return_when=asyncio.FIRST_COMPLETED)
            if watch.done() and watch.exception() is not None:  # the server reports no disconnect of this client
                await asyncio.wait((work,))
            if work.done():
                work.result()
        finally:
            disconnected.set()
            watch.cancel()
            if not work.done():
                work.cancel()
                await asyncio.wait((work,))
