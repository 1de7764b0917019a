"""The program: what it asks the server, what it does with answers, what a person's hands do to it."""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.handlers import dispatch
from tests.client import fakes


def started(
    search: str = "", roots: dict[str, str] | None = None, jobs: dict[str, Any] | None = None
) -> tuple[App, fakes.Dom, fakes.Server]:
    """A page that has had its first answers."""
    dom, server = fakes.Dom(search, roots), fakes.Server()
    app = App(dom, server.request)
    app.start()
    if jobs is not None:
        server.answer("api/session", fakes.session())
        server.answer("api/jobs", jobs)
        server.answer("api/overview", fakes.overview())
    return app, dom, server


def click(app: App, action: str, **data: str) -> None:
    app.on_event({"type": "click", "action": action, "data": data})


def press(app: App, key: str) -> None:
    app.on_event({"type": "key", "key": key})


def tick_box(app: App, job_id: str, checked: bool = True, shift: bool = False) -> None:
    app.on_event({"type": "change", "action": "select", "data": {"id": job_id}, "checked": checked, "shift": shift})


THREE = fakes.page_of(
    fakes.job(9007199254740993), fakes.job(7, state="failed", attempts=25), fakes.job(3), next="older"
)


def test_the_first_questions() -> None:
    _app, dom, server = started("?state=failed&queue=mailers")
    assert server.paths() == [
        "api/session",
        "api/jobs?state=failed&queue=mailers&sort=-id&limit=100&payload=preview",
        "api/jobs/count?state=failed&queue=mailers",
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


SEEN = {
    "priority": 0,
    "attempts": 25,
    "max_attempts": 25,
    "run_at": "2026-11-24T09:00:12Z",
    "updated_at": "2026-11-24T08:00:00Z",
}


def test_retry_of_one_does_not_ask_and_reports_per_id() -> None:
    app, dom, server = started(jobs=THREE)
    click(app, "verb", verb="retry", id="7")
    sent = server.answer(
        "api/jobs/action",
        {"message": "Retried 1 job(s)", "results": [{"id": 7, "outcome": "done", "reason": None}], "jobs": []},
    )
    members, expected = sent[2].split(',"expected":')
    assert members == (
        '{"action":"retry","ids":[7],"reason":null,"run_at":null,"priority":null,"attempts":null,"max_attempts":null,'
        '"revisions":{"7":0}'
    )
    assert json.loads(expected[:-1]) == {"7": SEEN}
    assert sent[3]["x-graphile-worker-admin-csrf"] == "session-token"
    assert "1 job retried" in dom.shown["gw-toasts"]


def test_fail_asks_names_what_it_leaves_alone_and_sends_the_reason() -> None:
    running = fakes.job(9, state="locked", locked_at="2026-11-24T09:01:12Z", locked_by="worker-12")
    app, dom, server = started(jobs=fakes.page_of(running, fakes.job(8)))
    app.on_event({"type": "change", "action": "select-page", "checked": True, "data": {}})
    click(app, "verb", verb="fail")
    box = dom.shown["gw-dialog"]
    assert "Fail 2 jobs?" in box
    assert "is running on worker-12 for 3 min and will be left alone" in box
    assert "Fail 1 job<" in box
    assert dom.dialogs == ["gw-box"]
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {"reason": 'say "no"'}})
    sent = server.answer(
        "api/jobs/action",
        {
            "message": "Failed 1 job(s)",
            "results": [
                {"id": 9, "outcome": "running", "reason": "is running on worker-12 since 2026-11-24T09:01:12Z"},
                {"id": 8, "outcome": "done", "reason": None},
            ],
        },
    )
    assert '"reason":"say \\"no\\""' in sent[2]
    assert '"ids":[9,8]' in sent[2]
    assert "1 job failed, 1 left alone" in dom.shown["gw-toasts"]
    assert dom.shown["gw-dialog"] == ""
    assert app.state["selected"] == {"9": True}


def test_a_refused_add_keeps_what_was_typed_and_points_at_the_field() -> None:
    app, dom, server = started(jobs=THREE)
    click(app, "add-job")
    form = {"identifier": "x", "payload": '{"n": 9007199254740993}', "priority": "99999", "key": " k ", "flags": "a, b"}
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": form})
    sent = server.answer(
        "api/jobs",
        {"error": "priority must be between -32768 and 32767", "code": "invalid_input", "field": "priority"},
        400,
    )
    assert '"payload":{"n": 9007199254740993}' in sent[2]
    assert '"priority":99999' in sent[2]
    assert '"key":" k "' in sent[2]
    assert '"flags":["a", "b"]' in sent[2]
    assert "Priority must be between" in dom.shown["gw-dialog"]
    assert 'value="99999"' in dom.shown["gw-dialog"]
    assert dom.focused[-1] == "#gw-in-priority"


def test_remove_by_key_tells_its_three_outcomes() -> None:
    app, dom, server = started(jobs=THREE)
    for outcome, message, where in (
        ("removed", "Removed job with key `k`", "gw-toasts"),
        ("key_released", "Job with key `k`", "gw-toasts"),
        ("not_found", "No job with key `k`", "gw-dialog"),
    ):
        click(app, "remove-key")
        app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {"key": " k"}})
        sent = server.answer("api/jobs/remove-by-key", {"message": message, "outcome": outcome})
        assert sent[2] == '{"key":" k"}'
        assert message in dom.shown[where]
    assert "will not be tried again" in dom.shown["gw-toasts"]


def test_a_csrf_token_of_before_a_restart_is_renewed_once() -> None:
    app, dom, server = started(jobs=THREE)
    click(app, "verb", verb="retry", id="7")
    server.answer("api/jobs/action", {"error": "missing or invalid admin CSRF token", "code": "csrf"}, 403)
    server.answer("api/session", fakes.session(csrf_token="after-restart"))
    sent = server.answer("api/jobs/action", {"error": "missing or invalid admin CSRF token", "code": "csrf"}, 403)
    assert sent[3]["x-graphile-worker-admin-csrf"] == "after-restart"
    assert server.paths() == []
    assert "CSRF" in dom.shown["gw-toasts"]


def test_a_token_is_asked_for_kept_in_the_tab_and_dropped_when_refused() -> None:
    roots = {"auth-mode": "header", "auth-header": "x-token", "read-only": "false"}
    app, dom, server = started("", roots)
    assert server.paths() == ["api/session"]
    assert "Log in with a token" not in dom.shown["gw-admin"]  # a proxy may add it
    server.answer("api/session", fakes.UNAUTHORIZED, 401)
    assert "Log in with a token" in dom.shown["gw-screen"] and "refused" not in dom.shown["gw-screen"]
    login = {"type": "submit", "action": "login", "data": {}, "form": {"token": "wrong"}}
    app.on_event(login)
    sent = server.answer("api/session", fakes.UNAUTHORIZED, 401)
    assert sent[3]["x-token"] == "wrong" and server.paths() == []
    assert "refused this token" in dom.shown["gw-screen"]
    assert dom.tab["gw-token"] == ""
    app.on_event(dict(login, form={"token": "secret"}))
    assert dom.tab["gw-token"] == ""
    server.answer("api/session", fakes.session())
    assert dom.tab["gw-token"] == "secret" and "Log in" not in dom.shown["gw-screen"]
    assert server.answer("api/jobs", THREE)[3]["x-token"] == "secret"
    assert dom.stored == {}


def test_a_write_that_is_refused_with_401_waits_with_all_that_was_typed_for_another_login() -> None:
    app, dom, server = started("", {"auth-mode": "bearer", "auth-header": "", "read-only": "false"})
    login = {"type": "submit", "action": "login", "data": {}, "form": {"token": "secret"}}
    server.answer("api/session", fakes.UNAUTHORIZED, 401)
    app.on_event(login)
    server.answer("api/session", fakes.session())
    click(app, "add-job")
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {"identifier": "x", "queue": "mailers"}})
    server.answer("api/jobs", THREE)
    server.answer("api/jobs", {"error": "unauthorized", "code": "unauthorized"}, 401)
    assert "Log in with a token" in dom.shown["gw-screen"] and dom.dialogs == []
    press(app, "Escape")  # at the login: the dialog is not seen
    app.on_event(dict(login, form={"token": "wrong"}))
    assert dom.dialogs == []
    server.answer("api/session", {"error": "unauthorized", "code": "unauthorized"}, 401)
    app.on_event(login)
    server.answer("api/session", fakes.session())
    assert dom.dialogs == ["gw-box"] and not app.state["dialog"]["busy"]
    assert "Not done: the login had ended. Send it again." in dom.shown["gw-dialog"]
    assert 'value="mailers"' in dom.shown["gw-dialog"]


def test_a_preview_that_is_refused_with_401_is_asked_for_again_by_the_person() -> None:
    app, dom, server = started("", {"auth-mode": "bearer", "auth-header": "", "read-only": "false"})
    server.answer("api/session", fakes.UNAUTHORIZED, 401)
    app.on_event({"type": "submit", "action": "login", "data": {}, "form": {"token": "secret"}})
    server.answer("api/session", fakes.session())
    server.answer("api/jobs", THREE)
    app.on_event({"type": "change", "action": "select-page", "data": {}, "checked": True})
    click(app, "select-every")
    click(app, "verb", verb="retry")
    server.answer("api/jobs/bulk", {"error": "unauthorized", "code": "unauthorized"}, 401)
    assert app.state["dialog"] is None and "Log in with a token" in dom.shown["gw-screen"]


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
        why={"code": "used_up", "sentence": "It will not run again: all 25 attempts are used.", "detail": "Retry."},
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


def test_an_add_says_what_became_of_the_job_with_its_key() -> None:
    for outcome, words in (
        ("new", "Added job 9"),
        ("replaced", "was waiting with this key and was replaced"),
        ("deduplicated", "left as it is"),
        ("split", "job 3 with this key runs"),
    ):
        app, _dom, server = started(jobs=THREE)
        click(app, "add-job")
        app.on_event({"type": "submit", "action": "confirm", "form": {"identifier": "t", "key": "k"}, "data": {}})
        server.answer("api/jobs", {"message": "Added job 9", "jobs": [], "outcome": outcome, "previous_id": 3})
        [toast] = app.state["toasts"]
        assert words in toast["text"]
        assert toast["kind"] == ("good" if outcome == "new" else "note")


def test_answers_that_came_with_the_page_are_not_asked_for_again() -> None:
    dom, server = fakes.Dom("?db=archive&state=failed"), fakes.Server()
    listed = "api/jobs?state=failed&sort=-id&limit=100&payload=preview&db=archive"
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


def test_a_job_is_added_again_with_changes_and_its_payload_to_the_letter() -> None:
    app, dom, server = started("?job=7", jobs=THREE)
    text = '{"amount":49.90,"id":9007199254740993}'
    body = fakes.job(
        7, payload_text=text, payload_truncated=False, queue_name="billing", key="k", flags={"slow": True}, as_of=fakes.NOW_TEXT
    )  # fmt: skip
    server.answer("api/jobs/7", body)
    click(app, "clone", id="7")
    assert "Add job 7 again" in dom.shown["gw-dialog"]
    values = app.state["dialog"]["values"]
    assert values["payload"] == text and values["queue"] == "billing" and values["flags"] == "slow"
    assert "key" not in values
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": dict(values, priority="-3")})
    sent = server.answer("api/jobs", {"message": "Added job 8", "outcome": "new"})[2]
    assert '"payload":' + text in sent and '"priority":-3' in sent and '"key":null' in sent


def test_every_action_has_one_handler() -> None:
    assert sum([len(table) for table in dispatch.TABLES]) == len(dispatch.HANDLERS)
