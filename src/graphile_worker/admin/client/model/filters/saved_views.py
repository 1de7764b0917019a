"""Saved views: named filters of the jobs, which the browser keeps for each database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import DATABASE_PARAMETER
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.text.percent_encoding import quote

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Route, SavedView, State

VIEWS_MAX = 50
NAME_MAX = 60  # characters
QUERY_MAX = 8000  # characters of an address


def key(state: State) -> str:
    """The name under which the browser keeps the views of this database; empty before it is known."""
    session = state["session"]
    if session is None:
        return ""
    several = session.get("databases") or []
    name = (state["route"]["db"] or several[0]["name"]) if several else session["database"]
    return "gw-views:%s:%s" % (quote(state["schema"]), quote(name)) if name else ""


def parse(text: str) -> list[SavedView]:
    """The views of a stored text; what is none is left out."""
    try:
        stored = json.loads(text) if text else []
    except (ValueError, RuntimeError):
        return []
    out: list[SavedView] = []
    for one in stored if isinstance(stored, list) else []:
        if isinstance(one, dict) and _is_view(one.get("name"), one.get("query")):
            put(out, one["name"], one["query"])
    return out[:VIEWS_MAX]


def _is_view(name: object, query: object) -> bool:
    if not isinstance(name, str) or not isinstance(query, str):
        return False
    return 0 < len(name) <= NAME_MAX and query[:1] == "?" and len(query) <= QUERY_MAX


def stored(views: list[SavedView]) -> str:
    """The text that `parse` reads."""
    return json.dumps(views)


def find(views: list[SavedView], name: str) -> SavedView | None:
    """The view of this name."""
    for view in views:
        if view["name"] == name:
            return view
    return None


def put(views: list[SavedView], name: str, query: str) -> None:
    """Adds a view, or replaces the query of the one with this name."""
    view = find(views, name)
    if view is None:
        views.append({"name": name, "query": query})
    else:
        view["query"] = query


def refused(views: list[SavedView], name: str, query: str) -> str:
    """Why this view cannot be saved; empty where it can."""
    if not name:
        return "Enter a name for the view"
    if len(name) > NAME_MAX:
        return "The name of a view has at most %d characters" % NAME_MAX
    if len(query) > QUERY_MAX:
        return "These filters are too long for a view"
    if find(views, name) is None and len(views) >= VIEWS_MAX:
        return "This browser keeps %d views of a database: delete one first" % VIEWS_MAX
    return ""


def query_of(route: Route) -> str:
    """The filters, the order and the columns of a list, without its database, page and open job."""
    return url_state.to_url(route, db="", view="jobs", cursor="", offset=0, job="")


def url(view: SavedView, db: str) -> str:
    """The address of a view. What in it is not valid any more is dropped and named, as in every address."""
    query = view["query"]
    if not db:
        return query
    return url_state.joined([(DATABASE_PARAMETER, db)]) + ("&" + query[1:] if query != "?" else "")
