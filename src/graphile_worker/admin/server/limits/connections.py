"""The limits of the sockets and requests of one server, and the choice of the sockets to close."""

from __future__ import annotations

import resource
from collections import Counter
from typing import Protocol

CONNECTIONS_MAX = 1000
DESCRIPTORS_KEPT = 100  # file descriptors reserved for the database, files and listeners
REQUESTS_MAX = 400  # at the same time, event streams included
SOURCE_REQUESTS_MAX = 300  # of these from one address


class Connection(Protocol):
    """The part of a protocol instance that Connections uses."""

    source: str
    idle_since: (
        float | None
    )  # loop time since which the server waits for the client; None while it works for the client

    def evict(self) -> None:
        """Closes the socket at once."""


class Connections:
    """All connections and requests of one server."""

    def __init__(self, most: int | None = None) -> None:
        self._most = _most() if most is None else most
        self._open: dict[Connection, None] = {}  # in the order of arrival
        self._requests: Counter[str] = Counter()
        self.evicted = 0

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> None:
        """Registers a new connection.

        When there are too many, closes the longest idle one of the address with the most idle connections.
        """
        self._open[connection] = None
        if len(self._open) > self._most:
            idle = [one for one in self._open if one.idle_since is not None]
            by_source = Counter(one.source for one in idle)
            if idle:
                victim = min(idle, key=lambda one: (-by_source[one.source], one.idle_since))
                self.discard(victim)
                self.evicted += 1
                victim.evict()

    def discard(self, connection: Connection) -> None:
        """Removes a closed connection."""
        self._open.pop(connection, None)

    def begin(self, source: str) -> bool:
        """Counts a request; False when there are too many in total or from this address. `end` must follow in any case."""
        self._requests[source] += 1
        return self._requests.total() <= REQUESTS_MAX and self._requests[source] <= SOURCE_REQUESTS_MAX

    def end(self, source: str) -> None:
        """Removes a completed request."""
        self._requests[source] -= 1
        if not self._requests[source]:
            del self._requests[source]


def _most() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS_MAX
    return max(50, min(CONNECTIONS_MAX, soft - DESCRIPTORS_KEPT))
