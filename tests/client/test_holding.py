"""Rows under a person's hands: nothing moves, and nothing that was not looked at is shown as current."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.app import App
from tests.client import fakes
from tests.client.program import click, started, tick_box


def ids(app: App) -> list[str]:
    return [row["id"] for row in app.state["jobs"]["rows"]]


def reading(search: str, *numbers: int, **ends: Any) -> tuple[App, fakes.Dom, fakes.Server]:
    """A list that a person has scrolled down."""
    app, dom, server = started(search, jobs=fakes.page_of(*[fakes.job(one) for one in numbers], **ends))
    dom.scrolled = 500
    return app, dom, server


def again(dom: fakes.Dom, server: fakes.Server, *numbers: int, **ends: Any) -> None:
    dom.timers["auto"]()
    body = fakes.page_of(*[fakes.job(one, priority=5) for one in numbers], **ends)
    server.answer("api/jobs?", dict(body, as_of="2026-11-24T09:05:00Z"))
    server.answer("api/overview", fakes.overview())


def row(dom: fakes.Dom, job_id: int) -> str:
    """What of a row the last drawing of the table had."""
    return dom.shown["gw-table"].split('<tr id="row-%d"' % job_id)[1].split("</tr>")[0]


def test_rows_that_a_full_page_of_new_ones_pushed_out_do_not_pass_for_current() -> None:
    app, dom, server = reading("?limit=50", 3, 2, 1)
    again(dom, server, 6, 5, 4, next="older")
    shown = dom.shown["gw-table"]
    assert ids(app) == ["3", "2", "1"] and "3+ new<" in shown and "gone" not in shown
    assert shown.count("was ready") == 3 and "As it was at 2026-11-24 09:04:12 UTC" in shown
    kept = app.state["jobs"]["rows"][0]
    again(dom, server, 7, 6, 5, next="older")
    assert app.state["jobs"]["rows"][0] is kept, "as it was then, and not as of the answer that did not reach it either"
    again(dom, server, 5, 4, 3, next="older")
    assert app.state["jobs"]["rows"][0]["priority"] == 5 and "was ready" not in row(dom, 3)
    click(app, "show-new")
    assert ids(app) == ["5", "4", "3"] and "was ready" not in dom.shown["gw-table"]


def test_rows_that_leave_stay_in_their_place_marked() -> None:
    app, dom, server = reading("?state=failed&sort=-id", 9, 5, 1, next="older")
    again(dom, server, 9, 1, next="older")
    assert ids(app) == ["9", "5", "1"] and "1 gone<" in dom.shown["gw-table"]
    assert "Not in this list any more" in row(dom, 5) and app.state["jobs"]["rows"][0]["priority"] == 5
    again(dom, server, 9, 1, 0, next="older")
    assert "1 new · 1 gone<" in dom.shown["gw-table"]
    click(app, "show-new")
    assert ids(app) == ["9", "1", "0"]


def test_a_list_that_became_empty_keeps_its_place() -> None:
    app, dom, server = reading("", 3, 2)
    again(dom, server)
    assert ids(app) == ["3", "2"] and "2 gone<" in dom.shown["gw-table"]
    click(app, "show-new")
    assert ids(app) == []


def test_other_orders_and_further_pages_hold_too() -> None:
    app, dom, server = reading("?sort=priority", 1, 2, 3, next="on")
    again(dom, server, 2, 1, 3, next="on")
    assert ids(app) == ["1", "2", "3"] and "Another order<" in dom.shown["gw-table"]
    again(dom, server, 2, 1, 4, next="on")  # 3 may be on the next page
    assert ids(app) == ["1", "2", "3"] and "1 new<" in dom.shown["gw-table"] and "was ready" in row(dom, 3)

    app, dom, server = reading("?cursor=c", 6, 5, 4, next="on", prev="back")
    again(dom, server, 6, 4, 3, next="on", prev="back")
    assert ids(app) == ["6", "5", "4"] and "1 new · 1 gone<" in dom.shown["gw-table"]

    app, dom, server = reading("?sort=id&cursor=c", 4, 5, 6, next="on", prev="back")
    again(dom, server, 4, 6, 7, next="on", prev="back")
    assert ids(app) == ["4", "5", "6"] and "1 new · 1 gone<" in dom.shown["gw-table"]


def test_what_is_selected_holds_what_is_neither_lets_go() -> None:
    app, dom, server = reading("?sort=attempts", 3, 2, 1)
    dom.scrolled = 0
    tick_box(app, "2")
    click(app, "refresh")
    server.answer("api/jobs?", fakes.page_of(fakes.job(1), fakes.job(3)))
    server.answer("api/overview", fakes.overview())
    assert ids(app) == ["3", "2", "1"] and app.state["selected"] == {"2": True}
    click(app, "clear-selection")
    again(dom, server, 4, 3)
    assert ids(app) == ["4", "3"] and app.state["jobs"]["held"] is None


def test_how_long_a_job_runs_stands_still_where_nobody_looks() -> None:
    app, dom, server = reading("", 3, 2)
    app.state["jobs"]["rows"][0].update({"state": "locked", "locked_at": "2026-11-24T09:03:12Z"})
    again(dom, server, 6, 5, next="older")
    dom.now += 600000
    app.tick()
    app.state["jobs"]["held"] = None
    app.draw()
    assert "for 1 min" in row(dom, 3) and "was running" in row(dom, 3)


def test_a_job_that_was_not_there_any_more_is_not_kept_selected() -> None:
    app, dom, server = started(jobs=fakes.page_of(fakes.job(3), fakes.job(2), fakes.job(1)))
    for one in ("3", "2", "1"):
        tick_box(app, one)
    click(app, "job-action", name="complete")
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {}})
    outcomes = [{"id": 3, "outcome": "done"}, {"id": 2, "outcome": "not_found"}, {"id": 1, "outcome": "changed"}]
    server.answer("api/jobs/action", {"results": outcomes, "jobs": []})
    assert app.state["selected"] == {"1": True}
