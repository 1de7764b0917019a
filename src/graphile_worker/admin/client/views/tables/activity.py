"""The Activity section of the Jobs screen: the last hour as charts, each with its own scale, and as a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from graphile_worker.admin.client.text import rates
from graphile_worker.admin.client.text.format import compact, duration, epoch, message_of
from graphile_worker.admin.client.text.html import esc, icon
from graphile_worker.admin.client.times import zones
from graphile_worker.admin.client.views.jobs import rates as present_rate

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import ActivityPoint, Offsets, State

    Measure = Literal["added", "left", "ready", "failed", "oldest_ready_secs"]
    Chart = tuple[str, str, str, Measure, str]  # title, head of its column, unit, name of the number, kind of line

WIDTH, HEIGHT = 300, 64
GAP_SECONDS = 150  # longer gaps between two points are not bridged by a line
SPAN_SECONDS = 60  # shortest time axis
ROWS = 30  # of the table, at most
USUAL_SHARE = 0.8  # of the points above 0: the others may be a burst
BURST_TIMES = 4  # a burst is so many times as high as the usual points, and then ends above the scale
BURST_POINTS = 10  # of so many points above 0 at least
CHARTS: tuple[Chart, ...] = (
    ("Jobs in", "in", "rate", "added", "ready"),
    ("Finished", "finished", "rate", "left", "good"),
    ("Ready", "ready", "count", "ready", "ready"),
    ("Failed", "failed", "count", "failed", "failed"),
    ("Oldest ready job", "waiting", "time", "oldest_ready_secs", "running"),
)


def activity(state: State) -> str:
    """The section with its button and the present rate. The charts are drawn only while it is open."""
    shown = state["preferences"]["activity"]
    head = (
        '<button type="button" class="disclosure" data-action="activity" aria-expanded="%s" aria-controls="gw-activity">'
        "%sActivity</button>%s"
    ) % ("true" if shown else "false", icon("chevron-right"), present_rate.line(state))
    inner = _inner(state) if shown else ""
    return '<section class="activity" aria-label="Activity">%s<div id="gw-activity">%s</div></section>' % (head, inner)


def _inner(state: State) -> str:
    part = state["activity"]
    data = part["data"]
    if data is None:
        if part["error"]:
            return '<p class="soft">No answer: %s</p>' % esc(message_of(part["error"]))
        return '<p class="soft">Loading …</p>'
    points = data["points"]
    if len(points) < 2:
        return '<p class="soft">Collecting: the first lines come with the next look. Nothing is installed for this.</p>'
    return '<div class="charts">%s</div>%s<p class="soft chart-note">%s</p>' % (
        "".join([chart(one, points, state["offsets"]) for one in CHARTS]),
        _table(points, state["zone"], state["offsets"]),
        esc(data["note"]),
    )


def chart(what: Chart, points: list[ActivityPoint], offsets: Offsets) -> str:
    """One chart with the newest number, its own scale and the time span; a burst ends above the scale, with its height."""
    title, _, unit, name, kind = what
    times = [epoch(point["at"]) or 0.0 for point in points]
    last = times[len(times) - 1]
    first = min(times[0], last - SPAN_SECONDS)
    values = [point[name] for point in points]
    top = scale([number for number in values if number is not None], unit)
    positions = [(at - first) / (last - first) * WIDTH for at in times]
    newest, end = number_text(values[len(values) - 1], unit), number_text(top, unit)
    words = "%s: %s. Scale 0 to %s, %s." % (title, newest, end, duration(last - first))
    lines = '<path class="%s" d="%s"/>' % (kind, path(positions, values, top, times))
    mark = ""
    peaks = clipped(values, top)
    if peaks:
        highest = max(peaks, key=lambda n: values[n] or 0)
        height = number_text(values[highest], unit)
        words += " Highest %s at %s, above the scale." % (height, zones.clock(points[highest]["at"], offsets))
        lines += '<path class="clipped" d="%s"/>' % "".join(["M%.1f -5V3" % positions[n] for n in peaks])
        mark = _mark(int(positions[highest] / WIDTH * 100), height)
    return (
        '<figure class="%s"><figcaption><span>%s</span><b>%s</b></figcaption>'
        '<div class="plot"><span class="top">%s</span>%s'
        '<svg viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="%s">'
        '<path class="grid" d="M0 1H%d M0 %dH%d M0 %dH%d"/>%s</svg></div>'
        '<div class="axis"><span>%s ago</span><span>now</span></div></figure>'
    ) % (
        kind, title, newest, end, mark, WIDTH, HEIGHT, esc(words),
        WIDTH, HEIGHT // 2, WIDTH, HEIGHT - 1, WIDTH, lines, duration(last - first),
    )  # fmt: skip


def _mark(percent: int, height: str) -> str:
    """The height of a burst, beside its place and right of the number of the scale."""
    side = "left:%d%%" % max(26, percent) if percent < 55 else "right:%d%%" % (100 - percent)
    return '<span class="peak" style="%s" aria-hidden="true">%s</span>' % (side, height)


def scale(known: list[float], unit: str) -> float:
    """The end of the scale: above all numbers, but not above a burst that would flatten the others."""
    if not known:
        return ceiling(0, unit)
    above = sorted([number for number in known if number > 0])
    if len(above) >= BURST_POINTS:
        usual = above[int(USUAL_SHARE * (len(above) - 1))]
        if above[len(above) - 1] > BURST_TIMES * usual:
            return ceiling(1.5 * usual, unit)
    return ceiling(max(known), unit)


def clipped(values: list[float | None], top: float) -> list[int]:
    """The highest point of each run of points above the scale."""
    peaks: list[int] = []
    above = False
    for n in range(len(values)):
        number = values[n]
        if number is None or number <= top:
            above = False
        elif not above:
            peaks.append(n)
            above = True
        elif number > (values[peaks[len(peaks) - 1]] or 0):
            peaks[len(peaks) - 1] = n
    return peaks


def path(positions: list[float], values: list[float | None], top: float, times: list[float]) -> str:
    """The SVG path through the known numbers: a new segment after each gap, a dot for a single point."""
    lines: list[list[str]] = []
    before = None
    for n in range(len(values)):
        number = values[n]
        if number is None:
            before = None
            continue
        if before is None or times[n] - before > GAP_SECONDS:
            lines.append([])
        before = times[n]
        height = HEIGHT - 1 - min(1.0, number / top) * (HEIGHT - 2)
        lines[len(lines) - 1].append("%.1f %.1f" % (positions[n], height))
    return "".join(["M" + "L".join(line) + ("h.01" if len(line) == 1 else "") for line in lines])


def ceiling(most: float, unit: str) -> float:
    """The end of the scale: 1, 2 or 5 times a power of ten, or a round duration for the unit `time`."""
    if unit == "time":
        for step in (10, 30, 60, 300, 900, 3600, 4 * 3600, 12 * 3600):
            if most <= step:
                return step
        return math.ceil(most / 86400) * 86400
    size = 1
    while size * 10 < most:
        size *= 10
    for step in (1, 2, 5, 10):
        if most <= step * size:
            return max(5, step * size)
    return most


def number_text(number: float | None, unit: str) -> str:
    """A number with its unit, a dash for None."""
    if number is None:
        return "–"
    if unit == "time":
        return duration(number)
    if unit == "rate":
        return rates.per_minute(number)
    return compact(int(number))


def _table(points: list[ActivityPoint], zone: str, offsets: Offsets) -> str:
    newest = points[-ROWS:]
    newest.reverse()
    rows = "".join(
        [
            '<tr><td><time datetime="%s">%s</time></td>%s</tr>'
            % (
                esc(point["at"]),
                esc(zones.clock(point["at"], offsets)),
                "".join(["<td>%s</td>" % number_text(point[name], unit) for _, _, unit, name, _ in CHARTS]),
            )
            for point in newest
        ]
    )
    more = "the newest %d of %d points" % (len(newest), len(points)) if len(points) > len(newest) else "every point"
    return (
        '<details class="as-table" id="gw-as-table"><summary>As a table</summary><div class="scroll" tabindex="0" role="region" '
        'aria-label="Activity as a table"><table><caption>%s, %s</caption><thead><tr><th scope="col">at</th>%s</tr></thead>'
        "<tbody>%s</tbody></table></div></details>"
    ) % (
        more,
        esc(zone),
        "".join(['<th scope="col">%s</th>' % label for _, label, _, _, _ in CHARTS]),
        rows,
    )
