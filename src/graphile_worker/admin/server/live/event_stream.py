"""The response of an event stream: sends what is new, notices who has gone, ends when it is asked to."""

from __future__ import annotations

import asyncio
import contextlib
import time

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from graphile_worker.admin.server.context import Context
from graphile_worker.admin.server.http.disconnect import gone
from graphile_worker.admin.server.live import streams
from graphile_worker.admin.server.live.shared_reads import Answer
from graphile_worker.admin.server.live.streams import Stream, Streams

MEDIA_TYPE = "text/event-stream"
HEADERS = {"X-Accel-Buffering": "no"}  # nginx and those who do as nginx does
RETRY_MS = 3000
HELLO_SECONDS = 1.0  # that the first words wait to know whether anything can be heard
APART_SECONDS = 0.25  # between two writes: what happens meanwhile is told together
SEND_SECONDS = 30.0  # for one write: who reads nothing for so long is given up


class EventStream(Response):
    """Server-sent events of one queue, the first counts already known."""

    def __init__(self, all_streams: Streams, context: Context, first: Answer[dict[str, str]]) -> None:
        super().__init__(media_type=MEDIA_TYPE, headers=HEADERS)
        del self.headers["content-length"]  # of no body
        self._streams = all_streams
        self._context = context
        self._first = first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs as long as the stream does."""
        with self._streams.of(self._context).joined() as stream:
            self._streams.watch()
            stream.counted(self._first)
            leaving = asyncio.create_task(_leaving(receive, stream))
            try:
                await self._tell(stream, send)
            except TimeoutError:
                pass  # it does not read; the server cuts the connection of an answer that has no end
            finally:
                leaving.cancel()

    async def _tell(self, stream: Stream, send: Send) -> None:
        async def write(text: str, more: bool = True) -> None:
            async with asyncio.timeout(SEND_SECONDS):
                await send({"type": "http.response.body", "body": text.encode(), "more_body": more})

        until = time.monotonic() + streams.LIFE_SECONDS
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if not await _wait(stream.greeted, HELLO_SECONDS):
            stream.listening(False)
        await write(f"retry: {RETRY_MS}\n\n" + stream.take())
        while time.monotonic() < until and not stream.ended.is_set():
            await _wait(stream.ended, APART_SECONDS)
            quiet = not await _wait(stream.woken, min(streams.PING_SECONDS, until - time.monotonic()))
            text = stream.take()
            if text or quiet:
                await write(text or ": ping\n\n")
        await write("", more=False)


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, seconds)):
            return await event.wait()
    return False


async def _leaving(receive: Receive, stream: Stream) -> None:
    await gone(receive)
    stream.end()


def head() -> Response:
    """What a stream would begin with."""
    response = Response(media_type=MEDIA_TYPE, headers=HEADERS)
    del response.headers["content-length"]
    return response
