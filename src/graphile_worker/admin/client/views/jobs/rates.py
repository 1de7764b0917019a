"""The rate of the queue: the second line of the card Ready, and the line beside the button Activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.text import rates
from graphile_worker.admin.client.text.format import duration
from graphile_worker.admin.client.text.html import esc

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Rate, State

NOTE = 'From PostgreSQL\'s table statistics. "Finished" counts every delete: completed, removed, cleaned up.'


def card(state: State) -> str:
    """Like "finished 2.4k/min · empty in ~4 min"; empty while no rate is known. A narrow card hides its beginning."""
    rate = _rate(state)
    if rate is None:
        return ""
    finished, outlook = _finished(rate), _outlook(rate)
    if outlook and finished == "finished 0/min":
        finished = ""
    elif finished and outlook:
        finished = '<span class="both"><span class="word">finished </span>%s · </span>' % finished[9:]
    return (
        '<span class="rate" title="%s">%s%s</span>' % (esc(_title(rate)), finished, outlook)
        if finished or outlook
        else ""
    )


def line(state: State) -> str:
    """Like "in 0/min · finished 2.4k/min (removed ones included)"; empty while no rate is known."""
    rate = _rate(state)
    if rate is None:
        return ""
    added, finished = rate["added_per_minute"], _finished(rate)
    words = ["in " + rates.per_minute(added)] if added is not None else []
    if finished:
        words.append(finished + ' <span class="faint desktop-only">(removed ones included)</span>')
    shown = " · ".join(words)
    return '<span class="soft rate-line" title="%s">%s</span>' % (esc(_title(rate)), shown)


def _rate(state: State) -> Rate | None:
    data = state["overview"]["data"]
    return data.get("rate") if data else None


def _finished(rate: Rate) -> str:
    finished = rate["finished_per_minute"]
    return "" if finished is None else "finished " + rates.per_minute(finished)


def _outlook(rate: Rate) -> str:
    return rates.outlook(rate["ready_per_minute"], rate["empty_secs"])


def _title(rate: Rate) -> str:
    """The numbers of the last minutes, and what they count."""
    words = "Average of the last " + duration(rate["seconds"])
    change = rate["ready_per_minute"]
    if change is not None:
        words += ", ready jobs " + rates.change(change)
    return (
        words
        + ". "
        + (NOTE if rate["finished_per_minute"] is not None else "PostgreSQL's table statistics are not known.")
    )
