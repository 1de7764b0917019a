"""How far a search has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.text.format import integer
from graphile_worker.admin.client.text.html import button, icon

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Slice, State


def line(state: State) -> str:
    """Which ids were looked at, what was found, and the way on; nothing for a search that was through at once."""
    part = state["jobs"]
    look = part["slice"]
    if look is None or not (look["partial"] or look["steps"] > 1):
        return ""
    going = look["going"] and part["error"] is None
    ways = ""
    if look["partial"]:
        ways = button("Stop", "search-stop", "small") if going else button("Continue", "search-on", "small", "play")
    return '<div class="search-progress" role="group" aria-label="Search">%s<span>%s</span>%s</div>' % (
        icon("loader", "running") if going else icon("search", "soft"),
        text(look, len(part["rows"])),
        ways,
    )


def text(progress: Slice, found: int) -> str:
    """Like "Searched ids 1,000,000 – 740,000 · 3 found"."""
    if progress["first"] is None:
        return "Searched"
    first, to = integer(progress["first"]), integer(progress["to"])
    return "Searched ids %s – %s · <b>%s found</b>" % (first, to, integer(found))
