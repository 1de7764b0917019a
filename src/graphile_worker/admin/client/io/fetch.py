"""HTTP requests to the server that sent the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import bridge

from graphile_worker.admin.client.io.dom import guarded

if TYPE_CHECKING:
    from collections.abc import Callable

_open: dict[str, Any] = {}
_count = [0]


def request(
    method: str, path: str, body: str | None, headers: dict[str, str], callback: Callable[[int, str, str], None]
) -> None:
    """Asks for `path` (relative to the page); calls back with status, text and the build of the admin that answered.

    The status is 0 when no answer came, the build empty when the answer is not an admin's. The method SAVE gets and gives
    the answer to the person as a file named by `body`.
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
        """Begins it, ending another; calls back with `open`, names of events and their data, and `end` with a status."""
        _count[0] += 1
        ticket = str(_count[0])
        _streams.clear()
        _streams[ticket] = callback
        bridge.stream_open(ticket, path, json.dumps(headers))

    def close(self) -> None:
        """Ends it; nothing is called back any more."""
        _streams.clear()
        bridge.stream_close()


_streams: dict[str, Any] = {}


def _told(ticket: str, kind: str, text: str) -> None:
    callback = _streams.get(ticket)
    if callback is not None:
        guarded(callback, kind, text)


bridge.on_answer(_answered)
bridge.on_stream(_told)
