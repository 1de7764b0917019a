"""How the backlogs of tasks change: the ready jobs of each task, in the samples that the server reads anyway.

There is no query of its own: there are samples while the Tasks screen is open, or the metrics are read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from graphile_worker.admin.api.responses.tables import Backlog
from graphile_worker.admin.api.tables.activity import is_late, middle_of
from graphile_worker.admin.api.tables.rate import trend
from graphile_worker.admin.api.tables.samples import Sample

WINDOW_SECONDS = 300.0
CLOSEST_SECONDS = 10.0  # between two samples that are kept, but for the newest one
SECONDS_MIN = 60.0  # shorter changes may be chance
SAMPLES_MIN = 3
TASKS_MAX = 1_000  # of a sample, those with most ready jobs


@dataclass(frozen=True, slots=True)
class _Moment:
    now: float
    ready: Mapping[str, int]
    complete: bool

    def of(self, task: str) -> int | None:
        return self.ready.get(task, 0 if self.complete else None)


class TaskBacklogs:
    """The samples of the last minutes: 30 at most, of TASKS_MAX tasks each."""

    def __init__(self) -> None:
        self._moments: deque[_Moment] = deque()

    def add(self, now: float, ready: Mapping[str, int], *, complete: bool) -> None:
        """Adds the newest numbers of ready jobs. Numbers that are less than LATE_SECONDS older than the newest are dropped.

        Where the clock went back by more (another server), the samples begin again.
        `complete`: a task that is not in `ready` has no ready job.
        """
        kept = self._moments
        if is_late(kept, now):
            return
        if len(kept) > 1 and kept[-1].now - kept[-2].now < CLOSEST_SECONDS:
            kept.pop()
        kept.append(_Moment(now, ready, complete))
        while now - kept[0].now > WINDOW_SECONDS:
            kept.popleft()

    def add_sample(self, sample: Sample) -> None:
        """Adds a sample of the tasks."""
        complete = sample.found <= len(sample.rows) <= TASKS_MAX
        rows = sample.rows if complete else sample.ordered("-ready")[:TASKS_MAX]
        self.add(sample.now, {row["name"]: row["ready"] for row in rows}, complete=complete)

    def of(self, task: str, own: tuple[float, int] | None = None) -> Backlog | None:
        """The change of the ready jobs of a task; None where it is not known.

        It ends at the newest sample, or at `own`: the time and the ready jobs of a sample that is shown. Newer samples, as of
        another role, do not count then, so that the change and the number beside it are of one moment.
        """
        moments = list(self._moments)
        if own is not None:
            moments = [one for one in moments if one.now < own[0]] + [_Moment(own[0], {task: own[1]}, complete=True)]
        if len(moments) < SAMPLES_MIN or (seconds := moments[-1].now - moments[0].now) < SECONDS_MIN:
            return None
        middle = moments[middle_of(moments)]
        first, between, last = moments[0].of(task), middle.of(task), moments[-1].of(task)
        if first is None or between is None or last is None:
            return None
        return {
            "before": first,
            "seconds": round(seconds, 1),
            "per_minute": round(trend(first, between, last, seconds), 1),
        }

    def on(self, row: msgspec.Raw, now: float) -> msgspec.Raw:
        """A row of a sample of the tasks, as JSON, with its `backlog` at the time `now` of the sample."""
        members = msgspec.json.decode(row, type=dict[str, msgspec.Raw])
        name = msgspec.json.decode(members["task_identifier"], type=str)
        ready = msgspec.json.decode(members["ready"], type=int)
        members["backlog"] = msgspec.Raw(msgspec.json.encode(self.of(name, (now, ready))))
        return msgspec.Raw(msgspec.json.encode(members))
