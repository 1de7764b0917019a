"""The settings for the columns of the table of jobs; the browser stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.preferences import COLUMNS

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import State


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
    ) % boxes
