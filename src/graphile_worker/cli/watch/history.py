"""What was seen since the watch began, and since when nothing is seen."""

from __future__ import annotations

import time
from collections import deque

from graphile_worker.cli.connection import sentence
from graphile_worker.cli.watch.snapshots import Look
from graphile_worker.core.exceptions import DatabaseError

KEPT = 3600  # looks of which the numbers are kept
BARS = "▁▂▃▄▅▆▇█"


class History:
    """The last look, the numbers of all, and the silence that lasts."""

    def __init__(self) -> None:
        self.last: Look | None = None
        self.first: Look | None = None
        self.ready: deque[int] = deque(maxlen=KEPT)
        self.failed: deque[int] = deque(maxlen=KEPT)
        self.silence: Silence | None = None

    def saw(self, look: Look) -> Silence | None:
        """Takes an answer; the silence that it ends."""
        self.first = self.first or look
        self.last = look
        self.ready.append(look.pulse.stats.ready)
        self.failed.append(look.pulse.stats.failed)
        ended, self.silence = self.silence, None
        return ended

    def missed(self, error: DatabaseError) -> bool:
        """Takes that there was no answer; whether a silence begins."""
        begins = self.silence is None
        self.silence = self.silence or Silence(self.last.pulse.as_of if self.last else None)
        self.silence.reason = sentence(error)
        return begins


class Silence:
    """Since when there is no answer (the database's time of the last one, None before the first), and why."""

    def __init__(self, since: str | None) -> None:
        self.since = since
        self.reason = ""
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long by now."""
        return time.monotonic() - self._begun


def bars(values: deque[int], width: int) -> str:
    """The last values as a line of bars, the highest as high as a line."""
    shown = list(values)[-width:]
    most = max(shown, default=0)
    return "".join(BARS[0] if not most else BARS[(value * (len(BARS) - 1) + most - 1) // most] for value in shown)
