"""The same as requests of curl. Secrets are shell variables; `jq` reads the CSRF token, which every write needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import CSRF_HEADER, TOKEN_HEADER
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.commands.quoting import shell

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import State

_CURL = "curl -sS --fail-with-body"
_NEXT = ',"cursor":'


def secret(state: State) -> str:
    """The name of the shell variable with the secret; empty where there is none."""
    return {
        "basic": "GRAPHILE_WORKER_PASSWORD",
        "bearer": "GRAPHILE_WORKER_TOKEN",
        "header": "GRAPHILE_WORKER_TOKEN",
        "host": "GRAPHILE_WORKER_COOKIE",
    }.get(state["auth"]["mode"], "")


def _credentials(state: State) -> str:
    mode, name = state["auth"]["mode"], secret(state)
    if not name:
        return ""
    if mode == "basic":
        session = state["session"]
        user = (session and session["auth"]["username"]) or "admin"
        before = "-u " + shell(user + ":")
    elif mode == "bearer":
        before = "-H " + shell("Authorization: Bearer ")
    else:
        before = "-H " + shell("Cookie: " if mode == "host" else (state["auth"]["header"] or TOKEN_HEADER) + ": ")
    return ' %s"$%s"' % (before, name)


def _address(state: State, path: str) -> str:
    return shell(state["base"] + url_state.of_database(path, state["route"]["db"]))


def read(state: State, path: str, file: str) -> str:
    """A GET whose answer becomes a file."""
    return "%s%s -o %s %s" % (_CURL, _credentials(state), shell(file), _address(state, path))


def writes(state: State, requests: list[tuple[str, str]]) -> str:
    """POST requests (path, body), one after the other."""
    sent = [_post(state, path, shell(body)) for path, body in requests]
    return " && ".join([_token(state)] + sent)


def batches(state: State, path: str, body: str) -> str:
    """A POST that is repeated with the `next` of its answer as `cursor`, until there is none."""
    data = shell(body[:-1] + _NEXT) + '"$next"' + shell("}")
    sent = _post(state, path, data)
    loop = 'next=null; while next=$(%s | jq -c .next) && [ "${next:-null}" != null ]; do :; done' % sent
    return "%s && %s" % (_token(state), loop)


def _token(state: State) -> str:
    return "csrf=$(%s%s %s | jq -r .csrf_token)" % (_CURL, _credentials(state), _address(state, "api/session"))


def _post(state: State, path: str, data: str) -> str:
    return '%s%s -H %s"$csrf" -H %s -d %s %s' % (
        _CURL,
        _credentials(state),
        shell(CSRF_HEADER + ": "),
        shell("content-type: application/json"),
        data,
        _address(state, path),
    )
