"""Dialogs of the page without a browser: the commands that they show, and the request that they send."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.handlers.dialogs import open_dialog
from tests.client import fakes

HOSTILE = (
    "it's", '"quoted"', "two\nlines", "a\tb", "$HOME `id` $(id) ${x}", "-x", "--yes", "=ls", "~", "*", "a;b|c&d>e", "back\\slash\\n",
    "!history", "%1 #no", "{a,b}", "北 é 😀", "\u202egnp.exe", "zero\u200bwidth", " blanks ", "\x1b[31mred", "'", "\\'", "$'x'",
)  # fmt: skip


def page(
    search: str = "?",
    schema: str = "graphile_worker",
    base: str = "http://admin.test/",
    auth: dict[str, str] | None = None,
) -> tuple[App, fakes.Server]:
    """A page at this address with its session."""
    roots = {"auth-mode": "none", "schema": schema, "read-only": "false", "csrf": "x", "build": fakes.BUILD} | (
        auth or {}
    )
    dom, server = fakes.Dom(search, roots), fakes.Server()
    app = App(dom, server.request)
    app.start()
    server.answer("api/session", fakes.session(schema=schema))
    app.state["base"] = base
    return app, server


def commands(app: App, dialog: dict[str, Any], form: dict[str, str]) -> dict[str, str]:
    """The commands of the dialog with these values, by name."""
    open_dialog(app, dialog)  # type: ignore[arg-type]  # the members of its kind
    app.on_event({"type": "input", "action": "command-typed", "form": form})
    shown = app.state["dialog"]
    assert shown is not None
    return {one["name"]: one["text"] for one in shown["commands"]}


def sent(app: App, server: fakes.Server, form: dict[str, str]) -> tuple[str, str]:
    """(path, body) of what the button of the open dialog sends."""
    server.asked = []
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": form})
    (posted,) = [one for one in server.asked if one[0] == "POST"]
    return posted[1], posted[2]


def action(name: str, *ids: int, **more: Any) -> dict[str, Any]:
    """The dialog of an action on these jobs."""
    jobs = [dict(fakes.job(one, **more), id=str(one)) for one in ids]
    return {"kind": "action", "action": name, "jobs": jobs}


def bulk(app: App, name: str) -> dict[str, Any]:
    """The dialog of an action on all jobs that the address of the page lists."""
    preview = {"count": 1, "more": False, "sample": []}
    return {"kind": "bulk", "action": name, "route": app.state["route"].copy(), "preview": preview, "excluded": {}}


def maintain(name: str, *workers: str) -> dict[str, Any]:
    """The dialog of a maintenance operation."""
    return {"kind": "maintain", "name": name, "ids": list(workers)}
