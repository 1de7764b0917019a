"""One request and its answer: where it goes, what it carries, what came back, and a login that was refused."""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.api.vocabulary import CSRF_HEADER, OUTCOME_UNKNOWN
from graphile_worker.admin.client.model import reducers, url_state

PARTS = ("jobs", "count", "overview", "queues", "tasks", "errors", "workers", "detail", "maintenance", "activity")
_NO_ANSWER = {"code": "network", "error": "The admin server does not answer."}
_LOGINS = (302, 401, 403, 407, 511)  # beside success: with these a login page stands in for an answer
_MAY_BE_DONE = "It may or may not be done: look before you send it again."
_NOT_DONE = {"code": "unauthorized", "error": "Not done: the login had ended. Send it again."}
_LOGGED_OUT = {
    "code": "unauthorized",
    "error": "You are not logged in any more.",
    "hint": "Log in again in another tab; this one keeps what it has and goes on by itself.",
}


def call(app: Any, method: str, path: str, body: str | None, done: Any, void: Any = None, rest: int = 0) -> None:
    """One request; `done(status, answer, error)` with answer as dict, or error as `{error, code, …}`.

    What came with the page is taken at once and nobody is asked. What a GET asked before another database was chosen or
    another login made is dropped: `void()` is told, where somebody waits. Its drawing may `rest` for so many milliseconds.
    """
    path = url_state.of_database(path, app.state["route"]["db"])
    if path in app.seeds:
        status, body = app.seeds.pop(path)
        done(status, *judged(status, body))
        return
    token, epoch = app.state["auth"]["token"], app.state["context_version"]

    def arrived(status: int, text: str, build: str) -> None:
        app.state["now_ms"] = app.dom.now_ms()
        app.state["build"] = build or app.state["build"]
        if method == "GET" and app.state["context_version"] != epoch:
            if void is not None:
                void()
                app.draw()
            return
        answer, error = understood(status, text, build)
        if build and status == 401 and app.state["auth"]["mode"] in ("bearer", "header"):
            if method != "GET":
                done(status, None, dict(_NOT_DONE))
            if app.state["auth"]["token"] == token:  # an answer to an older token says nothing about this one
                logged_out(app)
        else:
            done(status, answer, error)
        if rest:
            app.draw_within(rest)
        else:
            app.draw()

    app.request(method, path, body, headers(app, method == "POST"), arrived)


def understood(status: int, text: str, build: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """(answer, None) or (None, error) of what came over the wire; without a `build` somebody else answered."""
    if status == 0:
        return None, dict(_NO_ANSWER)
    if not build:
        return None, foreign(status)
    try:
        body = json.loads(text)
    except (ValueError, RuntimeError):
        body = None
    return judged(status, body)


def judged(status: int, body: Any) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """As `understood`, of JSON that is read already."""
    if 200 <= status < 300 and isinstance(body, dict):
        return body, None
    if status == 401:
        return None, dict(_LOGGED_OUT)
    if isinstance(body, dict) and body.get("error"):
        return None, body
    return None, {"code": "http_%d" % status, "error": "The server answered %d without an explanation." % status}


def foreign(status: int) -> dict[str, Any]:
    """The error of an answer that is not the admin's; `login` where logging in to what answered may help."""
    login = status < 300 or status in _LOGINS
    what = "a login page?" if login else "%d of a proxy?" % status
    return {"code": "foreign", "error": "Something other than the admin answered (%s)." % what, "login": login}


def unreached(error: dict[str, Any]) -> bool:
    """Whether nobody could have been answered: the admin, its database or the login is away."""
    code = str(error.get("code"))
    return code in ("network", "foreign", "database_unavailable", "unauthorized") or code.startswith("http_5")


def of_write(status: int, error: dict[str, Any]) -> dict[str, Any]:
    """The error of a write; without an answer of the admin itself, the outcome is unknown."""
    if status == 0 or error.get("code") == "foreign" or str(error.get("code")).startswith("http_5"):
        return dict(error, code=OUTCOME_UNKNOWN, hint=_MAY_BE_DONE)
    return error


def headers(app: Any, write: bool) -> dict[str, str]:
    """Accept, credentials of the token modes, the CSRF token on writes."""
    out = {"accept": "application/json"}
    auth = app.state["auth"]
    if auth["token"]:
        if auth["mode"] == "bearer":
            out["authorization"] = "Bearer " + auth["token"]
        elif auth["mode"] == "header":
            out[auth["header"]] = auth["token"]
    if write:
        session = app.state["session"] or {}
        out["content-type"] = "application/json"
        name = session.get("csrf_header") or app.dom.root("csrf-header") or CSRF_HEADER
        out[name] = session.get("csrf_token") or app.dom.root("csrf")
    return out


def logged_out(app: Any) -> None:
    """A 401 in a token mode: the token is forgotten and the panel asks for another; an open dialog waits for it."""
    auth = app.state["auth"]
    app.state["context_version"] += 1
    if app.state["session"] is not None and not auth["wanted"]:
        auth["ended"] = True
    else:
        auth["refused"] = auth["refused"] or auth["token"] != ""
    auth.update({"wanted": True, "entered": False, "token": "", "problem": None})
    app.dom.tab_set("gw-token", "")
    app.dom.close_dialog("gw-box")
    for name in PARTS:
        reducers.clear_error(app.state[name])
    reducers.interrupt_bulk(app.state)
