"""Everything that changes something: the dialogs that ask, the requests, what became of them."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client import bodies, loads, state, verbs
from graphile_worker.admin.client.views import maintenance

FIELDS = {
    "verb": ("reason", "run_at", "priority", "attempts", "max_attempts"),
    "add": ("identifier", "payload", "queue", "run_at", "max_attempts", "key", "job_key_mode", "priority", "flags"),
    "remove": ("key",),
    "maintain": (),
    "keys": (),
}


def post(app: Any, path: str, body: str, done: Any, again: bool = True) -> None:
    """A write; a stale CSRF token (the server was restarted) is renewed once and the write repeated."""

    def arrived(status: int, answer: Any, error: Any) -> None:
        if again and status == 403 and "csrf" in (str(error.get("code")) + str(error.get("error"))).lower():
            loads.session(app, lambda ok: post(app, path, body, done, False))
        else:
            done(answer, error)

    loads.call(app, "POST", path, body, arrived)


# ── dialogs ──────────────────────────────────────────────────────────────


def ask(app: Any, kind: str, **more: Any) -> None:
    """Opens a dialog."""
    box: dict[str, Any] = {"kind": kind, "values": {}, "error": None, "busy": False, "fields": FIELDS[kind]}
    box.update(more)
    app.state["dialog"] = box
    app.draw()
    app.dom.open_dialog("gw-box")


def close(app: Any, event: Any = None) -> None:
    """Closes it; the browser gives the focus back."""
    app.dom.close_dialog("gw-box")
    app.state["dialog"] = None


def verb(app: Any, event: dict[str, Any]) -> None:
    """A verb on one job (data-id) or on the selection: asked first, or done."""
    name = str(event["data"].get("verb"))
    one = event["data"].get("id")
    jobs = [state.row_of(app.state, one)] if one else state.selected_rows(app.state)
    found = [dict(job) for job in jobs if job is not None]
    touched, left = verbs.split(name, found, state.database_now(app.state))
    if verbs.asks_first(name, len(touched), len(left)):
        ask(app, "verb", verb=name, jobs=found)
    elif touched:
        act(app, name, touched, {}, "")


def add_job(app: Any, event: Any) -> None:
    """The dialog for a new job; what a refused try held is gone with Cancel."""
    ask(app, "add", values={"payload": "{}"})


def remove_key(app: Any, event: Any) -> None:
    """The dialog for a key."""
    ask(app, "remove")


def keyboard(app: Any, event: Any) -> None:
    """The map of keys."""
    ask(app, "keys")


def maintain(app: Any, event: dict[str, Any]) -> None:
    """The dialog of one maintenance operation."""
    name = str(event["data"].get("name"))
    one = event["data"].get("id")
    ids = [str(one)] if one else [part.strip() for part in app.state.get("unlock_ids", "").split(",") if part.strip()]
    if name == "force-unlock" and not ids:
        app.toast("Write at least one worker id first", "bad")
    else:
        ask(app, "maintain", name=name, ids=ids if name == "force-unlock" else [])


def unlock_ids(app: Any, event: dict[str, Any]) -> None:
    """Worker ids as they are typed."""
    app.state["unlock_ids"] = str(event.get("value") or "")


def confirm(app: Any, event: dict[str, Any]) -> None:
    """The dialog's own button."""
    box = app.state["dialog"]
    if box is None or box.get("busy"):
        return
    box["values"] = event.get("form") or {}
    box["error"] = None
    _CONFIRM[box["kind"]](app, box)


def refuse(app: Any, error: dict[str, Any]) -> None:
    """The server said no: at the field, with everything that was typed."""
    box = app.state["dialog"]
    if box is None:
        app.toast(str(error.get("error")), "bad")
        return
    box.update({"error": error, "busy": False})
    app.say(str(error.get("error")))
    if error.get("field") in box["fields"]:
        app.draw()
        app.dom.focus("#gw-in-" + str(error["field"]))


def _when(app: Any, box: dict[str, Any]) -> str:
    typed = str(box["values"].get("run_at") or "")
    return str(app.dom.from_local_input(typed) or typed) if typed else ""


# ── verbs ────────────────────────────────────────────────────────────────


def _confirm_verb(app: Any, box: dict[str, Any]) -> None:
    box["busy"] = True
    act(app, box["verb"], box["jobs"], box["values"], _when(app, box))


def act(app: Any, name: str, jobs: list[dict[str, Any]], values: dict[str, Any], run_at: str) -> None:
    """POST api/jobs/action; the answer says per id what happened and stays on the page."""

    def done(answer: Any, error: Any) -> None:
        if answer is None:
            refuse(app, error)
            return
        close(app)
        results = answer.get("results") or []
        for one in results:
            one["id"] = str(one["id"])
        app.state["result"] = {"verb": name, "results": results}
        app.state["selected"] = {one["id"]: True for one in results if one["outcome"] != "done" and one["id"] in app.state["selected"]}
        app.say(verbs.summary(name, results))
        loads.refresh(app)

    post(app, "api/jobs/action", bodies.action(name, [job["id"] for job in jobs], values, run_at), done)


def _confirm_add(app: Any, box: dict[str, Any]) -> None:
    box["busy"] = True

    def done(answer: Any, error: Any) -> None:
        if answer is None:
            if error.get("field") == "body":
                error = dict(error, field="payload", error=str(error["error"]).replace("body", "payload", 1))
            refuse(app, error)
            return
        close(app)
        app.toast(str(answer["message"]))
        loads.refresh(app)

    post(app, "api/jobs", bodies.add(box["values"], _when(app, box)), done)


def _confirm_remove(app: Any, box: dict[str, Any]) -> None:
    box["busy"] = True

    def done(answer: Any, error: Any) -> None:
        if answer is None:
            refuse(app, error)
        elif answer.get("outcome") == "not_found":
            refuse(app, {"field": "key", "error": answer["message"]})
        else:
            close(app)
            app.toast(*_removed(answer))
            loads.refresh(app)

    post(app, "api/jobs/remove-by-key", bodies.remove(str(box["values"].get("key") or "")), done)


def _removed(answer: dict[str, Any]) -> tuple[str, str]:
    if answer.get("outcome") == "key_released":
        return answer["message"] + ": it is running, so it only lost its key and will not be tried again", "note"
    return answer["message"], "good"


# ── maintenance ──────────────────────────────────────────────────────────


def _confirm_maintain(app: Any, box: dict[str, Any]) -> None:
    box["busy"] = True
    _operate(app, box["name"], box["ids"], False)


def sweep_preview(app: Any, event: Any) -> None:
    """A dry run of the sweep."""
    _operate(app, "sweep-stale-workers", [], True)


def _operate(app: Any, name: str, ids: list[str], dry_run: bool) -> None:
    def done(answer: Any, error: Any) -> None:
        if answer is None and app.state["dialog"] is not None:
            refuse(app, error)
            return
        text = str(answer["message"] if answer is not None else error.get("error"))
        app.state.setdefault("maintained", {})[name] = {"good": answer is not None, "text": text}
        if app.state["dialog"] is not None:
            close(app)
        app.toast("%s: %s" % (maintenance.CARDS[name][0], text), "good" if answer is not None else "bad")
        if name == "migrate":
            loads.session(app)
        loads.refresh(app)

    post(app, "api/maintenance", bodies.maintain(name, ids, dry_run), done)


_CONFIRM = {
    "verb": _confirm_verb,
    "add": _confirm_add,
    "remove": _confirm_remove,
    "maintain": _confirm_maintain,
    "keys": lambda app, box: close(app),
}

TABLE = {
    "verb": verb,
    "add-job": add_job,
    "remove-key": remove_key,
    "keys": keyboard,
    "maintain": maintain,
    "sweep-preview": sweep_preview,
    "unlock-ids": unlock_ids,
    "confirm": confirm,
    "close-dialog": close,
}
