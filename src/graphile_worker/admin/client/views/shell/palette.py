"""The command palette: a text field and the lines that match."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.palette import items
from graphile_worker.admin.client.text.format import counted
from graphile_worker.admin.client.text.html import attrs, esc, icon

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Dialog, PaletteItem, State


def palette(state: State, dialog: Dialog) -> str:
    """The text field and the list below it."""
    found = items(state, dialog)
    rows = "".join([_row(found[position], position, position == dialog["position"]) for position in range(len(found))])
    field = (
        '<label class="field find">%s<input id="gw-palette" role="combobox" aria-expanded="true" aria-controls="gw-found" '
        'aria-label="Type a command, job id, task or queue" placeholder="Type a command, job id, task or queue" autofocus '
        'data-action="palette-type" data-live data-keep data-keys="ArrowDown ArrowUp" autocomplete="off" spellcheck="false"%s>'
        "</label>"
    ) % (icon("search"), attrs(aria_activedescendant="gw-found-%d" % dialog["position"] if found else None))
    first = ", first: %s %s" % (found[0]["words"], found[0]["hint"]) if found else ""
    count = '<p id="gw-found-count" class="visually-hidden" role="status">%s%s</p>'
    field += count % (counted(len(found), "line"), esc(first))
    return field + '<ul id="gw-found" role="listbox" aria-label="Found" class="results">%s</ul>' % rows


def _row(item: PaletteItem, position: int, here: bool) -> str:
    return (
        '<li id="gw-found-%d" role="option" aria-selected="%s" data-action="palette-choose" data-position="%d">'
        '%s<span>%s</span><span class="soft">%s</span></li>'
    ) % (position, "true" if here else "false", position, icon(item["picture"]), esc(item["words"]), esc(item["hint"]))
