"""One HTTP request: its path, its headers, its answer, and the state of the login after it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import CSRF_HEADER, OUTCOME_UNKNOWN
from graphile_worker.admin.client.model import reducers, url_state
from graphile_worker.admin.client.model.state import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphile_worker.admin.client.model.types import App, Done, Error, T

_NO_ANSWER: Error = {"code": "network", "error": "The admin server does not answer."}
_LOGIN_STATUSES = (302, 401, 403, 407, 511)  # beside success: a proxy answers with a login page
_OUTCOME_UNKNOWN_HINT = "It may or may not be done: look before you send it again."
_NOT_DONE: Error = {"code": "unauthorized", "error": "Not done: the login had ended. Send it again."}
_LOGGED_OUT: Error = {
    "code": "unauthorized",
    "error": "You are not logged in any more.",
    "hint": "Log in again in another tab; this one keeps what it has and goes on by itself.",
}


def call(
    app: App,
    method: str,
    path: str,
    body: str | None,
    done: Done[T],
    dropped: Callable[[], None] | None = None,
    draw_ms: int = 0,
) -> None:
    """One request, answered by `done(status, answer, error)`; `error` is empty where there is an answer.

    An answer that came with the page is taken at once, without a request. The answer to a GET is dropped when another
    database was chosen or the login changed since: then `dropped` is called. The page is drawn within `draw_ms`.
    """
    path = url_state.of_database(path, app.state["route"]["db"])
    if path in app.seeds:
        status, seed = app.seeds.pop(path)
        _deliver(done, status, checked(status, seed))
        return
    token, version = app.state["auth"]["token"], app.state["context_version"]

    def arrived(status: int, text: str, build: str) -> None:
        app.state["now_ms"] = app.dom.now_ms()
        app.state["build"] = build or app.state["build"]
        if method == "GET" and app.state["context_version"] != version:
            if dropped is not None:
                dropped()
                app.draw()
            return
        if build and status == 401 and app.state["auth"]["mode"] in ("bearer", "header"):
            if method != "GET":
                done(status, None, _NOT_DONE.copy())
            if app.state["auth"]["token"] == token:  # else another token was entered since
                logged_out(app)
        else:
            _deliver(done, status, parsed(status, text, build))
        if draw_ms:
            app.draw_within(draw_ms)
        else:
            app.draw()

    app.request(method, path, body, headers(app, method == "POST"), arrived)


def _deliver(done: Done[T], status: int, found: tuple[dict[str, object] | None, Error]) -> None:
    answer, error = found
    done(status, answer, error)  # type: ignore[arg-type]  # the caller names the type of the answer of its path


def parsed(status: int, text: str, build: str) -> tuple[dict[str, object] | None, Error]:
    """(answer, {}) or (None, error) of a response; a response without a `build` is not the admin's."""
    if status == 0:
        return None, _NO_ANSWER.copy()
    if not build:
        return None, foreign(status)
    try:
        body = json.loads(text)
    except (ValueError, RuntimeError):
        body = None
    return checked(status, body)


def checked(status: int, body: object) -> tuple[dict[str, object] | None, Error]:
    """As `parsed`, of JSON that is decoded already."""
    if 200 <= status < 300 and isinstance(body, dict):
        return body, {}
    if status == 401:
        return None, _LOGGED_OUT.copy()
    if isinstance(body, dict) and body.get("error"):
        return None, body  # type: ignore[return-value]  # an error of the API
    return None, {"code": "http_%d" % status, "error": "The server answered %d without an explanation." % status}


def foreign(status: int) -> Error:
    """The error of a response that is not the admin's; `login`: it may be the login page of a proxy."""
    login = status < 300 or status in _LOGIN_STATUSES
    what = "a login page?" if login else "%d of a proxy?" % status
    return {"code": "foreign", "error": "Something other than the admin answered (%s)." % what, "login": login}


def unreached(error: Error) -> bool:
    """Would any request fail so? The admin, its database or the login is not available."""
    code = str(error.get("code"))
    return code in ("network", "foreign", "database_unavailable", "unauthorized") or code.startswith("http_5")


def of_write(status: int, error: Error) -> Error:
    """The error of a write; without an answer of the admin, its outcome is unknown."""
    if status == 0 or error.get("code") == "foreign" or str(error.get("code")).startswith("http_5"):
        error = error.copy()
        error.update({"code": OUTCOME_UNKNOWN, "hint": _OUTCOME_UNKNOWN_HINT})
    return error


def headers(app: App, write: bool) -> dict[str, str]:
    """Accept, the token of the login, and for writes the CSRF token."""
    out = {"accept": "application/json"}
    auth = app.state["auth"]
    if auth["token"]:
        if auth["mode"] == "bearer":
            out["authorization"] = "Bearer " + auth["token"]
        elif auth["mode"] == "header":
            out[auth["header"]] = auth["token"]
    if write:
        session = app.state["session"]
        out["content-type"] = "application/json"
        name = (session and session.get("csrf_header")) or app.dom.root("csrf-header") or CSRF_HEADER
        out[name] = (session and session.get("csrf_token")) or app.dom.root("csrf")
    return out


def logged_out(app: App) -> None:
    """A 401 to a token: forgets it and shows the login panel; an open dialog stays and is shown after the login."""
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
