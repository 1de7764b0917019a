"""The menu of saved views, with the field that saves the present filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.filters import saved_views
from graphile_worker.admin.client.text.html import esc, icon, icon_button

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import SavedView, State


def opener(kind: str = "desktop-only") -> str:
    """The button that opens the menu."""
    name = ""
    if kind == "desktop-only":
        kind, name = "desktop-only foldable", ' id="gw-views-open" title="Views"'
    return '<button type="button" class="btn %s"%s popovertarget="gw-views">%s<span>Views</span></button>' % (
        kind,
        name,
        icon("bookmark"),
    )


def menu(state: State) -> str:
    """The views of this browser and database, and the field for another."""
    part = state["views"]
    rows = "".join([_row(state, view, position) for position, view in enumerate(part["saved"])])
    note = "Saved in this browser, for this database." if part["saved"] else "No views are saved in this browser yet."
    return '<div id="gw-views" class="menu views" popover><p class="soft">%s</p>%s%s</div>' % (
        note,
        '<ul class="view-list">%s</ul>' % rows if rows else "",
        _save_form(state),
    )


def _row(state: State, view: SavedView, position: int) -> str:
    name = view["name"]
    delete = icon_button("Delete %s" % name, "view-delete", "trash-2", data_name=name)
    if state["views"]["renamed"] == name:
        return (
            '<li><form class="rename" data-action="view-rename" data-name="%s"><input class="text" name="name" value="%s" '
            'id="gw-view-rename-%d" data-keys="Escape" data-keep maxlength="%d" required aria-label="New name of %s" '
            'autocomplete="off"><button class="btn">Rename</button>%s</form>%s</li>'
        ) % (esc(name), esc(name), position, saved_views.NAME_MAX, esc(name), _refused(state, True), delete)
    shown = '<a class="view" href="%s" data-action="view-open">%s</a>' % (
        esc(saved_views.url(view, state["route"]["db"])),
        esc(name),
    )
    return "<li>%s%s%s%s</li>" % (
        shown,
        icon_button("Copy link of %s" % name, "view-copy", "copy", data_name=name),
        icon_button("Rename %s" % name, "view-edit", "pencil", data_name=name, id="gw-view-edit-%d" % position),
        delete,
    )


def _save_form(state: State) -> str:
    here = saved_views.query_of(state["route"])
    same = [view["name"] for view in state["views"]["saved"] if view["query"] == here]
    words = "These filters are saved as %s." % same[0] if same else "Save the present filters, order and columns:"
    return (
        '<form data-action="view-save"><p class="soft">%s</p><input class="text view-name" id="gw-view-name-%d" name="name" '
        'placeholder="Name" aria-label="Name of the view" maxlength="%d" required autocomplete="off" data-keep>%s%s</form>'
    ) % (
        esc(words),
        state["emptied"].get("views", 0),
        saved_views.NAME_MAX,
        '<button class="btn main">Save view</button>',
        _refused(state, False),
    )


def _refused(state: State, renaming: bool) -> str:
    """Why the typed name cannot be taken, in the form that it was typed into."""
    part = state["views"]
    if not part["refused"] or renaming != (part["renamed"] != ""):
        return ""
    return '<p class="refused" role="alert">%s</p>' % esc(part["refused"])
