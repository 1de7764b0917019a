"""uvicorn's httptools protocol with the limits it lacks: bytes and seconds until a request's headers are complete."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_BYTES_MAX = 32 * 1024
HEADER_SECONDS = 10.0
BODY_SECONDS = 30.0


class BoundedProtocol(HttpToolsProtocol):
    """Ends connections whose request line and headers are too large or too slow, or whose body never arrives."""

    _seen = 0
    _in_body = False
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Starts the clock of the first request."""
        super().connection_made(transport)
        self._limit(HEADER_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Counts what comes before the headers are complete."""
        if not self._in_body:
            self._seen += len(data)
            if self._deadline is None:
                self._limit(HEADER_SECONDS)
            # A large first chunk may be body already: the parser decides below.
        super().data_received(data)
        if not self._in_body and self._seen > HEADER_BYTES_MAX and not self.transport.is_closing():
            self.transport.close()

    def on_headers_complete(self) -> None:
        """From here on the body's own clock runs."""
        self._in_body = True
        self._limit(BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is all here: no clock until the next one."""
        self._in_body, self._seen = False, 0
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
