"""Measures how long a read waits for connections and for the network, which is not work of the database.

Shared reads are repeated in proportion to the work of the database. A slow network, a new connection or a busy pool must
not make the answers older.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

TRIPS_OF_STATEMENT = 2  # round trips of a statement that the driver prepares first


class Waits:
    """The seconds that one read has waited for connections and for the network."""

    def __init__(self) -> None:
        self._for_connections = 0.0
        self._trips = 0  # of the open transaction
        self._on_network = 0.0

    @property
    def seconds(self) -> float:
        """All waits."""
        return self._for_connections + self._on_network

    def add(self, seconds: float) -> None:
        """Counts a wait for a connection or for a slot."""
        self._for_connections += seconds

    def add_trips(self, trips: int) -> None:
        """Counts round trips, whose duration the end of the transaction shows."""
        self._trips += trips

    def end(self, round_trip: float) -> None:
        """Counts the trips of a transaction, each of which took `round_trip` seconds."""
        self._on_network += self._trips * round_trip
        self._trips = 0


_current: ContextVar[Waits | None] = ContextVar("waits", default=None)


@contextmanager
def measured_waits() -> Iterator[Waits]:
    """Collects the waits of the block."""
    waits = Waits()
    token = _current.set(waits)
    try:
        yield waits
    finally:
        _current.reset(token)


def add_wait(seconds: float) -> None:
    """Counts a wait for a connection or for a slot, where somebody collects waits."""
    if (waits := _current.get()) is not None:
        waits.add(seconds)


def add_trips(trips: int = TRIPS_OF_STATEMENT) -> None:
    """Counts round trips, where somebody collects waits."""
    if (waits := _current.get()) is not None:
        waits.add_trips(trips)


def end_trips(round_trip: float) -> None:
    """Ends a transaction, where somebody collects waits."""
    if (waits := _current.get()) is not None:
        waits.end(round_trip)
