"""An action on all that match: preview, steps, stop, and a report that hides nothing."""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.handlers.writes import bulk
from tests.client import fakes
from tests.client.program import THREE, click, press, started

WHOLE = {"message": "", "count": 1234, "more": False, "sample": [3, 7], "as_of": fakes.NOW_TEXT}


def chosen(search: str = "?state=failed&queue=mailers&queue=billing") -> tuple[App, fakes.Dom, fakes.Server]:
    """All that match are selected."""
    app, dom, server = started(search, jobs=THREE)
    server.asked = []
    app.on_event({"type": "change", "action": "select-page", "data": {}, "checked": True})
    click(app, "select-every")
    return app, dom, server


def asked(action: str = "retry", search: str = "?state=failed&queue=mailers&queue=billing") -> Any:
    app, dom, server = chosen(search)
    click(app, "job-action", name=action)
    server.answer("api/jobs/bulk", WHOLE)
    return app, dom, server


def confirm(app: App, **form: str) -> None:
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": form})


def step(*results: tuple[int, str, str], next: str | None = None) -> dict[str, Any]:
    rows = [{"id": one, "outcome": outcome, "reason": reason or None} for one, outcome, reason in results]
    return {"message": "", "results": rows, "outcomes": {}, "next": next}


def test_the_whole_page_leads_to_all_that_match() -> None:
    app, dom, server = started("?state=failed", jobs=THREE)
    app.on_event({"type": "change", "action": "select-page", "data": {}, "checked": True})
    assert '>Select </span>all 2 <span class="desktop-only">that match<' in dom.shown["gw-acts"]
    click(app, "select-every")
    assert "All 2 that match" in dom.shown["gw-acts"] and "Copy" not in dom.shown["gw-acts"]
    assert 'data-name="run-now"' not in dom.shown["gw-acts"]
    app.on_event({"type": "change", "action": "select", "data": {"id": "7"}, "checked": False})
    assert "2 selected" in dom.shown["gw-acts"] and "select-every" not in dom.shown["gw-acts"]


def test_a_page_that_is_all_offers_nothing_more() -> None:
    app, dom, _server = started(jobs=fakes.page_of(fakes.job(1)))
    app.on_event({"type": "change", "action": "select-page", "data": {}, "checked": True})
    assert "1 selected" in dom.shown["gw-acts"] and "select-every" not in dom.shown["gw-acts"]


def test_escape_and_other_filters_let_go_of_all() -> None:
    app, _dom, _server = chosen()
    press(app, "Escape")
    assert not app.state["all_matching"] and app.state["selected"] == {}
    app, _dom, _server = chosen()
    click(app, "go", href="?state=ready")
    assert not app.state["all_matching"] and app.state["selected"] == {}


def test_the_dialog_says_what_it_would_touch_and_what_not() -> None:
    app, dom, server = chosen("?queue=mailers")
    click(app, "job-action", name="run-now")
    assert "counting …" in dom.shown["gw-dialog"] and "disabled" in dom.shown["gw-dialog"]
    assert server.paths() == [
        "api/jobs/bulk",
        "api/jobs/count?state=locked&queue=mailers",
        "api/jobs/count?state=failed&queue=mailers",
    ]
    body = json.loads(server.answer("api/jobs/bulk", WHOLE)[2])
    assert body["filter"] == {"queue": ["mailers"]} and body["dry_run"] is True and body["action"] == "run-now"
    server.answer("api/jobs/count?state=locked", {"count": 13, "more": False, "as_of": fakes.NOW_TEXT})
    server.answer("api/jobs/count?state=failed", {"count": 10000, "more": True, "as_of": fakes.NOW_TEXT})
    shown = dom.shown["gw-dialog"]
    assert "Run now 1,234 jobs?" in shown and "queue mailers" in shown
    assert "<code>3</code> <code>7</code>" in shown
    assert (
        "13 are running and will be skipped, but for locks of 4 hours and more" in shown
        and "more than 10,000 have used all their attempts" in shown
    )


def test_every_job_is_asked_for_by_name() -> None:
    app, _dom, server = chosen("?")
    click(app, "job-action", name="complete")
    assert json.loads(server.answer("api/jobs/bulk", WHOLE)[2])["filter"] == {"state": "all"}
    assert "every job in this schema" in _dom.shown["gw-dialog"]


def test_it_goes_in_steps_and_adds_them_up() -> None:
    app, dom, server = asked()
    confirm(app)
    first = server.answer("api/jobs/bulk", step((3, "done", ""), (7, "running", "worker-1 has it"), next="7-99"))
    assert json.loads(first[2])["dry_run"] is False and json.loads(first[2])["cursor"] is None
    assert app.state["dialog"] is None and app.state["selected"] == {}
    assert "Retrying · 2 of 1,234" in dom.shown["gw-toasts"] and 'value="2"' in dom.shown["gw-toasts"]
    second = server.answer("api/jobs/bulk", step((9007199254740993, "done", ""), (9, "not_found", "")))
    assert json.loads(second[2])["cursor"] == "7-99"
    shown = dom.shown["gw-toasts"]
    assert "2 jobs retried · 2 skipped" in shown and "1 running" in shown and "1 gone" in shown
    assert "<code>7</code><span>worker-1 has it</span>" in shown and "<code>9</code><span>gone</span>" in shown
    assert "Go on" not in shown
    click(app, "bulk-copy")
    assert dom.copied == ["7\n9\n"]
    click(app, "bulk-download")
    assert dom.downloads[0][0] == "retry-report.csv"
    assert '"9007199254740993","done",""\r\n' in dom.downloads[0][1]
    click(app, "bulk-dismiss")
    assert "Not done" not in dom.shown["gw-toasts"]


def test_stop_lets_the_step_end_and_says_what_was_done() -> None:
    app, dom, server = asked("complete")
    confirm(app)
    server.answer("api/jobs/bulk", step((3, "done", ""), next="3-99"))
    click(app, "bulk-stop")
    assert "disabled" in dom.shown["gw-toasts"]
    server.answer("api/jobs/bulk", step((7, "done", ""), next="7-99"))
    assert "api/jobs/bulk" not in server.paths()
    assert "Stopped: 2 jobs completed" in dom.shown["gw-toasts"]
    assert "later jobs were not processed" in dom.shown["gw-toasts"]
    click(app, "bulk-go-on")
    again = server.answer("api/jobs/bulk", step((8, "done", "")))
    assert json.loads(again[2])["cursor"] == "7-99"
    assert "3 jobs completed" in dom.shown["gw-toasts"]


def test_broken_off_says_by_what_and_goes_on() -> None:
    app, dom, server = asked()
    confirm(app)
    server.answer("api/jobs/bulk", step((3, "done", ""), next="3-99"))
    server.answer("api/jobs/bulk", {"error": "the database is away", "code": "x", "request_id": "r-1"}, 503)
    assert "Broken off: 1 job retried" in dom.shown["gw-toasts"]
    assert "The database is away." in dom.shown["gw-toasts"] and "<code>r-1</code>" in dom.shown["gw-toasts"]
    click(app, "bulk-go-on")
    server.asked[-1][4](0, "", "")
    assert "may or may not be done" in dom.shown["gw-toasts"]


def test_a_wrong_field_is_said_at_it_and_nothing_begins() -> None:
    app, dom, server = asked("reschedule")
    confirm(app, priority="x")
    sent = server.answer("api/jobs/bulk", {"error": "must be a number", "field": "priority"}, 400)
    assert json.loads(sent[2])["priority"] == "x"
    assert "Must be a number." in dom.shown["gw-dialog"] and app.state["bulk"] is None


def test_a_filter_too_heavy_to_count_can_be_worked_through() -> None:
    app, dom, server = chosen("?search=x")
    click(app, "job-action", name="fail")
    server.answer("api/jobs/bulk", {"error": "took too long", "code": "query_timeout"}, 503)
    assert "Fail all that match?" in dom.shown["gw-dialog"] and "could not be counted" in dom.shown["gw-dialog"]
    confirm(app, reason="gone")
    body = json.loads(server.answer("api/jobs/bulk", step((3, "done", ""), next="3-9"))[2])
    assert body["reason"] == "gone" and body["filter"] == {"search": "x"}
    assert "Failing · 1<" in dom.shown["gw-toasts"]


def test_another_database_stops_it_and_is_not_written_to() -> None:
    app, dom, server = asked()
    confirm(app)
    click(app, "go", href="?db=other")
    server.answer("api/jobs/bulk", step((3, "done", ""), next="3-99"))
    assert [path for path in server.paths() if "bulk" in path] == []
    assert "Stopped: 1 job retried" in dom.shown["gw-toasts"] and "Go on" not in dom.shown["gw-toasts"]


def test_one_at_a_time() -> None:
    app, dom, server = asked()
    confirm(app)
    server.answer("api/jobs/bulk", step((3, "done", ""), next="3-99"))
    bulk.begin(app, "fail")
    app.draw()
    assert app.state["dialog"] is None and "stop the other one first" in dom.shown["gw-toasts"]


def test_a_phone_comes_to_the_page_from_one_row() -> None:
    app, dom, _server = started(jobs=THREE)
    app.on_event({"type": "change", "action": "select", "data": {"id": "7"}, "checked": True})
    assert 'data-action="select-rest"' in dom.shown["gw-acts"]
    click(app, "select-rest")
    assert len(app.state["selected"]) == 3 and "select-every" in dom.shown["gw-acts"]
