"""uvicorn's httptools protocol with the limits it lacks: bytes and seconds until a request's headers are complete."""

from __future__ import annotations

import asyncio
import secrets
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from graphile_worker.admin.server.errors import error_response

HEADER_BYTES_MAX = 32 * 1024
HEADER_SECONDS = 10.0
BODY_SECONDS = 30.0
REFUSED_SECONDS = 2.0  # that a refused sender is given to read the answer before its connection is cut
_END = b"\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """Ends connections whose request line and headers are too large or too slow, or whose body never arrives."""

    _seen = 0
    _tail = b""
    _in_body = False
    _refused = False
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Starts the clock of the first request."""
        super().connection_made(transport)
        self._limit(HEADER_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Counts what comes before the headers are complete."""
        if self._refused:
            return
        if not self._in_body:
            self._count(data)
            if self._deadline is None:
                self._limit(HEADER_SECONDS)
            if self._seen > HEADER_BYTES_MAX:
                hint = "A long filter goes into the body of POST api/jobs/bulk."
                self._refuse(431, f"address and headers must be at most {HEADER_BYTES_MAX} bytes", hint)
                return
        super().data_received(data)

    def _count(self, data: bytes) -> None:
        """A chunk may be body already: only what is before the empty line counts."""
        joined = self._tail + data
        end = joined.find(_END)
        self._seen += len(data) if end < 0 else end + len(_END) - len(self._tail)
        self._tail = joined[1 - len(_END) :] if end < 0 else b""

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP: as every error."""
        self._refuse(400, "this is not a well-formed HTTP request")

    def _refuse(self, status: int, message: str, hint: str | None = None) -> None:
        """Answers before there is a request, and hears nothing more; unread bytes would cut off the answer."""
        self._refused = True
        if not self._free():
            self.transport.close()
            return
        request_id = secrets.token_hex(6)
        headers = {"x-request-id": request_id, "cache-control": "no-store", "connection": "close"}
        scope = {"state": {"request_id": request_id}}
        answer = error_response(scope, status, message, hint=hint, headers=headers)
        phrase = HTTPStatus(status).phrase.encode()
        lines = [b"%s: %s\r\n" % header for header in answer.raw_headers]
        self.transport.write(b"".join([b"HTTP/1.1 %d %s\r\n" % (status, phrase), *lines, b"\r\n", bytes(answer.body)]))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._limit(REFUSED_SECONDS)

    def _free(self) -> bool:
        """Whether no answer is on its way, so that ours cannot be taken for it; a request whose body broke off ends."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return True
        if cycle.response_started or self.pipeline:
            return False
        cycle.disconnected = True
        cycle.message_event.set()
        return True

    def on_headers_complete(self) -> None:
        """From here on the body's own clock runs."""
        self._in_body = True
        self._limit(BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is all here: no clock until the next one."""
        self._in_body, self._seen, self._tail = False, 0, b""
        self._limit(None)
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the clock."""
        self._limit(None)
        super().connection_lost(exc)

    def _limit(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None
        if seconds is not None:
            self._deadline = asyncio.get_running_loop().call_later(seconds, self.transport.close)
