"""The program: its requests, what it does with answers, and how it handles events."""

from __future__ import annotations

import json

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.handlers import dispatch
from tests.client import fakes
from tests.client.program import THREE, click, press, started, tick_box


def test_the_first_questions() -> None:
    _app, dom, server = started("?state=failed&queue=mailers")
    assert server.paths() == [
        "api/session",
        "api/jobs?state=failed&queue=mailers&sort=-failed_at&limit=100&payload=preview",
        "api/jobs/count?state=failed&queue=mailers&stats=true",
        "api/overview?parts=stats",
    ]
    assert 'aria-busy="true"' in dom.shown["gw-admin"]


def test_an_answer_that_comes_too_late_is_dropped() -> None:
    app, _dom, server = started(jobs=THREE)
    click(app, "go", href="?state=failed")
    click(app, "go", href="?state=ready")
    server.answer("api/jobs?state=failed", fakes.page_of(fakes.job(1)))
    server.answer("api/jobs?state=ready", fakes.page_of(fakes.job(2)))
    assert [row["id"] for row in app.state["jobs"]["rows"]] == ["2"]


def test_shift_selects_the_range() -> None:
    app, dom, _server = started(jobs=THREE)
    tick_box(app, "9007199254740993")
    tick_box(app, "3", shift=True)
    assert len(app.state["selected"]) == 3
    assert "3 selected" in dom.shown["gw-acts"]


def test_typing_in_the_search_asks_at_once_where_lists_come_quickly() -> None:
    app, dom, server = started(jobs=THREE)
    app.state["jobs"]["duration_ms"] = dispatch.QUICK_MS
    app.on_event({"type": "input", "action": "search", "data": {}, "value": "smtp"})
    assert server.paths()[0] == "api/jobs?search=smtp&sort=-id&limit=100&payload=preview&partial=true"
    assert dom.history == [("push", "?search=smtp")] and "loading" in dom.shown["gw-turning"]


def test_typing_rests_before_it_asks_where_they_are_slow() -> None:
    app, dom, server = started(jobs=THREE)
    app.state["jobs"]["duration_ms"] = 5000
    app.on_event({"type": "input", "action": "search", "data": {}, "value": "smtp"})
    assert server.paths() == []
    dom.timers["typing"]()
    assert len(server.paths()) == 1 and dom.waits["typing"] == dispatch.REST_MAX
    assert dom.history == [("push", "?search=smtp")] and "loading" in dom.shown["gw-turning"]


def test_typing_waits_for_a_list_that_is_on_its_way_but_not_for_ever() -> None:
    app, dom, server = started(jobs=THREE)
    app.state["jobs"]["duration_ms"] = 10
    app.on_event({"type": "input", "action": "search", "data": {}, "value": "s"})
    app.on_event({"type": "input", "action": "search", "data": {}, "value": "sm"})
    dom.timers["typing"]()
    assert dom.history[-1] == ("push", "?search=s") and len(server.paths()) == 1
    server.answer("api/jobs?search=s&", THREE)
    dom.timers.pop("typing")()
    assert dom.history[-1] == ("replace", "?search=sm") and len(server.paths()) == 1
    app.on_event({"type": "input", "action": "search", "data": {}, "value": "smt"})
    for _ in range(dispatch.REST_MAX // dispatch.AGAIN_MS):
        dom.timers.pop("typing")()
    assert dom.history[-1] == ("replace", "?search=smt") and "typing" not in dom.timers


def test_what_was_typed_over_is_not_asked_for() -> None:
    app, dom, server = started(jobs=THREE)
    app.state["jobs"]["duration_ms"] = 500
    app.on_event({"type": "input", "action": "search", "data": {}, "value": "a"})
    app.state["jobs"]["duration_ms"] = 10
    app.on_event({"type": "input", "action": "search", "data": {}, "value": ""})
    dom.timers["typing"]()
    assert server.paths() == [] and dom.search == ""


def test_a_pasted_list_becomes_several_filters() -> None:
    app, dom, _server = started(jobs=THREE)
    app.on_event({"type": "change", "action": "filter", "data": {"name": "queue"}, "value": "a, b\nc,a"})
    assert dom.search == "?queue=a&queue=b&queue=c"
    cross = dom.shown["gw-chips"].split('href="')
    assert ["?queue=a&amp;queue=c" in one and "Remove filter queue b" in one for one in cross].count(True) == 1


def test_back_restores_what_the_address_says() -> None:
    app, dom, server = started(jobs=THREE)
    click(app, "go", href="?state=failed")
    dom.search = ""
    app.on_event({"type": "popstate"})
    assert app.state["route"]["state"] == []
    assert server.paths()[-1] == "api/jobs?sort=-id&limit=100&payload=preview"


def test_another_filter_asks_for_the_counts_of_the_whole_table_only_when_none_came_for_two_seconds() -> None:
    app, dom, server = started()
    server.answer("api/jobs", THREE)
    # of a large table, whose counts are kept
    server.answer("api/overview", fakes.overview(as_of="2026-11-24T09:03:50Z"))
    server.asked.clear()
    click(app, "go", href="?state=failed")
    assert [path for path in server.paths() if "overview" in path] == []
    dom.now += 3000
    click(app, "go", href="?state=ready")
    assert [path for path in server.paths() if "overview" in path] == ["api/overview?parts=stats"]


def test_the_keyboard_walks_selects_and_opens() -> None:
    app, dom, server = started(jobs=THREE)
    press(app, "j")
    press(app, "j")
    assert app.state["focused_id"] == "7"
    press(app, "x")
    assert "7" in app.state["selected"]
    press(app, "Enter")
    assert dom.search == "?job=7"
    assert server.paths() == ["api/jobs/7?payload=text&last_error=cut"]
    press(app, "Escape")
    assert dom.search == "?"
    press(app, "g")
    press(app, "q")
    assert dom.search == "?view=queues"


def test_read_only_offers_nothing_that_changes() -> None:
    app, dom, _server = started(jobs=THREE)
    app.state["read_only"] = True
    tick_box(app, "7")
    assert dom.shown["gw-acts"].count("disabled") == 4
    assert "This admin is read only" in dom.shown["gw-tools"]


def test_a_missing_schema_offers_to_migrate() -> None:
    app, dom, server = started()
    server.answer("api/session", fakes.session())
    error = {
        "error": "schema graphile_worker is not there",
        "code": "schema_missing",
        "hint": "run graphile-worker migrate",
    }
    server.answer("api/jobs", error, 503)
    server.answer("api/overview", error, 503)
    assert 'data-name="migrate"' in dom.shown["gw-table"] and dom.shown.get("gw-banners", "") == ""
    click(app, "maintain", name="migrate")
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {}})
    sent = server.answer("api/maintenance", {"message": "Migrations complete"})
    assert '"action":"migrate"' in sent[2]
    assert server.paths() == ["api/session", "api/jobs?sort=-id&limit=100&payload=preview", "api/overview?parts=stats"]


def test_a_job_opens_by_its_address_with_its_payload_as_text() -> None:
    app, dom, server = started("?job=7", jobs=THREE)
    body = dict(
        fakes.job(7, state="failed", attempts=25, last_error="boom <b>"),
        payload_text='{"n":1.50}',
        why={
            "code": "used_up",
            "sentence": "It will not run again: all 25 attempts are used.",
            "detail": "Retry.",
            "facts": {},
        },
        as_of=fakes.NOW_TEXT,
    )
    server.answer("api/jobs/7", body)
    panel = dom.shown["gw-drawer"]
    assert "It will not run again: all 25 attempts are used." in panel
    assert "1.50" in panel
    assert "boom &lt;b&gt;" in panel
    click(app, "copy-payload")
    assert dom.copied == ['{"n":1.50}']


def test_a_job_that_is_gone_says_so() -> None:
    _app, dom, server = started("?job=12", jobs=THREE)
    server.answer("api/jobs/12", {"error": "job 12 not found", "code": "not_found"}, 404)
    assert "Job 12 is not in the queue" in dom.shown["gw-drawer"]


def test_a_cell_is_copied_as_it_is_and_not_as_it_is_drawn() -> None:
    app, dom, _server = started(jobs=fakes.page_of(fakes.job(4, key="a\u202eb<")))
    click(app, "copy", id="4", name="key")
    assert dom.copied == ["a\u202eb<"]


def test_the_look_is_remembered() -> None:
    app, dom, _server = started(jobs=THREE)
    click(app, "look", name="theme", value="dark")
    assert dom.theme == ("dark", "cyan", "comfortable")
    assert dom.stored["gw-theme"] == "dark"
    app.on_event({"type": "change", "action": "auto", "data": {}, "value": "15"})
    assert dom.stored["gw-auto"] == "15"


def test_answers_that_came_with_the_page_are_not_asked_for_again() -> None:
    dom, server = fakes.Dom("?db=archive&state=failed"), fakes.Server()
    listed = "api/jobs?state=failed&sort=-failed_at&limit=100&payload=preview&db=archive"
    dom.seeded = json.dumps({listed: [200, THREE], "api/session?db=archive": [200, fakes.session()]})
    app = App(dom, server.request)
    app.start()
    assert server.paths() == ["api/overview?parts=stats&db=archive"]
    assert 'id="row-9007199254740993"' in dom.shown["gw-admin"]
    assert app.state["session"]["csrf_token"] == "session-token"


def test_a_refusal_that_came_with_the_page_is_shown() -> None:
    dom, server = fakes.Dom(), fakes.Server()
    error = {"code": "row_security", "error": "This role cannot see the jobs", "request_id": "ab12"}
    dom.seeded = json.dumps({"api/jobs?sort=-id&limit=100&payload=preview": [403, error]})
    App(dom, server.request).start()
    assert "This role cannot see the jobs" in dom.shown["gw-admin"]


def test_another_database_shows_nothing_of_the_first() -> None:
    app, dom, server = started(jobs=THREE)
    server.asked.clear()
    app.state["session"]["databases"] = [{"name": "main"}, {"name": "archive"}]
    app.state["selected"] = {"7": True}
    app.on_event({"type": "change", "action": "database", "data": {}, "value": "archive"})
    assert dom.search == "?db=archive"
    assert {path.partition("?")[0] for path in server.paths()} == {"api/session", "api/jobs", "api/overview"}
    assert all("db=archive" in path for path in server.paths())
    assert app.state["jobs"]["rows"] == [] and app.state["selected"] == {}


def test_an_answer_about_the_database_that_was_left_is_void() -> None:
    app, dom, server = started(jobs=THREE)
    click(app, "refresh")
    app.state["session"]["databases"] = [{"name": "main"}, {"name": "archive"}]
    app.on_event({"type": "change", "action": "database", "data": {}, "value": "archive"})
    server.answer("api/jobs?sort", THREE)  # the older one
    assert app.state["jobs"]["rows"] == []


def test_every_action_has_one_handler() -> None:
    assert sum([len(table) for table in dispatch.TABLES]) == len(dispatch.HANDLERS)


def test_keys_select_the_page_and_all_that_match() -> None:
    app, dom, _server = started(jobs=THREE)
    press(app, "*")
    assert len(app.state["selected"]) == 3 and "The page is selected" in dom.shown["gw-table"]
    press(app, "*")
    assert app.state["selected"] == {} and "is selected" not in dom.shown["gw-table"]
    press(app, "X")
    assert app.state["all_matching"] and len(app.state["selected"]) == 3
    assert "that match are selected" in dom.shown["gw-table"]
    press(app, "Escape")
    assert app.state["selected"] == {} and not app.state["all_matching"]


def test_keys_act_on_the_row_with_the_focus() -> None:
    app, dom, _server = started(jobs=THREE)
    dom.focused_row = "7"
    press(app, "x")
    assert list(app.state["selected"]) == ["7"]
    press(app, "j")
    assert app.state["focused_id"] == "3"


def test_x_on_a_table_selects_all_jobs_of_its_row() -> None:
    app, dom, server = started("?view=queues", jobs=None)
    server.answer("api/session", fakes.session())
    press(app, "j")
    assert dom.moves == [1]
    dom.address_of_row = "?queue=mailers"
    press(app, "x")
    server.answer("api/jobs?queue=mailers", THREE)
    assert dom.search == "?queue=mailers" and app.state["all_matching"] and len(app.state["selected"]) == 3
    assert "that match" in dom.shown["gw-acts"]
