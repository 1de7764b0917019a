"""The progress of a search in slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.text.format import integer
from graphile_worker.admin.client.text.html import button, icon

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Slice, State


def line(state: State) -> str:
    """Which ids were searched and how many jobs were found, with Stop or Continue. Empty for a search that one request completed."""
    part = state["jobs"]
    progress = part["slice"]
    if progress is None or not (progress["partial"] or progress["slices"] > 1):
        return ""
    running = progress["going"] and part["error"] is None
    buttons = ""
    if progress["partial"]:
        buttons = (
            button("Stop", "search-stop", "small") if running else button("Continue", "search-on", "small", "play")
        )
    return '<div class="search-progress" role="group" aria-label="Search">%s<span>%s</span>%s</div>' % (
        icon("loader", "running") if running else icon("search", "soft"),
        text(progress, len(part["rows"])),
        buttons,
    )


def text(progress: Slice, found: int) -> str:
    """Like "Searched ids 1,000,000 – 740,000 · 3 found"."""
    if progress["first"] is None:
        return "Searched"
    first, to = integer(progress["first"]), integer(progress["to"])
    return "Searched ids %s – %s · <b>%s found</b>" % (first, to, integer(found))
