"""The snapshots since the start of a watch, and the current outage."""

from __future__ import annotations

import time
from collections import deque

from graphile_worker.cli.connection import sentence
from graphile_worker.cli.watch.snapshots import Snapshot
from graphile_worker.core.exceptions import DatabaseError

KEPT = 3600  # snapshots whose numbers are kept
BARS = "▁▂▃▄▅▆▇█"


class History:
    """The last snapshot, the numbers of all snapshots, and the current outage."""

    def __init__(self) -> None:
        self.last: Snapshot | None = None
        self.first: Snapshot | None = None
        self.ready: deque[int] = deque(maxlen=KEPT)
        self.failed: deque[int] = deque(maxlen=KEPT)
        self.silence: Silence | None = None

    def add(self, snapshot: Snapshot) -> Silence | None:
        """Adds a snapshot; returns the outage that it ends."""
        self.first = self.first or snapshot
        self.last = snapshot
        self.ready.append(snapshot.live.stats.ready)
        self.failed.append(snapshot.live.stats.failed)
        ended, self.silence = self.silence, None
        return ended

    def add_error(self, error: DatabaseError) -> bool:
        """Records a failed snapshot; returns whether an outage begins."""
        begins = self.silence is None
        self.silence = self.silence or Silence(self.last.live.as_of if self.last else None)
        self.silence.reason = sentence(error)
        return begins


class Silence:
    """An outage: its start (the database's time of the last snapshot, None before the first) and its cause."""

    def __init__(self, since: str | None) -> None:
        self.since = since
        self.reason = ""
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Its duration so far."""
        return time.monotonic() - self._started


def bars(values: deque[int], width: int) -> str:
    """The last values as a line of bars; the highest value fills the line."""
    shown = list(values)[-width:]
    most = max(shown, default=0)
    return "".join(BARS[0] if not most else BARS[(value * (len(BARS) - 1) + most - 1) // most] for value in shown)
