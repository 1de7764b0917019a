"""What went wrong: the same sentences everywhere, once, true at once, and gone with the cause."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.handlers import dialogs
from graphile_worker.admin.client.io import http
from graphile_worker.admin.client.model import reducers, state
from graphile_worker.admin.client.text.format import message_of, sentences
from graphile_worker.admin.client.views.dialogs import bulk, forms
from graphile_worker.admin.client.views.job import panel as job
from graphile_worker.admin.client.views.shell import banners, empty_states, frame, live_control, login
from tests.client import fakes
from tests.client.program import THREE, click, started, tick_box
from tests.client.states import opened, ready, whole
from tests.client.test_late import logged_in
from tests.client.test_live import started as listening

AWAY: dict[str, Any] = {
    "code": "database_unavailable",
    "error": "the database could not be reached",
    "hint": "Check the address and that PostgreSQL runs (Connection refused).",
    "request_id": "r-1",
    "reason_code": "unreachable",
}
LOCKED: dict[str, Any] = {
    "code": "busy",
    "error": "somebody else holds a lock on this",
    "hint": "Try again in a moment.",
    "server": {"message": "canceling statement due to lock timeout", "sqlstate": "55P03"},
}
WORDS = (
    "The server&#39;s message: canceling statement due to lock timeout (SQLSTATE 55P03). Try again in a moment.",
    "Check the address and that PostgreSQL runs (Connection refused).",
)


def test_texts_become_sentences() -> None:
    found: list[tuple[tuple[Any, ...], str]] = [
        (("Is it a standby?", "connect to `main`"), "Is it a standby? Connect to `main`."),
        (("run_at must be a time", None, ""), "run_at must be a time."),
        (("As the owner: grant select on t to r;",), "As the owner: grant select on t to r;"),
        (("  two lines\n", "counting …"), "Two lines. Counting …"),
        ((None, "", "  "), ""),
    ]
    for texts, shown in found:
        assert sentences(*texts) == shown


def test_a_reason_code_decides_about_the_words_and_not_the_message() -> None:
    for code, shown in (
        ("unreachable", "Database unreachable."),
        ("whole_number", "Enter a whole number, like −10."),
        ("nothing_to_change", "Change at least one field."),
        ("of a later server", "Priority must be a whole number."),
    ):
        error: dict[str, Any] = {"code": "x", "error": "priority must be a whole number", "reason_code": code}
        assert dialogs.error_line(error) == shown
    assert sentences("the database could not be reached") == "The database could not be reached."


def old(error: dict[str, Any], search: str = "") -> Any:
    """A page with rows, which was refused another look 16 s later."""
    full = ready(search, [fakes.job(7)])
    if search:
        reducers.apply_detail(full, fakes.job(7, payload_text="{}", as_of=fakes.NOW_TEXT, retry_ladder=[]))
    reducers.apply_error(full["jobs"], error)
    full["now_ms"] += 16000
    return full


def test_every_place_says_it_in_whole_sentences() -> None:
    for error in (AWAY, LOCKED):
        said_everywhere(error)


def said_everywhere(error: dict[str, Any]) -> None:
    full, panel = old(error), opened(retry_ladder=[])
    reducers.apply_error(panel["detail"], error)
    run = {
        "action": "retry",
        "phase": "broken",
        "error": error,
        "outcomes": {},
        "not_done": [],
        "groups": [],
        "total": 1,
        "more": False,
    }
    first = sentences(message_of(error))
    shown_in = {
        "banner": banners.banners(full),
        "dialog": forms.alert({"error": error, "fields": ()}),
        "rows": empty_states.error_state(full, error),
        "panel": job.panel(panel),
        "login": login.panel(dict(full, auth=dict(full["auth"], mode="bearer", problem=error))),
        "notice": dialogs.error_line(error),
        "bulk": bulk.card(dict(full, bulk=dict(run, route={}, db=""))),
    }
    for name, shown in shown_in.items():
        assert first in shown, name
        assert error["error"] not in shown, name
    for name in ("banner", "dialog", "panel", "login"):
        assert [words for words in WORDS if words in shown_in[name].replace("&#x27;", "&#39;")], name
    assert "Showing data from 16 s ago; retrying." in shown_in["banner"] and "Try again" in shown_in["banner"]


def test_what_a_proxy_answers_is_not_what_the_page_shows() -> None:
    for status, way_on in ((502, "Try again"), (302, "Reload to log in")):
        full = old(http.foreign(status), "?job=7")
        for shown in (banners.banners(full), job.panel(full)):
            assert "Showing data from 16 s ago; retrying." in shown and way_on in shown
            assert "it said" not in shown and "it was" not in shown


def test_the_panel_says_what_the_banner_under_it_says() -> None:
    full = old(AWAY, "?job=7")
    assert banners.banners(full) in job.panel(full)  # also while the job itself was not asked for
    ended = old(dict(http._LOGGED_OUT), "?job=7")
    assert 'target="_blank"' in job.panel(ended) and "Log in in another tab" in job.panel(ended)


def test_a_notice_leads_to_the_login_that_helps() -> None:
    app, dom, server = started("", jobs=THREE)
    click(app, "job-action", name="retry", id="7")
    server.asked[-1][4](302, "", "")
    assert "Log in in another tab" in dom.shown["gw-toasts"]


def refused_write(app: App, dom: fakes.Dom, server: fakes.Server) -> None:
    """Two rows are selected, the database goes, the write is refused, and the person gives up."""
    tick_box(app, "7")
    click(app, "job-action", name="fail")
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {"reason": "x"}})
    server.answer("api/jobs/action", AWAY, 503)
    click(app, "close-dialog")


def test_a_write_in_vain_leaves_the_page_marked_until_there_is_an_answer() -> None:
    app, dom, server = started("", jobs=THREE)
    refused_write(app, dom, server)
    assert "Database unreachable." in dom.shown["gw-banners"] and "stale" in dom.shown["gw-bar"]
    dom.timers["auto"]()  # although rows are selected
    asked = server.paths()
    assert "api/overview?parts=stats" in asked and len([path for path in asked if path.startswith("api/jobs?")]) == 1
    server.answer("api/jobs", AWAY, 503)
    server.answer("api/overview", AWAY, 503)
    assert "stale" in dom.shown["gw-bar"]
    dom.timers["auto"]()
    server.answer("api/jobs", THREE)
    server.answer("api/overview", fakes.overview())
    dom.timers.pop("draw")()  # counts are drawn a moment later
    assert dom.shown["gw-banners"] == "" and "paused" in dom.shown["gw-bar"] and list(app.state["selected"]) == ["7"]
    server.asked.clear()
    dom.timers["auto"]()
    assert server.paths() == []


def test_a_write_that_the_admin_refuses_says_nothing_about_the_rows() -> None:
    app, dom, server = started("", jobs=THREE)
    click(app, "job-action", name="retry", id="7")
    server.answer("api/jobs/action", {"error": "the job is gone", "code": "not_found"}, 404)
    assert dom.shown.get("gw-banners", "") == "" and "stale" not in dom.shown["gw-bar"]


def test_the_bar_is_true_as_soon_as_the_stream_ends() -> None:
    for selected in (False, True):
        app, dom, server, stream = listening()
        stream.tell("hello", "{}")
        server.asked.clear()
        if selected:
            tick_box(app, "2")
        stream.tell("end", "")
        asked = [path.partition("?")[0] for path in server.paths()]
        assert "api/overview" in asked and ("api/jobs" in asked) is not selected
        server.answer("api/overview", AWAY, 503)
        dom.timers.pop("draw")()
        assert "stale" in dom.shown["gw-bar"] and "Database unreachable." in dom.shown["gw-banners"]


def test_counts_in_vain_are_as_grave_as_rows_in_vain() -> None:
    full = ready("", [fakes.job(7)])
    reducers.apply_error(full["overview"], AWAY)
    assert "stale" in live_control.control(full) and "unreachable" in banners.banners(full)


# ── a login that ends ────────────────────────────────────────────────────


def test_a_login_that_ends_says_so_and_leaves_no_false_banner() -> None:
    app, dom, server = logged_in()
    server.answer("api/session", fakes.session())
    server.answer("api/jobs", THREE)
    server.answer("api/overview", fakes.overview())
    click(app, "refresh")
    server.asked[-1][4](0, "", "")  # the server restarts,
    dom.timers.pop("draw")()
    assert "does not answer" in dom.shown["gw-banners"]
    server.answer("api/jobs", fakes.UNAUTHORIZED, 401)  # and takes the old token no more
    shown = dom.shown["gw-screen"]
    assert "Your login has ended. What you selected and typed is kept" in shown
    assert "refused this token" not in shown and "aria-invalid" not in shown
    assert dom.shown["gw-banners"] == "" and "not logged in" in dom.shown["gw-bar"]

    app.on_event({"type": "submit", "action": "login", "data": {}, "form": {"token": "wrong"}})
    server.answer("api/session", fakes.UNAUTHORIZED, 401)
    assert "The server refused this token." in dom.shown["gw-screen"]
    app.on_event({"type": "submit", "action": "login", "data": {}, "form": {"token": "right"}})
    server.answer("api/session", fakes.session())
    assert not app.state["auth"]["ended"] and dom.shown["gw-banners"] == ""


# ── once, and what fits ──────────────────────────────────────────────────


def test_a_database_that_is_away_at_the_start_is_said_once() -> None:
    for view in ("jobs", "queues", "tasks", "errors", "workers", "maintenance"):
        said_once(view)


def said_once(view: str) -> None:
    full = state.new("?view=" + view)
    warning = {"code": AWAY["code"], "level": "error", "message": AWAY["error"], "remedy": AWAY["hint"]}
    warning["reason_code"] = AWAY["reason_code"]
    reducers.apply_session(full, fakes.session(database=None, warnings=[warning]))
    for part in (state.shown_part(full), full["overview"]):
        reducers.apply_error(part, AWAY)
    drawn = whole(full)
    assert drawn.count(">Database unreachable.<") == 1
    assert drawn.count("Check the address and that PostgreSQL runs (Connection refused).") == 1
    assert "database away" in drawn and "<dt>writes</dt>" not in drawn


def test_the_bar_says_what_kind_of_trouble_it_is() -> None:
    words = []
    full_up = dict(AWAY, server={"message": "sorry, too many clients already", "sqlstate": "53300"})
    for error in (AWAY, full_up, LOCKED, {"code": "permission_denied", "error": "no"}, dict(http._NO_ANSWER)):
        full = state.new()
        reducers.apply_error(full["jobs"], error)
        words.append(live_control.control(full).partition('<i></i><span class="word">')[2].partition("<")[0])
    assert words == ["database away", "refused", "busy", "no rights", "no answer"]


def test_missing_rights_are_one_message_without_names_of_tables() -> None:
    full = state.new()
    closed = {"code": "permission_denied", "level": "error", "message": "The role may not.", "remedy": "Ask."}
    only = {"code": "may_only_read", "level": "note", "message": "May not delete _private_jobs.", "remedy": "Ask."}
    reducers.apply_session(full, fakes.session(warnings=[closed, only]))
    reducers.apply_error(full["jobs"], {"code": "permission_denied", "error": "The role may not.", "hint": "Ask."})
    assert banners.banners(full) == "" and "_private_jobs" not in whole(full)


def test_what_is_hidden_is_no_trouble() -> None:
    full = ready()
    full["jobs"]["error"] = {"code": "redacted", "error": "no"}
    assert state.request_error(full) is None and banners.banners(full) == ""


# ── what this user can do ────────────────────────────────────────────────


def test_writes_in_the_rail_are_those_of_this_user_here() -> None:
    full = ready()
    words = {}
    for name, offers in (
        ("owner", {}),
        ("node schema", {"sweep-stale-workers": "no heartbeats"}),
        ("viewer", {name: "no" for name in state.ON_JOBS}),
        ("retrier", {name: "no" for name in state.ON_JOBS if name != "retry"}),
    ):
        full["session"]["offers"] = offers
        words[name] = frame.sidebar(full).partition("<dt>writes</dt>")[2].partition("</dd>")[0]
    assert words["owner"].endswith(">on") and words["node schema"].endswith(">on")
    assert words["viewer"].endswith(">read only")
    assert words["retrier"].endswith(">some") and "Not offered: add, complete, fail" in words["retrier"]
    full["read_only"], full["session"]["offers"] = True, {}
    assert state.writes(full) == "read only"


def test_a_last_error_that_is_cut_says_so_below_its_box() -> None:
    panel = job.panel(opened(last_error="e" * 20000, last_error_truncated=True, retry_ladder=[]))
    assert 'e</pre><p class="soft">Cut after 20 kB of text; copy has all of it.</p>' in panel
