"""The response of an event stream: sends new events, and ends when the client disconnects or the stream ends."""

from __future__ import annotations

import asyncio
import contextlib
import time

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from graphile_worker.admin.api.responses.overview import OverviewParts
from graphile_worker.admin.server.context import Context
from graphile_worker.admin.server.http.disconnect import wait_for_disconnect
from graphile_worker.admin.server.live import streams
from graphile_worker.admin.server.live.shared_reads import Answer
from graphile_worker.admin.server.live.streams import Stream, Streams

MEDIA_TYPE = "text/event-stream"
HEADERS = {"X-Accel-Buffering": "no"}  # for nginx, and for proxies with the same convention
RETRY_MS = 3000
HELLO_SECONDS = 1.0  # that the first event waits to know whether notifications can be expected
WRITE_INTERVAL_SECONDS = 0.25  # minimum between two writes; events in the meantime are sent together
SEND_SECONDS = 30.0  # for one write; a client that reads more slowly is disconnected


class EventStream(Response):
    """Server-sent events of one queue. `first` are the counts of the first event."""

    def __init__(self, all_streams: Streams, context: Context, first: Answer[OverviewParts]) -> None:
        super().__init__(media_type=MEDIA_TYPE, headers=HEADERS)
        del self.headers["content-length"]  # the length of an empty body
        self._streams = all_streams
        self._context = context
        self._first = first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs until the stream ends."""
        with self._streams.of(self._context).open() as stream:
            self._streams.watch()
            stream.counted(self._first)
            disconnect = asyncio.create_task(_end_at_disconnect(receive, stream))
            try:
                await self._send_events(stream, send)
            except TimeoutError:
                pass  # the client does not read; the server closes the connection of an unfinished response
            finally:
                disconnect.cancel()

    async def _send_events(self, stream: Stream, send: Send) -> None:
        async def write(text: str, more: bool = True) -> None:
            async with asyncio.timeout(SEND_SECONDS):
                await send({"type": "http.response.body", "body": text.encode(), "more_body": more})

        until = time.monotonic() + streams.LIFETIME_SECONDS
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if not await _wait(stream.has_hello, HELLO_SECONDS):
            stream.listening_changed(False)
        await write(f"retry: {RETRY_MS}\n\n" + stream.take())
        while time.monotonic() < until and not stream.ended.is_set():
            await _wait(stream.ended, WRITE_INTERVAL_SECONDS)
            quiet = not await _wait(stream.changed, min(streams.PING_SECONDS, until - time.monotonic()))
            text = stream.take()
            if text or quiet:
                await write(text or ": ping\n\n")
        await write(stream.take(), more=False)


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, seconds)):
            return await event.wait()
    return False


async def _end_at_disconnect(receive: Receive, stream: Stream) -> None:
    await wait_for_disconnect(receive)
    stream.end()


def head() -> Response:
    """The response to HEAD: the headers of a stream."""
    response = Response(media_type=MEDIA_TYPE, headers=HEADERS)
    del response.headers["content-length"]
    return response
