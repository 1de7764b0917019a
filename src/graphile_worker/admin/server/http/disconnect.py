"""Cancel the work of a read when its client disconnects: its statement must not go on in the database for nobody."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphile_worker.admin.server.http.paths import SAFE_METHODS


async def gone(receive: Receive) -> None:
    """Returns when the client has disconnected; never where `receive` repeats the body, as some middlewares do."""
    whole = False
    while (message := await receive())["type"] != "http.disconnect":
        if whole:
            await asyncio.get_running_loop().create_future()
        whole = not message.get("more_body", False)


class CancelOnDisconnect:
    """Runs each read as a task that is cancelled when its client disconnects. Writes are finished: half of one helps nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one request; a read has no body, so its application only learns of the disconnection."""
        if scope["type"] != "http" or scope["method"] not in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        left, told = asyncio.Event(), False

        async def receive_disconnect() -> Message:
            nonlocal told
            if not told:
                told = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await left.wait()
            return {"type": "http.disconnect"}

        work = asyncio.ensure_future(self.app(scope, receive_disconnect, send))
        watch = asyncio.ensure_future(gone(receive))
        try:
            await asyncio.wait((work, watch), return_when=asyncio.FIRST_COMPLETED)
            if watch.done() and watch.exception() is not None:  # nothing can be learned of this client
                await asyncio.wait((work,))
            if work.done():
                work.result()
        finally:
            left.set()
            watch.cancel()
            if not work.done():
                work.cancel()
                await asyncio.wait((work,))
