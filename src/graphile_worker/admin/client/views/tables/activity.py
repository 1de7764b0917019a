"""The Activity section of the Jobs screen: the last hour as three charts and as a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from graphile_worker.admin.client.text import zones
from graphile_worker.admin.client.text.format import compact, duration, epoch
from graphile_worker.admin.client.text.html import esc, icon

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import ActivityPoint, Offsets, State

    Measure = Literal["added", "left", "ready", "failed", "oldest_ready_secs"]
    Series = tuple[Measure, str, str]  # name of the number, label, kind of line

WIDTH, HEIGHT = 300, 64
GAP_SECONDS = 150  # longer gaps between two points are not bridged by a line
SPAN_SECONDS = 60  # shortest time axis
ROWS = 30  # of the table, at most
CHARTS: tuple[tuple[str, str, tuple[Series, ...]], ...] = (
    ("Jobs per minute", "rate", (("added", "added", "ready"), ("left", "left", "good"))),
    ("Jobs", "count", (("ready", "ready", "ready"), ("failed", "failed", "failed"))),
    ("Oldest ready job", "time", (("oldest_ready_secs", "waiting", "running"),)),
)


def activity(state: State) -> str:
    """The section with its button. The charts are drawn only while it is open."""
    shown = state["preferences"]["activity"]
    head = (
        '<button type="button" class="disclosure" data-action="activity" aria-expanded="%s" aria-controls="gw-activity">'
        "%sActivity</button>"
    ) % ("true" if shown else "false", icon("chevron-right"))
    inner = _inner(state) if shown else ""
    return '<section class="activity" aria-label="Activity">%s<div id="gw-activity">%s</div></section>' % (head, inner)


def _inner(state: State) -> str:
    part = state["activity"]
    data = part["data"]
    if data is None:
        if part["error"]:
            return '<p class="soft">No answer: %s</p>' % esc(part["error"].get("error"))
        return '<p class="soft">Loading …</p>'
    points = data["points"]
    if len(points) < 2:
        return '<p class="soft">Collecting: the first lines come with the next look. Nothing is installed for this.</p>'
    return '<div class="charts">%s</div>%s<p class="soft chart-note">%s</p>' % (
        "".join([chart(title, unit, series, points) for title, unit, series in CHARTS]),
        _table(points, state["zone"], state["offsets"]),
        esc(data["note"]),
    )


def chart(title: str, unit: str, series: tuple[Series, ...], points: list[ActivityPoint]) -> str:
    """One chart with the legend, the newest numbers, the scale and the time span."""
    times = [epoch(point["at"]) or 0.0 for point in points]
    first, last = times[0], times[len(times) - 1]
    first = min(first, last - SPAN_SECONDS)
    known = [number for point in points for name, _, _ in series if (number := point[name]) is not None]
    top = ceiling(max(known), unit) if known else ceiling(0, unit)
    lines, legend, summary = [], [], []
    for name, label, kind in series:
        drawn = path(
            [_x(times[n], first, last) for n in range(len(points))], [point[name] for point in points], top, times
        )
        lines.append('<path class="%s" d="%s"/>' % (kind, drawn))
        newest = number_text(points[len(points) - 1][name], unit)
        legend.append('<span class="series %s"><i></i>%s <b>%s</b></span>' % (kind, label, newest))
        summary.append("%s %s" % (label, newest))
    words = "%s: %s. Scale 0 to %s, %s." % (title, ", ".join(summary), number_text(top, unit), duration(last - first))
    return (
        '<figure><figcaption><span>%s</span><span class="legend">%s</span></figcaption>'
        '<div class="plot"><span class="top">%s</span>'
        '<svg viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="%s">'
        '<path class="grid" d="M0 1H%d M0 %dH%d M0 %dH%d"/>%s</svg></div>'
        '<div class="axis"><span>%s ago</span><span>now</span></div></figure>'
    ) % (
        title, "".join(legend), number_text(top, unit), WIDTH, HEIGHT, esc(words),
        WIDTH, HEIGHT // 2, WIDTH, HEIGHT - 1, WIDTH, "".join(lines), duration(last - first),
    )  # fmt: skip


def _x(at: float, first: float, last: float) -> float:
    return (at - first) / (last - first) * WIDTH


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
        return ("%.1f" % number if 0 < number < 10 and number != int(number) else compact(int(number + 0.5))) + "/min"
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
                "".join(
                    [
                        "<td>%s</td>" % number_text(point[name], unit)
                        for _, unit, series in CHARTS
                        for name, _, _ in series
                    ]
                ),
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
        "".join(['<th scope="col">%s</th>' % label for _, _, series in CHARTS for _, label, _ in series]),
        rows,
    )
