"""Times as people type them: the browser program reads what the API reads, in the zone of the page."""

from __future__ import annotations

import json

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.times import typed_times, zones
from tests.client import fakes
from tests.client.program import click, started

BERLIN = [[0, 60], [1774746000, 120], [1792890000, 60], [1806195600, 120]]


def test_a_time_of_day_is_in_the_zone_of_the_page_by_the_rules_of_its_date() -> None:
    def shown(text: str, now: float = float(fakes.NOW)) -> str:
        found = typed_times.moment(text, now, BERLIN)
        return "" if found is None else zones.utc(found)

    assert shown("tomorrow 09:00") == "2026-11-25T08:00:00Z"
    assert shown("today 09:00 +00:00") == "2026-11-24T09:00:00Z"
    assert shown("2026-07-01 09:00") == shown("2026-07-01T09:00:00") == "2026-07-01T07:00:00Z"
    assert shown("2026-12-01 09:00:30") == "2026-12-01T08:00:30Z"
    assert shown("2026-12-01T09:00:00Z") == "2026-12-01T09:00:00Z"
    assert shown("tomorrow 12:00", 1792800000.0) == "2026-10-25T11:00:00Z"  # the clocks go back in that night
    assert [shown(text) for text in ("2026-13-01 09:00", "2026-12-01", "09:00", "soon", "99999999 w")] == [""] * 5


RESCHEDULE = fakes.page_of(fakes.job(1, state="scheduled", run_at="2026-11-24T10:04:12Z", priority=4))


def reschedule(app: App, dom: fakes.Dom) -> str:
    """Opens the dialog for the job."""
    click(app, "job-action", name="reschedule", id="1")
    return str(dom.shown["gw-dialog"])


def typed(app: App, text: str) -> None:
    form = {"run_at": text, "priority": "", "attempts": "", "max_attempts": ""}
    app.on_event({"type": "input", "action": "time-typed", "data": {}, "value": text, "form": form})


def test_the_dialog_shows_the_present_values_and_the_resulting_time() -> None:
    app, dom, server = started(jobs=RESCHEDULE)
    drawn = reschedule(app, dom)
    assert "Now in 1 h, 2026-11-24 10:04:12 UTC. " in drawn and "Empty: unchanged." in drawn
    assert "Now 4. Smaller runs first." in drawn and "Now 0. <" in drawn and "Now 25. <" in drawn
    typed(app, "+90m")
    assert "= 2026-11-24 10:34:12 UTC · in 1 h 30 min" in dom.shown["gw-dialog"]
    typed(app, "soon")
    assert "Not a time yet." in dom.shown["gw-dialog"]
    typed(app, "in 1 h")
    form = dict(app.state["dialog"]["values"])
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": form})
    assert json.loads(server.answer("api/jobs/action", {"error": "x", "field": "run_at"}, 400)[2])["run_at"] == "in 1 h"
    for text, sent in (
        ("tomorrow 09:00", "2026-11-25T09:00:00Z"),
        ("2026-12-01 09:00", "2026-12-01T09:00:00Z"),
        ("soon", "soon"),
    ):
        app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": dict(form, run_at=text)})
        assert json.loads(server.answer("api/jobs/action", {"error": "x", "field": "run_at"}, 400)[2])["run_at"] == sent


def test_a_preset_is_the_time_and_the_focus_goes_to_the_button() -> None:
    app, dom, _server = started(jobs=RESCHEDULE)
    reschedule(app, dom)
    form = {"run_at": "", "priority": "7"}
    app.on_event({"type": "click", "action": "time-typed", "data": {"preset": "in 1 h"}, "form": form})
    assert app.state["dialog"]["values"] == {"run_at": "in 1 h", "priority": "7"}
    assert dom.focused[-1] == "#gw-go" and 'value="in 1 h"' in dom.shown["gw-dialog"]


def test_an_action_on_all_that_match_has_one_time_in_every_batch() -> None:
    app, dom, server = started("?queue=mailers", jobs=RESCHEDULE)
    click(app, "select-all-matching")
    app.state["selected"], app.state["all_matching"] = {"1": True}, True
    click(app, "job-action", name="reschedule")
    server.answer("api/jobs/bulk", {"count": 3, "more": False, "sample": [1], "dry_run": True})
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {"run_at": "in 1 h"}})
    sent = json.loads(server.asked[-1][2])
    assert (sent["run_at"], sent["dry_run"]) == ("2026-11-24T10:04:12Z", False)


def test_bounds_take_relative_times_in_the_past() -> None:
    app, dom, _server = started(jobs=RESCHEDULE)

    def bounds(**form: str) -> None:
        app.on_event({"type": "submit", "action": "range", "data": {}, "form": form})

    bounds(created_from="1h", run_at_to="in 30 min", failed_from="today 09:00")
    assert "created_from=2026-11-24T08%3A04%3A12Z" in dom.search and "run_at_to=2026-11-24T09%3A34%3A12Z" in dom.search
    assert "failed_from=2026-11-24T09%3A00%3A00Z" in dom.search
    bounds(created_from="1 fortnight ago", run_at_to="", failed_from="")
    assert "created_from=2026-11-24T08%3A04%3A12Z" in dom.search and "failed_from" not in dom.search
    assert "1 fortnight ago" in dom.shown["gw-toasts"] and "was left out" in dom.shown["gw-toasts"]
