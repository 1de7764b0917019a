"""The rate of a queue over the last minutes: jobs added and finished per minute, and when no job will be ready.

It is computed here only, so that the page, the API and the command line show the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphile_worker.admin.api.responses.overview import Rate
from graphile_worker.admin.api.tables.activity import History, Moment, middle_of

WINDOW_SECONDS = 120.0  # the rate is the average of them
SPARSE_SECONDS = 300.0  # the same where reads are slow, so that there are fewer than SAMPLES_MIN
SAMPLES_MIN = 4
RATE_SECONDS_MIN = 20.0  # sessions report their statistics up to ten seconds late
TREND_SECONDS_MIN = 60.0  # shorter changes of the ready jobs may be chance
EMPTY_SECONDS_MAX = 86_400.0  # minutes say nothing about a later time


def current_rate(history: History) -> Rate | None:
    """The rate at the newest moment; None where the history is too short."""
    moments = history.recent(WINDOW_SECONDS)
    if len(moments) < SAMPLES_MIN:
        moments = history.recent(SPARSE_SECONDS)
    if len(moments) < SAMPLES_MIN or (seconds := _seconds(moments)) < RATE_SECONDS_MIN:
        return None
    added, finished = _counted(moments)
    ready = _trend(moments)
    return {
        "seconds": round(seconds, 1),
        "added_per_minute": added,
        "finished_per_minute": finished,
        "ready_per_minute": None if ready is None else round(ready, 1),
        "empty_secs": None if ready is None else _empty(moments, ready, added, finished),
    }


def trend(first: int, middle: int, last: int, seconds: float) -> float:
    """The change per minute of a number; 0 unless the middle value is strictly between the first and the last."""
    steady = first < middle < last or first > middle > last
    return (last - first) / seconds * 60 if steady else 0.0


def _seconds(moments: Sequence[Moment]) -> float:
    return moments[-1].now - moments[0].now


def _counted(moments: Sequence[Moment]) -> tuple[float | None, float | None]:
    """Inserts and deletes per minute, from the moments that have the same counters as the newest one."""
    newest = moments[-1].counters
    for moment in moments:
        if newest is None or moments[-1].now - moment.now < RATE_SECONDS_MIN:
            break
        first = moment.counters
        if first is None or first.since != newest.since:
            continue
        added, finished = newest.inserted - first.inserted, newest.deleted - first.deleted
        if min(added, finished) < 0:  # a crash reset the counters
            continue
        minutes = (moments[-1].now - moment.now) / 60
        return round(added / minutes, 1), round(finished / minutes, 1)
    return None, None


def _trend(moments: Sequence[Moment]) -> float | None:
    """The change of the ready jobs per minute; None where the moments are too close together."""
    if (seconds := _seconds(moments)) < TREND_SECONDS_MIN:
        return None
    middle = moments[middle_of(moments)]
    return trend(moments[0].ready, middle.ready, moments[-1].ready, seconds)


def _empty(moments: Sequence[Moment], ready: float, added: float | None, finished: float | None) -> float | None:
    """In how many seconds no job is ready, at the slower of two speeds: that of the ready jobs, and finished without added.

    At least 1 while a job is ready. None where the ready jobs do not shrink, and where jobs behind held queues do not become fewer.
    """
    speed = -ready if added is None or finished is None else min(-ready, finished - added)
    if speed <= 0 or _stuck(moments):
        return None
    jobs = moments[-1].ready
    seconds = jobs / speed * 60
    if seconds > EMPTY_SECONDS_MAX:
        return None
    return max(1, round(seconds)) if jobs else 0


def _stuck(moments: Sequence[Moment]) -> bool:
    """Whether jobs wait behind held queues, and not fewer than before. A queue is free between two of its jobs."""
    middle = middle_of(moments)
    before, after = (max(one.blocked for one in half) for half in (moments[:middle], moments[middle:]))
    return after > 0 and after >= before
