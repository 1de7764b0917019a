"""The popover with the less frequent filters: key, worker, flag, and bounds of numbers and times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import TIME_PARAMETERS
from graphile_worker.admin.client.model.url_state import RANGES
from graphile_worker.admin.client.text.html import esc, icon

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import BoundName, ListFilter, State


NAMES: tuple[ListFilter, ...] = ("key", "worker", "flag")
_PAIRS: tuple[tuple[BoundName, BoundName, str, str, str], ...] = (
    ("priority_min", "priority_max", "Priority", "from", "to"),
    ("attempts_min", "attempts_max", "Attempts", "from", "to"),
    ("run_at_from", "run_at_to", "Run at", "from", "before"),
    ("created_from", "created_to", "Created", "from", "before"),
    ("failed_from", "failed_to", "Failed", "from", "before"),
)
_LIMITS = 'type="number" step="1" min="%d" max="32767"'


def button(state: State) -> str:
    """The button that opens the popover, with the number of its active filters."""
    route = state["route"]
    count = len([name for name in NAMES if route[name]]) + len([name for name in RANGES if route[name]])
    return (
        '<button type="button" class="btn" id="gw-more-open" popovertarget="gw-more">%s<span>More</span>%s</button>'
    ) % (icon("list-filter"), '<b class="filter-count">%d</b>' % count if count else "")


def popover(state: State, boxes_html: str) -> str:
    """The popover. A name applies when its field changes, the bounds apply together."""
    fields = "".join([_pair(state, *pair) for pair in _PAIRS])
    return (
        '<div id="gw-more" class="advanced-filters" popover><div class="filter-fields">%s</div><form data-action="range">%s'
        '<footer><span class="faint">Times are in %s</span><button class="btn main">Apply</button></footer></form></div>'
    ) % (boxes_html, fields, esc(state["zone"]))


def _pair(state: State, low: BoundName, high: BoundName, label: str, first: str, last: str) -> str:
    return '<fieldset class="pair"><legend>%s</legend>%s<span class="faint">–</span>%s</fieldset>' % (
        label,
        _input(state, low, "%s %s" % (label, first), first),
        _input(state, high, "%s %s" % (label, last), last),
    )


def _input(state: State, name: BoundName, label: str, hint: str) -> str:
    """The active value is part of the id. A new value makes a new field, and unsent text stays in an old one."""
    value = state["route"][name]
    kind = _LIMITS % (0 if name[:8] == "attempts" else -32768)
    if name in TIME_PARAMETERS:
        value, kind = state["local_times"].get(value, ""), 'type="datetime-local"'
    return '<input class="text" %s name="%s" id="gw-r-%s-%s" value="%s" aria-label="%s" placeholder="%s" data-keep>' % (
        kind, name, name, esc(value), esc(value), label, hint,
    )  # fmt: skip
