"""Watching the jobs of the last action: what has become of exactly these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.io import watching
from graphile_worker.admin.client.model.actions import watched

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Event, Handler


def start(app: App, event: Event) -> None:
    """Watches the jobs of the result, or of the action on all that match."""
    run, result = app.state["bulk"], app.state["result"]
    if data(event, "of") == "bulk" and run is not None:
        ids = run["done_ids"]
        known = {one: 0 for one in ids} if run["action"] == "retry" else {}
        app.state["watch"] = watched.watch(run["action"], ids, run["outcomes"].get("done", 0), run["db"], known)
    elif result is not None:
        ids = [one["id"] for one in result["results"] if one["outcome"] == "done"]
        known = result.get("attempts") or {}
        app.state["watch"] = watched.watch(result["action"], ids, len(ids), app.state["route"]["db"], known)
    watching.load(app)


def dismiss(app: App, event: Event) -> None:
    """Watches nothing any more."""
    app.state["watch"] = None


TABLE: dict[str, Handler] = {"watch": start, "watch-dismiss": dismiss}
