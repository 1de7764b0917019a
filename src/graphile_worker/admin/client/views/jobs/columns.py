"""The columns of the table of jobs: their settings, which the browser stores, and those with values of the payload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import HIDDEN, PAYLOAD_NOTES, PAYLOAD_PATHS_MAX
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.preferences import COLUMNS
from graphile_worker.admin.client.text.html import esc, icon, link

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import PayloadValue, State


def checkboxes(state: State) -> str:
    """A checkbox per optional column. Id, task and state are always shown."""
    shown = state["preferences"]["columns"]
    boxes = "".join(
        [
            '<label><input type="checkbox" data-action="column" data-name="%s"%s>%s</label>'
            % (name, " checked" if name in shown else "", label)
            for name, label in COLUMNS
        ]
    )
    return (
        '<div class="group desktop-only" role="group" aria-labelledby="gw-columns">'
        '<span class="soft" id="gw-columns">Columns of the jobs</span><div class="columns">%s</div></div>'
    ) % boxes + _paths(state)


def _paths(state: State) -> str:
    """The columns with values of the payload. They are part of the address, so that a link has them."""
    route = state["route"]
    shown = ""
    for path in route["payload_path"]:
        url = url_state.to_url(route, payload_path=[one for one in route["payload_path"] if one != path])
        cross = link(icon("x"), url, "", aria_label="Remove column %s" % path)
        shown += '<span class="active-filter"><span>%s</span>%s</span>' % (esc(path), cross)
    box = (
        '<label class="field"><input id="gw-path-%d" data-action="payload-path" placeholder="customer.id" '
        'aria-label="Add a value of the payload as a column" autocomplete="off" spellcheck="false" data-keep></label>'
    ) % state["emptied"].get("payload_path", 0)
    return (
        '<div class="group desktop-only" role="group" aria-labelledby="gw-paths">'
        '<span class="soft" id="gw-paths">Values of the payload</span>%s%s</div>'
    ) % (shown, box if len(route["payload_path"]) < PAYLOAD_PATHS_MAX else "")


def value_cell(value: PayloadValue | None) -> str:
    """A value of the payload; where it was not read, the reason."""
    note = "" if value is None else value.get("note") or ""
    text = None if value is None else value["text"]
    if text is None:
        return '<td class="c-value"><i class="faint">%s</i></td>' % PAYLOAD_NOTES.get(note, "–")
    if note == "hidden":
        return '<td class="c-value"><i class="faint">%s</i></td>' % HIDDEN
    shown = esc(text) + ("…" if note == "cut" else "")
    return '<td class="c-value mono" title="%s">%s</td>' % (shown, shown)
