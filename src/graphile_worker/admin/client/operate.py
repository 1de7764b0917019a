"""Maintenance: asks, does one operation, keeps what it answered on its card."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client import bodies, loads
from graphile_worker.admin.client.asking import ask, close, post, refuse
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
    _run(app, box["name"], box["ids"], False)


def sweep_preview(app: Any, event: Any) -> None:
    """A dry run of the sweep."""
    _run(app, "sweep-stale-workers", [], True)


def _run(app: Any, name: str, ids: list[str], dry_run: bool) -> None:
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


TABLE = {"maintain": maintain, "sweep-preview": sweep_preview, "unlock-ids": unlock_ids}
