"""Answers that come late: after another database, another login, another dialog, another screen, or newer counts."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.app import App
from tests.client import fakes
from tests.client.program import THREE, click, started
from tests.client.test_live import COUNTS
from tests.client.test_live import started as listening

BEARER = {"auth-mode": "bearer", "schema": "", "read-only": "false"}


def detail(job_id: int, **more: Any) -> dict[str, Any]:
    return dict(fakes.job(job_id, **more), payload_text="{}", why=None, as_of=fakes.NOW_TEXT)


def logged_in() -> tuple[App, fakes.Dom, fakes.Server]:
    dom, server = fakes.Dom("", BEARER), fakes.Server()
    dom.tab["gw-token"] = "secret"
    app = App(dom, server.request)
    app.start()
    return app, dom, server


# ── another database, another login ──────────────────────────────────────


def test_what_is_under_way_of_one_database_is_not_shown_of_another() -> None:
    app, _dom, server = started("?job=7", jobs=THREE)
    click(app, "refresh")
    app.state["session"] = None
    click(app, "refresh")  # asks for the session, too
    app.go("?db=two")
    server.answer("api/jobs/7", detail(7))
    server.answer("api/session", fakes.session(schema="of_one", read_only=True, offers={"retry": "no"}))
    assert app.state["detail"]["job"] is None and app.state["clock"] is None
    assert app.state["session"] is None and app.state["schema"] != "of_one" and not app.state["read_only"]
    server.answer("api/session?db=two", fakes.session(schema="of_two"))
    assert app.state["schema"] == "of_two"


def test_back_and_forth_between_databases_asks_anew() -> None:
    app, _dom, server = started(jobs=THREE)
    click(app, "open", id="7")
    app.go("?db=two")
    app.go("?")
    server.answer("api/jobs/7", detail(7))
    assert app.state["detail"]["job"] is None


def test_counts_of_the_stream_of_another_database_are_not_taken() -> None:
    app, _dom, _server, stream = listening()
    app.go("?db=two")  # the stream is changed with the next second
    stream.tell("counts", COUNTS)
    assert app.state["overview"]["data"] is None


def test_a_forgotten_token_stays_forgotten() -> None:
    app, dom, server = logged_in()
    click(app, "logout")
    server.answer("api/session", fakes.session())
    server.answer("api/jobs", THREE)
    assert app.state["auth"]["wanted"] and app.state["session"] is None and app.state["jobs"]["rows"] == []
    assert "Log in with a token" in dom.shown["gw-screen"]


def test_a_refused_token_stays_refused_whatever_else_it_was_let_in_for() -> None:
    app, _dom, server = logged_in()
    server.answer("api/jobs", {"error": "unauthorized", "code": "unauthorized"}, 401)
    server.answer("api/session", fakes.session())
    assert app.state["auth"]["wanted"] and app.state["auth"]["refused"]


def test_a_write_is_not_repeated_with_another_login() -> None:
    app, dom, server = logged_in()
    server.answer("api/session", fakes.session())
    server.answer("api/jobs", THREE)
    click(app, "job-action", name="retry", id="7")
    server.answer("api/jobs/action", {"error": "invalid admin CSRF token", "code": "csrf"}, 403)
    click(app, "logout")
    app.on_event({"type": "submit", "action": "login", "form": {"token": "other"}})
    server.answer("api/session", fakes.session())
    assert "api/jobs/action" not in server.paths()
    assert "Not done: the login changed meanwhile" in dom.shown["gw-toasts"]


def test_what_a_write_did_in_another_database_is_a_notice_only() -> None:
    app, dom, server = started(jobs=THREE)
    click(app, "job-action", name="retry", id="7")
    app.go("?db=two")
    server.answer("api/jobs/action", {"results": [{"id": 7, "outcome": "done"}], "jobs": [fakes.job(7)]})
    assert app.state["result"] is None and "1 job retried" in dom.shown["gw-toasts"]


# ── another dialog ───────────────────────────────────────────────────────


def submit(app: App, **form: str) -> None:
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": form})


def left_for_another(ask: str, answer: Any, status: int = 200, **asked: str) -> fakes.Dom:
    """A dialog is confirmed and closed, and another one typed into, when the answer of the first comes."""
    app, dom, server = started(jobs=THREE)
    click(app, ask, **asked)
    submit(app, key="k", identifier="x", reason="")
    path = server.asked[-1][1]
    click(app, "close-dialog")
    click(app, "remove-key" if ask == "add-job" else "add-job")
    box = app.state["dialog"]
    server.answer(path, answer, status)
    assert app.state["dialog"] is box and dom.dialogs == ["gw-box"] and box["error"] is None and not box["busy"]
    return dom


def test_an_answer_leaves_another_dialog_alone() -> None:
    no = {"error": "key must be shorter", "code": "invalid_input", "field": "key"}
    done = {"results": [{"id": 7, "outcome": "done"}], "jobs": []}
    assert "1 job marked as failed" in left_for_another("job-action", done, name="fail", id="7").shown["gw-toasts"]
    assert "Key must be" in left_for_another("job-action", no, 400, name="fail", id="7").shown["gw-toasts"]
    added = {"message": "Added job 9", "jobs": [], "outcome": "new"}
    assert "Added job 9" in left_for_another("add-job", added).shown["gw-toasts"]
    assert "Key must be" in left_for_another("add-job", no, 400).shown["gw-toasts"]
    for outcome in ("removed", "not_found"):
        answer = {"message": "About the key k", "outcome": outcome}
        assert "About the key k" in left_for_another("remove-key", answer).shown["gw-toasts"]
    for status in (200, 400):
        answer = {"message": "Migrations complete", "error": "Not now", "code": "x"}
        dom = left_for_another("maintain", answer, status, name="migrate")
        assert ("Migrations complete" if status == 200 else "Not now") in dom.shown["gw-toasts"]


def test_maintenance_of_another_database_is_not_on_its_card() -> None:
    app, dom, server = started(jobs=THREE)
    click(app, "maintain", name="migrate")
    submit(app)
    app.go("?db=two")
    server.answer("api/maintenance", {"message": "Migrations complete"})
    assert app.state["maintenance_results"] == {} and "Migrations complete" in dom.shown["gw-toasts"]


# ── another screen ───────────────────────────────────────────────────────


def typed(app: App, text: str) -> None:
    """On a list that took long, so that the typing rests."""
    app.state["jobs"]["duration_ms"] = app.state["queues"]["duration_ms"] = 500
    app.on_event({"type": "input", "action": "search", "data": {}, "value": text})


def test_typing_stays_on_the_screen_it_was_typed_on() -> None:
    for address in ("?view=queues", "?db=two", "?search=smtp"):
        app, dom, _server = started(jobs=THREE)
        typed(app, "foo")
        click(app, "go", href=address)
        dom.timers["typing"]()
        assert dom.search == address


def test_typing_does_not_close_a_job_that_was_opened_since() -> None:
    app, dom, _server = started(jobs=THREE)
    typed(app, "foo")
    click(app, "open", id="7")
    dom.timers["typing"]()
    assert dom.search == "?search=foo&job=7"
    typed(app, "foob")
    dom.timers["typing"]()
    assert dom.search == "?search=foob"


# ── newer counts ─────────────────────────────────────────────────────────


def test_older_counts_do_not_replace_newer_ones() -> None:
    app, dom, server, stream = listening()
    stream.tell("hello", {"listening": True})
    click(app, "refresh")
    stream.tell("counts", dict(COUNTS, as_of="2026-11-24T09:04:20Z", age_ms=0))
    server.answer("api/overview", fakes.overview(as_of="2026-11-24T09:04:18Z"))
    assert app.state["overview"]["data"]["stats"]["total"] == 11 and not app.state["overview"]["loading"]
    assert app.state["clock"][0] == fakes.NOW + 8
    server.answer("api/jobs", dict(THREE, as_of="2026-11-24T09:04:18Z"))  # another part: taken, the clock stands
    assert len(app.state["jobs"]["rows"]) == 3 and app.state["clock"][0] == fakes.NOW + 8
    click(app, "refresh")
    server.answer("api/jobs", dict(fakes.page_of(fakes.job(7)), as_of="2026-11-24T09:04:13Z"))
    assert len(app.state["jobs"]["rows"]) == 3


def test_a_database_whose_clock_was_set_back_is_believed() -> None:
    app, _dom, _server, stream = listening()
    stream.tell("counts", dict(COUNTS, as_of="2026-11-24T08:04:12Z", age_ms=0))
    assert app.state["overview"]["data"]["stats"]["total"] == 11 and app.state["clock"][0] == fakes.NOW - 3600
