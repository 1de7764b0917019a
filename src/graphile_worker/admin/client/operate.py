"""Maintenance: asks, does one operation, keeps what it answered on its card."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client import bodies, loads
from graphile_worker.admin.client.asking import ask, done_with, post, refuse
from graphile_worker.admin.client.format import integer
from graphile_worker.admin.client.views import maintenance


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


def confirmed(app: Any, box: dict[str, Any]) -> None:
    """The operation was asked for and agreed to."""
    box["busy"] = True
    forced = bool(box["values"].get("force"))
    _run(app, box, bodies.maintain(box["name"], box["ids"], app.state["old_secs"], forced))


def old_age(app: Any, event: dict[str, Any]) -> None:
    """Another age of old locks: the preview is asked for anew."""
    app.state["old_secs"] = str(event.get("value") or app.state["old_secs"])
    loads.upkeep(app)


def _run(app: Any, box: dict[str, Any], body: str) -> None:
    name, epoch = box["name"], app.state["epoch"]

    def done(answer: Any, error: Any) -> None:
        if answer is None and app.state["dialog"] is box:
            refuse(app, error, box)
            return
        text = _told(answer) if answer is not None else str(error.get("error"))
        app.toast("%s: %s" % (maintenance.CARDS[name][0], text), "good" if answer is not None else "bad")
        if app.state["epoch"] != epoch:
            return
        app.state.setdefault("maintained", {})[name] = {"good": answer is not None, "text": text}
        done_with(app, box)
        if name == "migrate":
            loads.session(app)
        loads.refresh(app)

    post(app, "api/maintenance", body, done)


def _told(answer: dict[str, Any]) -> str:
    """The message with its numbers, and why something was left out."""
    text = str(answer["message"])
    deleted = answer.get("deleted") or {}
    text += "".join([": %s deleted" % integer(deleted[task]) for task in sorted(deleted)])
    skipped = answer.get("skipped") or {}
    text += "".join([": skipped, %s" % skipped[task] for task in sorted(skipped)])
    if answer.get("busy"):
        text += "; %s held by somebody else" % integer(answer["busy"])
    unfinished = answer.get("unfinished") or {}
    text += "".join(["; %s %s" % (integer(unfinished[words]), words) for words in sorted(unfinished)])
    if answer.get("closed_to"):
        text += "; %s need their recipe of graphile-worker roles again" % ", ".join(answer["closed_to"])
    return text


TABLE = {"maintain": maintain, "old-age": old_age, "unlock-ids": unlock_ids}
