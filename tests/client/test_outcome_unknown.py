"""A write whose outcome is not known: the page says so per job, asks the lists anew, and offers no repetition."""

from __future__ import annotations

import json
from typing import Any

from tests.client import fakes
from tests.client.program import THREE, click, started
from tests.client.test_bulk import asked, confirm, step

UNKNOWN: dict[str, Any] = {
    "error": "the connection to the database broke during the commit: the change may or may not be done",
    "code": "outcome_unknown",
    "hint": "Open the jobs, or list them by id, before you repeat it.",
    "request_id": "r-1",
}


def test_each_job_has_its_outcome_and_the_unknown_ones_are_not_selected_for_another_try() -> None:
    app, dom, server = started("", jobs=THREE)
    app.on_event({"type": "change", "action": "select-page", "data": {}, "checked": True})
    selected = list(app.state["selected"])
    click(app, "job-action", name="complete")
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {}})
    results = [{"id": int(id), "outcome": "unknown", "reason": "may or may not be done: look again"} for id in selected]
    server.answer("api/jobs/action", UNKNOWN | {"results": results}, 503)

    shown = dom.shown["gw-toasts"]
    assert "<b>%d may or may not be done</b>" % len(selected) in shown
    assert "may or may not be done: look again" in shown and UNKNOWN["hint"] in shown
    assert app.state["selected"] == {} and app.state["dialog"] is None
    assert "api/jobs" in [path.partition("?")[0] for path in server.paths()]  # the list is asked for anew
    assert "ry again" not in shown


def test_an_add_without_an_answer_may_be_done() -> None:
    for status, text in ((0, ""), (502, "<html>Bad Gateway"), (504, "")):
        app, dom, server = started("", jobs=THREE)
        click(app, "add-job")
        app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {"identifier": "x"}})
        sent = [one for one in server.asked if one[1].startswith("api/jobs") and one[0] == "POST"]
        sent[-1][4](status, text, "")

        assert "It may or may not be done: look before you send it again." in dom.shown["gw-dialog"], status
        assert 'value="x"' in dom.shown["gw-dialog"]  # nothing typed is lost


def test_a_refusal_of_the_admin_itself_is_no_unknown_outcome() -> None:
    app, dom, server = started("", jobs=THREE)
    click(app, "add-job")
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {"identifier": "x"}})
    away = {"error": "the database could not be reached", "code": "database_unavailable", "request_id": "r"}
    server.asked[-1][4](503, json.dumps(away), fakes.BUILD)
    assert "may or may not" not in dom.shown["gw-dialog"]


def test_an_undo_without_an_answer_may_be_done_and_what_was_not_sent_is_not() -> None:
    from graphile_worker.admin.client.handlers.writes import undo

    app, _dom, server = started("", jobs=THREE)
    kept = [dict(id=str(number), revision=0, was=[("priority", str(number))]) for number in (1, 2)]
    app.state["result"] = {"action": "reschedule", "results": [], "undo": kept}
    undo.undo(app, {})
    server.asked[-1][4](0, "", "")

    assert [(one["id"], one["outcome"]) for one in app.state["result"]["results"]] == [
        ("1", "unknown"), ("2", "undone"),
    ]  # fmt: skip


def test_a_bulk_step_counts_the_unknown_apart_from_what_was_left_alone() -> None:
    app, dom, server = asked("complete")
    confirm(app)
    server.answer("api/jobs/bulk", step((3, "done", ""), (4, "unknown", "may or may not be done"), (5, "running", "x")))
    assert "1 job completed · 1 skipped: running · 1 may or may not be done" in dom.shown["gw-toasts"]


def test_a_preview_without_an_answer_has_no_outcome() -> None:
    app, dom, server = fakes_asked()
    server.asked[-1][4](0, "", "")
    assert "may or may not" not in dom.shown["gw-dialog"]


def fakes_asked() -> tuple[Any, fakes.Dom, fakes.Server]:
    """The dialog of a bulk action, its preview under way."""
    from tests.client.test_bulk import chosen

    app, dom, server = chosen("?state=failed")
    click(app, "job-action", name="fail")
    server.asked[:] = [one for one in server.asked if one[1].startswith("api/jobs/bulk")]
    return app, dom, server
