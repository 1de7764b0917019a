"""The attempts of a job: the used ones, and when each of the others would run if all fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.text.format import backoff, duration, epoch, integer, relative
from graphile_worker.admin.client.text.html import esc
from graphile_worker.admin.client.text.zones import time_tag

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import JobDetail, Offsets, Rung


BARS_MAX = 50
ROWS_MAX = 30


def summary(job: JobDetail, now: float) -> str:
    """Like "3 of 25 used · next in 2 min · gives up in 3 d 4 h"."""
    text = "%s of %s used" % (integer(job["attempts"]), integer(job["max_attempts"]))
    rungs = job.get("retry_ladder") or []
    if not rungs:
        return text
    if job.get("locked_at") is None:
        text += " · next %s" % _when(rungs[0]["run_at"], now)
    if rungs[-1]["attempt"] < job["max_attempts"]:
        return text + " · no end in sight"
    return text + " · gives up %s if every one fails" % _when(rungs[-1]["run_at"], now)


def _when(text: str, now: float) -> str:
    moment = epoch(text)
    return "as soon as a worker is free" if moment is not None and moment <= now else esc(relative(text, now))


def schedule(job: JobDetail, now: float, offsets: Offsets) -> str:
    """A bar per attempt, as high as the wait after it, and a table of the same."""
    used, most = job["attempts"], job["max_attempts"]
    shown = min(most, BARS_MAX)
    bars = "".join([_bar(number, number <= used) for number in range(1, shown + 1)])
    cut = '<p class="soft">First %d attempts drawn.</p>' % shown if most > shown else ""
    drawn = '<div class="retry-schedule" aria-hidden="true">%s</div>%s' % (bars, cut)
    rungs = job.get("retry_ladder") or []
    return drawn + _table(rungs, most, now, offsets) if rungs else drawn


def _bar(number: int, past: bool) -> str:
    return '<i%s style="height:%d%%" title="after attempt %d: %s"></i>' % (
        ' class="used"' if past else "",
        min(number, 10) * 9 + 10,
        number,
        duration(backoff(number)),
    )


def _table(rungs: list[Rung], most: int, now: float, offsets: Offsets) -> str:
    """The attempts that are left, with their times."""
    rows = "".join(
        [
            '<tr><td class="num">%d</td><td>%s</td><td class="soft">%s</td></tr>'
            % (
                rung["attempt"],
                time_tag(rung["run_at"], now, offsets),
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
