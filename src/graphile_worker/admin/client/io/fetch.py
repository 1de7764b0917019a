"""HTTP requests to the server that sent the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import bridge

from graphile_worker.admin.client.io.dom import guarded

if TYPE_CHECKING:
    from collections.abc import Callable

_open: dict[str, Callable[[int, str, str], None]] = {}
_count = [0]


def request(
    method: str, path: str, body: str | None, headers: dict[str, str], callback: Callable[[int, str, str], None]
) -> None:
    """Sends a request; `path` is relative to the page. Calls back with status, text and build of the admin.

    The status is 0 without a response; the build is empty in a response that is not the admin's. The method SAVE sends a
    GET and saves the answer as a file named `body`.
    """
    _count[0] += 1
    ticket = str(_count[0])
    _open[ticket] = callback
    bridge.request(ticket, method, path, body or "", json.dumps(headers))


def _answered(ticket: str, status: int, text: str, build: str) -> None:
    callback = _open.pop(ticket, None)
    if callback is not None:
        guarded(callback, status, text, build)


class Stream:
    """The stream of events, at most one at a time."""

    def open(self, path: str, headers: dict[str, str], callback: Callable[[str, str], None]) -> None:
        """Opens it, instead of another; calls back with (event, data); the last event is `end`, with a status."""
        _count[0] += 1
        ticket = str(_count[0])
        _streams.clear()
        _streams[ticket] = callback
        bridge.stream_open(ticket, path, json.dumps(headers))

    def close(self) -> None:
        """Closes it; there are no callbacks any more."""
        _streams.clear()
        bridge.stream_close()


_streams: dict[str, Callable[[str, str], None]] = {}


def _received(ticket: str, kind: str, text: str) -> None:
    callback = _streams.get(ticket)
    if callback is not None:
        guarded(callback, kind, text)


def connect() -> None:
    """Sets the callbacks of answers and of the stream."""
    bridge.on_answer(_answered)
    bridge.on_stream(_received)
