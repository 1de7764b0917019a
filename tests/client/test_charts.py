"""The Activity strip: scales, gaps, what is not known, and the table beside it."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.model import reducers, state
from graphile_worker.admin.client.views.tables import activity
from tests.client import fakes
from tests.client.program import click, started


def point(second: int, **more: Any) -> dict[str, Any]:
    """A point so many seconds after the hour."""
    made = {"at": "2026-11-24T09:%02d:%02dZ" % (second // 60, second % 60), "added": 60.0, "left": 30.0}
    made.update({"ready": 5, "failed": 1, "oldest_ready_secs": 12.0})
    made.update(more)
    return made


def answer(*points: dict[str, Any]) -> dict[str, Any]:
    return {"points": list(points), "as_of": fakes.NOW_TEXT, "age_ms": 0, "note": "Rows inserted <and> deleted."}


def shown(*points: dict[str, Any]) -> str:
    page = state.new()
    page["preferences"]["activity"] = True
    reducers.apply_activity(page, answer(*points))
    return activity.activity(page)


def test_scales_end_at_round_numbers() -> None:
    assert [activity.ceiling(n, "count") for n in (0, 3, 6, 11, 49, 51, 130000)] == [5, 5, 10, 20, 50, 100, 200000]
    assert [activity.ceiling(n, "time") for n in (0, 11, 61, 5000, 200000)] == [10, 30, 300, 14400, 259200]


def test_numbers_have_their_units() -> None:
    assert [activity.number_text(n, "rate") for n in (None, 0.0, 0.4, 12.6, 4.0)] == [
        "–",
        "0/min",
        "0.4/min",
        "13/min",
        "4/min",
    ]
    assert (activity.number_text(3700, "time"), activity.number_text(0, "count")) == ("1 h 01 min", "0")


def test_a_line_breaks_where_nothing_is_known() -> None:
    times = [0.0, 5.0, 10.0, 15.0, 300.0]
    path = activity.path([0.0, 75.0, 150.0, 225.0, 300.0], [None, 1, None, 2, 3], 4, times)
    assert path == "M75.0 47.5h.01M225.0 32.0h.01M300.0 16.5h.01"
    assert activity.path([0.0, 300.0], [4, 8], 4, [0.0, 5.0]) == "M0.0 1.0L300.0 1.0"
    assert activity.path([0.0], [None], 4, [0.0]) == ""


def test_a_chart_for_each_number_and_a_table() -> None:
    html = shown(point(0, added=None, left=None), point(5), point(10, oldest_ready_secs=None, failed=1000))
    assert html.count("<figure") == 5 and html.count('role="img"') == 5
    assert "Jobs in: 60/min. Scale 0 to 100/min, 1 min." in html
    assert "Finished: 30/min. Scale 0 to 50/min, 1 min." in html
    assert (
        "Oldest ready job: –." in html and "Failed: 1.0k. Scale 0 to 1.0k" in html and "Ready: 5. Scale 0 to 5," in html
    )
    assert html.count("<tr>") == 4 and "<td>–</td>" in html
    assert "Rows inserted &lt;and&gt; deleted." in html and "every point" in html
    assert '<th scope="col">in</th><th scope="col">finished</th>' in html and "above the scale" not in html
    many = shown(*[point(n * 5) for n in range(60)])
    assert "the newest 30 of 60 points" in many and many.count("<tr>") == 31


def test_a_burst_does_not_flatten_the_rest() -> None:
    burst = [12_000.0 if n in (20, 21) else 20.0 + n % 10 for n in range(60)]
    html = shown(*[point(n * 5, added=one) for n, one in enumerate(burst)])
    assert "Jobs in: 29/min. Scale 0 to 50/min, 4 min. Highest 12k/min at 09:01:40, above the scale." in html
    assert html.count('class="clipped"') == html.count('class="peak"') == 1 and ">12k/min</span>" in html
    values: list[float | None] = list(burst)
    path = activity.path([0.0] * 60, values, activity.scale(burst, "rate"), [0.0] * 60)
    heights = [line.split() for line in path[1:].split("L")]
    assert heights[20] == ["0.0", "1.0"] and 20 < float(heights[0][1]) < 45


def test_what_is_no_burst_is_not_clipped() -> None:
    few = [1.0] * 5 + [1000.0]
    assert activity.scale(few, "count") == 1000
    assert activity.scale([0.0] * 50 + [1000.0] * 3, "count") == 1000  # nothing but the burst
    assert activity.scale([10.0] * 30 + [1000.0] * 30, "count") == 1000  # half of the time
    assert activity.scale([10.0] * 30 + [35.0], "count") == 50
    assert activity.scale([], "time") == 10
    assert activity.scale([0.2] * 30 + [4.0], "rate") == 5  # the least scale has room for it


def test_a_burst_is_marked_once_at_its_highest_point() -> None:
    assert activity.clipped([1, 9, 12, None, 8, 5, 7], 6) == [2, 4, 6]
    assert activity.clipped([1, None, 6], 6) == []


def test_before_there_is_anything_to_draw() -> None:
    assert "Collecting" in shown(point(0))
    page = state.new()
    assert "Loading" not in activity.activity(page) and 'aria-expanded="false"' in activity.activity(page)
    page["preferences"]["activity"] = True
    assert "Loading" in activity.activity(page)
    page["activity"]["error"] = {"error": "<away>"}
    assert "No answer: &lt;away&gt;" in activity.activity(page)


def test_it_is_asked_for_while_it_is_open_and_remembered() -> None:
    app, dom, server = started(jobs=fakes.page_of(fakes.job(1)))
    assert "api/activity" not in server.paths()
    click(app, "activity")
    assert (server.paths(), dom.stored["gw-activity"]) == (["api/activity"], "open")
    server.answer("api/activity", answer(point(0), point(5)))
    assert dom.shown["gw-strip"].count("<svg") >= 3
    dom.timers["auto"]()
    assert "api/activity" in server.paths()
    click(app, "activity")
    assert "<figure" not in dom.shown["gw-strip"] and dom.stored["gw-activity"] == ""
