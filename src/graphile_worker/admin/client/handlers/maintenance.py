"""Maintenance: asks, does one operation, keeps what it answered on its card."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.io import bodies, loaders
from graphile_worker.admin.client.model.dialogs import ask, done_with, post, refuse, told
from graphile_worker.admin.client.text.format import integer
from graphile_worker.admin.client.views.maintenance import screen


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
    loaders.upkeep(app)


def _run(app: Any, box: dict[str, Any], body: str) -> None:
    name, epoch = box["name"], app.state["context_version"]

    def done(answer: Any, error: Any) -> None:
        if answer is None and app.state["dialog"] is box:
            refuse(app, error, box)
            return
        text = _told(answer, box["ids"]) if answer is not None else told(error)
        kind = _KINDS.get(answer.get("outcome", "done"), "bad") if answer is not None else "bad"
        app.toast("%s: %s" % (screen.CARDS[name][0], text), kind, error)
        if app.state["context_version"] != epoch:
            return
        app.state["maintenance_results"][name] = {"kind": kind, "text": text}
        done_with(app, box)
        if name == "migrate":
            loaders.session(app)
        loaders.refresh(app)

    post(app, "api/maintenance", body, done)


def _told(answer: dict[str, Any], workers: list[str]) -> str:
    """The message, which begins with what was not done and why; with the numbers of what was."""
    text = str(answer["message"])
    deleted = answer.get("deleted") or {}
    if answer.get("outcome", "done") == "done":
        text += "".join([": %s deleted" % integer(deleted[task]) for task in sorted(deleted)])
    held = [one["worker_id"] for one in answer.get("holders") or []]
    idle = [one for one in workers if one not in held]
    if idle:
        text += ". No lock is held by %s" % ", ".join(idle[: screen.NAMED_MAX])
        if len(idle) > screen.NAMED_MAX:
            text += " and %s more" % integer(len(idle) - screen.NAMED_MAX)
    if answer.get("closed_to"):
        text += "; %s need their recipe of graphile-worker roles again" % ", ".join(answer["closed_to"])
    return text


_KINDS = {"done": "good", "partly": "warn", "not_done": "bad"}
TABLE = {"maintain": maintain, "old-age": old_age, "unlock-ids": unlock_ids}
