"""The attempts of a job: the used ones, and when each of the others would run if all fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.text.format import backoff, counted, duration, epoch, integer, relative
from graphile_worker.admin.client.text.html import esc
from graphile_worker.admin.client.times.zones import time_tag

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import JobDetail, Offsets, Rung


BARS_MAX = 50
ROWS_MAX = 30


def summary(job: JobDetail, now: float) -> str:
    """Like "3 of 25 used · next in 2 min · gives up in 3 d 4 h"; the attempt of a running job is not used up yet."""
    running, most = is_running(job), job["max_attempts"]
    rungs = job.get("retry_ladder") or []
    text = "attempt %s of %s is running" if running else "%s of %s used"
    text = text % (integer(job["attempts"]), integer(most))
    if not rungs:
        return text
    if not running:
        text += " · next %s" % _when(rungs[0]["run_at"], now)
    if rungs[-1]["attempt"] < most:
        return text + " · no end in sight"
    if len(rungs) == 1:
        return text + " · it is the last"
    if running and _is_past(rungs[-1]["run_at"], now):
        return text + " · %s after it" % counted(len(rungs) - 1, "more attempt")
    return text + " · gives up %s if every one fails" % _not_past(rungs[-1]["run_at"], now)


def is_running(job: JobDetail) -> bool:
    """Whether a worker has the job: the last of its attempts is running."""
    return job.get("locked_at") is not None


def _when(text: str, now: float) -> str:
    return "as soon as a worker is free" if _is_past(text, now) else esc(relative(text, now))


def _not_past(text: str, now: float) -> str:
    return "now" if _is_past(text, now) else esc(relative(text, now))


def _is_past(text: str, now: float) -> bool:
    moment = epoch(text)
    return moment is not None and moment <= now


def schedule(job: JobDetail, now: float, offsets: Offsets) -> str:
    """A bar per attempt, as high as the wait after it, and a table of the same."""
    most = job["max_attempts"]
    shown = min(most, BARS_MAX)
    bars = "".join([_bar(number, _kind(job, number)) for number in range(1, shown + 1)])
    cut = '<p class="soft">First %d attempts drawn.</p>' % shown if most > shown else ""
    drawn = '<div class="retry-schedule" aria-hidden="true">%s</div>%s%s' % (bars, _axis(shown), cut)
    rungs = job.get("retry_ladder") or []
    return drawn + _table(job, rungs, now, offsets) if rungs else drawn


def _axis(shown: int) -> str:
    """The numbers below the bars, and what their height is."""
    marks = "".join([_mark(number, number in (1, shown) or number % 5 == 0) for number in range(1, shown + 1)])
    waits = duration(backoff(1)) + (" to %s" % duration(backoff(shown)) if shown > 1 else "")
    return (
        '<div class="attempt-numbers" aria-hidden="true">%s</div><p class="hint">Height: the wait after a failure, %s.</p>'
        % (
            marks,
            waits,
        )
    )


def _mark(number: int, shown: bool) -> str:
    return "<i>%d</i>" % number if shown else "<i></i>"


def _kind(job: JobDetail, number: int) -> str:
    """The class of an attempt: used ones have failed, the running one has not."""
    if number == job["attempts"] and is_running(job):
        return "running"
    return "used" if number <= job["attempts"] else ""


def _bar(number: int, kind: str) -> str:
    return '<i%s style="height:%d%%" title="after attempt %d: %s"></i>' % (
        ' class="%s"' % kind if kind else "",
        min(number, 10) * 9 + 10,
        number,
        duration(backoff(number)),
    )


def _table(job: JobDetail, rungs: list[Rung], now: float, offsets: Offsets) -> str:
    """The attempts that are left, with their times; the first of a running job is its attempt that runs."""
    most = job["max_attempts"]
    rows = "".join(
        [
            '<tr><td class="num">%d</td><td>%s</td><td class="soft">%s</td></tr>'
            % (
                rung["attempt"],
                _runs(job, rung, now, offsets),
                "then %s" % duration(rung["wait_secs"]) if rung["attempt"] < most else "then it has failed for good",
            )
            for rung in rungs[:ROWS_MAX]
        ]
    )
    more = ""
    if len(rungs) > ROWS_MAX or rungs[-1]["attempt"] < most:
        more = '<p class="soft">… and %s more</p>' % integer(most - rungs[min(len(rungs), ROWS_MAX) - 1]["attempt"])
    head = '<tr><th scope="col" class="num">Attempt</th><th scope="col">Runs</th><th scope="col">If it fails</th></tr>'
    return (
        '<details class="retry-times"><summary>When each would run</summary>'
        '<table class="plain-rows"><thead>%s</thead><tbody>%s</tbody></table>%s</details>'
    ) % (head, rows, more)


def _runs(job: JobDetail, rung: Rung, now: float, offsets: Offsets) -> str:
    if is_running(job) and rung["attempt"] <= job["attempts"]:
        return "running"
    return _when(rung["run_at"], now) if _is_past(rung["run_at"], now) else time_tag(rung["run_at"], now, offsets)
