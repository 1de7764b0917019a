"""Names of a filter that exist nowhere: requested when no job matches, for the empty state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import SUGGEST_FIELDS
from graphile_worker.admin.client.io import http
from graphile_worker.admin.client.model.filters.near_names import NAMES_MAX, sentence
from graphile_worker.admin.client.text.percent_encoding import quote

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Error, Suggestions


def check(app: App) -> None:
    """Requests similar names for each name of the filter, once, where the list has no rows."""
    if app.state["jobs"]["rows"]:
        app.state["near"] = {}
        return
    for field in SUGGEST_FIELDS:
        for name in app.state["route"][field][:NAMES_MAX]:
            if field + "=" + name not in app.state["near"]:
                _load(app, field, name)


def _load(app: App, field: str, name: str) -> None:
    known = app.state["near"]
    known[field + "=" + name] = None

    def done(status: int, answer: Suggestions | None, error: Error) -> None:
        if answer is not None and not answer.get("known"):
            near = answer.get("near") or []
            known[field + "=" + name] = near
            if known is app.state["near"]:
                app.say(sentence(field, name) + (" Did you mean %s?" % " or ".join(near) if near else ""))

    http.call(app, "GET", "api/suggest?field=%s&prefix=%s&limit=0&near=true" % (field, quote(name)), None, done)
