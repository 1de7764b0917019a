"""The login: the token, the CSRF token, and what waits while a login is needed."""

from __future__ import annotations

from tests.client import fakes
from tests.client.program import THREE, click, press, started


def test_a_csrf_token_of_before_a_restart_is_renewed_once() -> None:
    app, dom, server = started(jobs=THREE)
    click(app, "job-action", name="retry", id="7")
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
    click(app, "job-action", name="retry")
    server.answer("api/jobs/bulk", {"error": "unauthorized", "code": "unauthorized"}, 401)
    assert app.state["dialog"] is None and "Log in with a token" in dom.shown["gw-screen"]
