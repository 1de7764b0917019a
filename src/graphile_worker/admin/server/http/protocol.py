"""uvicorn's httptools protocol with additional limits on the bytes, seconds and requests of one connection."""

from __future__ import annotations

import asyncio
import secrets
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from graphile_worker.admin.api.vocabulary import BUILD_HEADER
from graphile_worker.admin.server.http.error_responses import error_response
from graphile_worker.admin.server.http.paths import PROBES
from graphile_worker.admin.server.limits.connections import Connections
from graphile_worker.admin.server.limits.sources import LOCAL, network_of
from graphile_worker.admin.server.page.assets import build
from graphile_worker.admin.server.security.guards import SECURITY_HEADERS, HeadersGuard, ResponseAborted

VERSIONS = frozenset({"1.0", "1.1"})
HEADER_BYTES_MAX = 32 * 1024
FRAMING_BYTES_MAX = 32 * 1024  # of chunk extensions and trailers, between two chunks
PIPELINE_MAX = 8  # requests that wait on one connection; browsers and proxies do not pipeline
HEADER_SECONDS = 10.0
BODY_SECONDS = 30.0
REFUSED_SECONDS = 2.0  # that a client has to read an error response before its connection is closed
REFUSED_BYTES_MAX = 2 * 1024 * 1024  # that the client may send in that time
UNREAD_SECONDS = 60.0  # for which the send buffer may stay full
_END = b"\r\n\r\n"


async def _overloaded(scope: Scope, receive: Receive, send: Send) -> None:
    message, hint = "too many requests are being answered", "Try again in a moment."
    answer = error_response(scope, 503, message, code="overloaded", hint=hint, headers={"Retry-After": "2"})
    await answer(scope, receive, send)


OVERLOADED = HeadersGuard(_overloaded)


class PipelineFull(Exception):
    """Stops the parser: the connection has PIPELINE_MAX waiting requests."""


class UnsupportedVersion(Exception):
    """Stops the parser: it also accepts HTTP/0.9 and HTTP/2.0, which this server does not support."""


class BoundedProtocol(HttpToolsProtocol):
    """Closes connections whose requests are too large, too slow or too many, or whose responses are not read."""

    def __init__(self, *args: Any, connections_of_server: Connections, **more: Any) -> None:
        super().__init__(*args, **more)
        self.source = ""
        self.idle_since: float | None = None
        self._registry = connections_of_server
        self._header_bytes = 0
        self._framing_bytes = 0
        self._tail = b""
        self._in_body = False
        self._answering: RequestResponseCycle | None = None  # `cycle` is the newest request, which may be waiting
        self._refused = False
        self._refused_bytes = 0
        self._pipeline_full = False
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Starts the deadline of the first request."""
        super().connection_made(transport)
        self.source = network_of(self.client[0]) if self.client else LOCAL
        self._wait_for_client(HEADER_SECONDS)
        self._registry.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops every timer."""
        self._registry.discard(self)
        self._limit(None)
        self._stop_unread()
        self.pipeline.clear()
        if self._answering is not None:
            _disconnect(self._answering)
        super().connection_lost(exc)

    def evict(self) -> None:
        """Closes the socket at once and discards the unsent bytes."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Counts the bytes of headers and of chunk framing before the parser gets them."""
        if self._refused:
            self._refused_bytes += len(data)
            if self._refused_bytes > REFUSED_BYTES_MAX:
                self.transport.abort()
            return
        if self._in_body:
            self._framing_bytes += len(data)
        else:
            self._count_header(data)
            if self._deadline is None:
                self._wait_for_client(HEADER_SECONDS)
            if self._header_bytes > HEADER_BYTES_MAX:
                hint = "A long filter goes into the body of POST api/jobs/bulk."
                self._refuse(431, f"address and headers must be at most {HEADER_BYTES_MAX} bytes", hint)
                return
        super().data_received(data)
        if self._in_body and self._framing_bytes > FRAMING_BYTES_MAX + len(data):
            self._refuse(431, f"chunk extensions and trailers must be at most {FRAMING_BYTES_MAX} bytes")

    def _count_header(self, data: bytes) -> None:
        """Counts the bytes up to the empty line; the bytes after it may belong to the body."""
        joined = self._tail + data
        end = joined.find(_END)
        self._header_bytes += len(data) if end < 0 else end + len(_END) - len(self._tail)
        self._tail = joined[1 - len(_END) :] if end < 0 else b""

    def on_header(self, name: bytes, value: bytes) -> None:
        """Ignores trailers, which the parser reports here as well."""
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Starts the deadline of the body."""
        if self.parser.get_http_version() not in VERSIONS:
            raise UnsupportedVersion
        if len(self.pipeline) >= PIPELINE_MAX:
            self._pipeline_full = True
            raise PipelineFull
        super().on_headers_complete()
        self._in_body, self._framing_bytes = True, 0
        self._wait_for_client(BODY_SECONDS)
        if self.parser.should_upgrade():  # the parser takes what follows for another protocol
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """A chunk of the body: the count of its framing restarts."""
        self._framing_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is complete: the connection is not idle until the response is sent."""
        self._in_body, self._header_bytes, self._framing_bytes, self._tail = False, 0, 0, b""
        self._limit(None)
        self.idle_since = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Marks the connection as idle; idle connections are the first to be closed when there are too many."""
        if not self.pipeline and not self._in_body:
            self.idle_since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client does not read: its connection is closed after UNREAD_SECONDS."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._stop_unread()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer malformed HTTP with the usual JSON error body. Close a connection with too many waiting requests."""
        if self._pipeline_full:
            self._refused = True
            self.transport.abort()
            return
        self._refuse(400, "this is not a well-formed HTTP request")

    def _unsupported_upgrade_warning(self) -> None:
        """Logs nothing: a WebSocket request gets an HTTP response, and uvicorn's advice does not apply."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Counts the request. When there are too many, all paths but the health probes get 503."""
        self._answering = cycle
        path = str(cycle.scope["path"])
        room = self._registry.begin(self.source)
        served: ASGIApp = app if room or path.endswith(tuple(PROBES)) else OVERLOADED
        counted = _counted(served, self._registry, self.source)
        super()._start_asgi_task(cycle, _close_if_aborted(counted, cycle))  # type: ignore[arg-type]

    def _refuse(self, status: int, message: str, hint: str | None = None) -> None:
        """Sends an error response without a request of the application.

        Stops reading, but leaves the socket open for REFUSED_SECONDS: closing it with unread bytes would reset the
        connection before the client has the response.
        """
        self._refused = True
        self._limit(None)
        if not self._can_refuse_now():
            return
        request_id = secrets.token_hex(6)
        own = {"X-Request-Id": request_id, BUILD_HEADER: build()}
        headers = SECURITY_HEADERS | own | {"Cache-Control": "no-store", "Connection": "close"}
        scope = {"state": {"request_id": request_id}}
        answer = error_response(scope, status, message, hint=hint, headers=headers)
        phrase = HTTPStatus(status).phrase.encode()
        lines = [b"%s: %s\r\n" % header for header in answer.raw_headers]
        self.transport.write(b"".join([b"HTTP/1.1 %d %s\r\n" % (status, phrase), *lines, b"\r\n", bytes(answer.body)]))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._limit(REFUSED_SECONDS)

    def _can_refuse_now(self) -> bool:
        """Whether the error response can be sent now.

        Else earlier requests get their responses first, and the connection is closed after them. Disconnects the
        application of a request whose body is malformed.
        """
        answering = self._answering
        if answering is None or answering.response_complete:
            return True
        if self._in_body and self.pipeline:
            self.pipeline.popleft()  # the newest request is the malformed one
        elif self._in_body:
            if answering.response_started:
                self.transport.close()
                return False
            _disconnect(answering)
            return True
        last = self.pipeline[0][0] if self.pipeline else answering
        last.keep_alive = False
        return False

    def _wait_for_client(self, seconds: float) -> None:
        if self.idle_since is None:
            self.idle_since = self.loop.time()
        self._limit(seconds)

    def _limit(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None
        if seconds is not None:
            self._deadline = self.loop.call_later(seconds, self.transport.close)

    def _stop_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


def _counted(app: ASGIApp, registry: Connections, source: str) -> ASGIApp:
    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        finally:
            registry.end(source)

    return run


def _close_if_aborted(app: ASGIApp, cycle: RequestResponseCycle) -> ASGIApp:
    """Closes the connection after an aborted response, so that the client detects the missing last chunk."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except ResponseAborted:
            _disconnect(cycle)  # so that uvicorn logs no error
            cycle.transport.close()

    return run


def _disconnect(cycle: RequestResponseCycle) -> None:
    """Reports a disconnect to the application."""
    if not cycle.response_complete:
        cycle.disconnected = True
    cycle.message_event.set()
