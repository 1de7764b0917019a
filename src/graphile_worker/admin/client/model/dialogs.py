"""The dialog that is open, and the request it ends in: shared by the verbs and by maintenance."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import OUTCOME_UNKNOWN
from graphile_worker.admin.client.io import http, loaders
from graphile_worker.admin.client.model import reducers
from graphile_worker.admin.client.model.state import shown_part
from graphile_worker.admin.client.text.format import sentences, server_words

FIELDS = {
    "verb": ("reason", "run_at", "priority", "attempts", "max_attempts"),
    "bulk": ("reason", "run_at", "priority", "attempts", "max_attempts"),
    "add": ("identifier", "payload", "queue", "run_at", "max_attempts", "key", "job_key_mode", "priority", "flags"),
    "remove": ("key",),
    "maintain": (),
    "keys": (),
    "palette": (),
}


def post(app: Any, path: str, body: str, done: Any, again: bool = True, dry_run: bool = False) -> None:
    """A write; a stale CSRF token (the server was restarted) is renewed once and the write repeated."""
    db, epoch = app.state["route"]["db"], app.state["context_version"]

    def renewed(ok: bool) -> None:
        if app.state["context_version"] == epoch:
            post(app, path, body, done, False, dry_run)
        else:
            what = "the login changed" if app.state["route"]["db"] == db else "another database was chosen"
            done(None, {"error": "Not done: %s meanwhile." % what})

    def arrived(status: int, answer: Any, error: Any) -> None:
        if again and status == 403 and "csrf" in (str(error.get("code")) + str(error.get("error"))).lower():
            loaders.session(app, renewed)
            return
        if answer is None and app.state["context_version"] == epoch and http.unreached(error):
            reducers.apply_shared_error(shown_part(app.state), error)
        if answer is None and not dry_run:
            done(None, http.of_write(status, error))
        else:
            done(answer, error)

    http.call(app, "POST", path, body, arrived)


# ── dialogs ──────────────────────────────────────────────────────────────


def ask(app: Any, kind: str, **more: Any) -> None:
    """Opens a dialog."""
    box: dict[str, Any] = {"kind": kind, "values": {}, "error": None, "busy": False, "fields": FIELDS[kind]}
    box["zone"] = app.state["zone"]
    box.update(more)
    app.state["dialog"] = box
    app.draw()
    app.dom.open_dialog("gw-box")


def close(app: Any, event: Any = None) -> None:
    """Closes it; the browser gives the focus back."""
    app.dom.close_dialog("gw-box")
    app.state["dialog"] = None


def done_with(app: Any, box: Any) -> None:
    """Closes the dialog that asked for what is done now, if it is still the open one."""
    if box is not None and app.state["dialog"] is box:
        close(app)


def refuse(app: Any, error: dict[str, Any], box: Any) -> None:
    """The server said no: at the field of the dialog that asked, with everything that was typed; else a notice.

    Where it is not known whether the change is done, the lists behind are loaded anew.
    """
    if error.get("code") == OUTCOME_UNKNOWN:
        loaders.refresh(app)
    if box is None or app.state["dialog"] is not box:
        app.toast(told(error), "bad", error)
        return
    box.update({"error": error, "busy": False})
    app.say(told(error))
    if error.get("field") in box["fields"]:
        app.draw()
        app.dom.focus("#gw-in-" + str(error["field"]))


def told(error: dict[str, Any]) -> str:
    """An error in one line, with what the database server sent; with what to do about it where the error does not say it."""
    hint = error.get("hint") if error.get("code") in (OUTCOME_UNKNOWN, "cross_site") else ""
    return sentences(error.get("error"), server_words(error), hint)
