"""Saved views: saving the present filters under a name, renaming, deleting, copying a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.handlers.selection import copy_text
from graphile_worker.admin.client.io import saved_views as storage
from graphile_worker.admin.client.model.filters import saved_views

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Event, Handler, SavedView

_NOT_STORED = "Not saved: the storage of this browser is full, or not allowed for this page"


def open_menu(app: App, event: Event) -> None:
    """The palette's "Save view…": opens the menu with its field."""
    app.draw()
    app.dom.open_dialog("gw-views")
    app.dom.focus("#gw-views .view-name")


def open_view(app: App, event: Event) -> None:
    """Goes to the address of a view."""
    app.dom.close_dialog("gw-views")
    app.dom.close_dialog("gw-filters")
    app.go(data(event, "href"))


def save(app: App, event: Event) -> None:
    """Saves the filters, the order and the columns of the list; a name that exists gets them instead of its own."""
    name, query = _name(event), saved_views.query_of(app.state["route"])
    views = storage.read(app)
    app.state["views"]["renamed"] = ""
    app.state["views"]["refused"] = saved_views.refused(views, name, query)
    if app.state["views"]["refused"]:
        return
    words = "Saved the view %s" if saved_views.find(views, name) is None else "Changed the view %s"
    saved_views.put(views, name, query)
    if _store(app, views, words % name):
        app.state["emptied"]["views"] = app.state["emptied"].get("views", 0) + 1
        app.draw()
        app.dom.focus("#gw-views .view-name")


def edit_name(app: App, event: Event) -> None:
    """Shows a field in place of the name."""
    app.state["views"]["renamed"], app.state["views"]["refused"] = data(event, "name"), ""
    app.draw()
    app.dom.focus("#gw-views .rename input")


def leave_rename(app: App, event: Event) -> None:
    """Shows the name again in place of the field, and focuses the button that opened the field."""
    names = [view["name"] for view in app.state["views"]["saved"]]
    name = app.state["views"]["renamed"]
    app.state["views"]["renamed"], app.state["views"]["refused"] = "", ""
    app.draw()
    app.dom.focus("#gw-view-edit-%d" % names.index(name) if name in names else "#gw-views .view-name")


def rename(app: App, event: Event) -> None:
    """Gives a view another name; not one that another view has."""
    old, name = data(event, "name"), _name(event)
    views = storage.read(app)
    view = saved_views.find(views, old)
    if view is None or name == old:
        leave_rename(app, event)
        return
    reason = saved_views.refused([], name, view["query"])
    if saved_views.find(views, name) is not None:
        reason = "Another view is called %s" % name
    app.state["views"]["refused"] = reason
    if reason:
        return
    view["name"] = name
    if _store(app, views, "Renamed the view to %s" % name):
        app.state["views"]["renamed"] = name
    leave_rename(app, event)


def delete(app: App, event: Event) -> None:
    """Deletes a view."""
    name = data(event, "name")
    views = [view for view in storage.read(app) if view["name"] != name]
    _store(app, views, "Deleted the view %s" % name)
    app.draw()
    app.dom.focus("#gw-views .view-name")


def copy_link(app: App, event: Event) -> None:
    """Copies the address of a view, for other people."""
    view = saved_views.find(app.state["views"]["saved"], data(event, "name"))
    if view is not None:
        copy_text(app, app.state["base"] + saved_views.url(view, app.state["route"]["db"]), "Copied the link")


def _name(event: Event) -> str:
    return ((event.get("form") or {}).get("name") or "").strip()


def _store(app: App, views: list[SavedView], words: str) -> bool:
    kept = storage.write(app, views)
    app.toast(words if kept else _NOT_STORED, "good" if kept else "bad")
    return kept


TABLE: dict[str, Handler] = {
    "views": open_menu,
    "view-open": open_view,
    "view-save": save,
    "view-edit": edit_name,
    "view-leave": leave_rename,
    "view-rename": rename,
    "view-delete": delete,
    "view-copy": copy_link,
}
