"""Reads and writes the saved views in the storage of the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.filters import saved_views

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, SavedView


def read(app: App) -> list[SavedView]:
    """The views of the database, as another tab may have changed them."""
    part = app.state["views"]
    part["key"] = saved_views.key(app.state)
    part["saved"] = saved_views.parse(app.dom.store_get(part["key"]) or "") if part["key"] else []
    return part["saved"]


def write(app: App, views: list[SavedView]) -> bool:
    """Stores the views; False where the browser did not, and the page keeps those that are stored."""
    part, text = app.state["views"], saved_views.stored(views)
    if part["key"]:
        app.dom.store_set(part["key"], text)
    kept = part["key"] != "" and app.dom.store_get(part["key"]) == text
    read(app)
    return kept
