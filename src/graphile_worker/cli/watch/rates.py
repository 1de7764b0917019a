"""Rates as text: jobs in and finished per minute, the end of the backlog, and the change of the backlog of a task."""

from __future__ import annotations

from graphile_worker.admin.api.responses.overview import Rate
from graphile_worker.admin.api.responses.tables import Backlog
from graphile_worker.core.durations import approximate


def rate_line(rate: Rate | None) -> str:
    """Like "in 30/min · finished 2,400/min (removed ones included) · empty in ~4 min"."""
    if rate is None:
        return "in and finished per minute: after 20 seconds"
    added, finished = rate["added_per_minute"], rate["finished_per_minute"]
    if added is None or finished is None:
        parts = ["in and finished per minute: not known"]
    else:
        parts = [f"in {per_minute(added)}", f"finished {per_minute(finished)} (removed ones included)"]
    if rate["empty_secs"] is not None:
        parts.append(f"empty in ~{approximate(rate['empty_secs'])}")
    elif rate["ready_per_minute"]:
        parts.append(change(rate["ready_per_minute"]))
    return " · ".join(parts)


def backlog_cell(backlog: Backlog | None) -> str:
    """Like "shrinking 120/min since 3 min"; a dash where it is not known."""
    return "-" if backlog is None else f"{change(backlog['per_minute'])} since {approximate(backlog['seconds'])}"


def change(number: float) -> str:
    """Like "growing 120/min"; "steady" for 0."""
    return f"{'growing' if number > 0 else 'shrinking'} {per_minute(abs(number))}" if number else "steady"


def per_minute(number: float) -> str:
    """With one decimal below 10."""
    return f"{number:,.1f}/min" if 0 < number < 9.95 and number != int(number) else f"{number:,.0f}/min"
