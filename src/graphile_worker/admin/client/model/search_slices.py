"""A search that answers in slices: asked on until the page is full, everything was looked at, or a person stops it."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.io import queries
from graphile_worker.admin.client.model import reducers
from graphile_worker.admin.client.text.format import counted


def go_on(app: Any, read: Any) -> None:
    """Asks for the next slice with loads.read, if the last one left something to look at and nobody stopped."""
    part, route = app.state["jobs"], app.state["route"]
    if part["slice"] is None or not part["slice"]["going"]:
        return
    left = max(1, route["limit"] - len(part["rows"]))
    query = queries.list_query(dict(route, cursor=part["next"], limit=left))

    def took(answer: dict[str, Any]) -> None:
        reducers.apply_slice(app.state, answer)
        if not part["slice"]["going"]:
            app.say(counted(len(part["rows"]), "job") + " found")
        go_on(app, read)

    read(app, "jobs", "api/jobs" + query, took)


def long(known: dict[str, Any]) -> bool:
    """Did the search on the page take several slices? Only a person begins it anew."""
    look = known["jobs"]["slice"]
    return bool(known["route"]["view"] == "jobs" and look is not None and look["steps"] > 1)
