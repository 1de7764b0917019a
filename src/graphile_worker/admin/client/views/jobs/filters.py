"""Search and filters of the Jobs screen. A popover has the less frequent filters: key, worker, flag, and bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import FILTER_LABELS, SUGGEST_FIELDS, TIME_PARAMETERS
from graphile_worker.admin.client.model import queries
from graphile_worker.admin.client.model.state import redacted, refusal, suggested_jobs
from graphile_worker.admin.client.model.url_state import RANGES
from graphile_worker.admin.client.text.format import epoch
from graphile_worker.admin.client.text.html import attrs, button, esc, icon
from graphile_worker.admin.client.times.zones import full
from graphile_worker.admin.client.views import later
from graphile_worker.admin.client.views.dialogs import commands, times
from graphile_worker.admin.client.views.jobs import saved_views
from graphile_worker.admin.client.views.tables.data_table import search_box

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import BoundName, ListFilter, State, Suggested


FIELDS = ("identifier", "queue")
ADVANCED: tuple[ListFilter, ...] = ("key", "worker", "flag")
_PAIRS: tuple[tuple[BoundName, BoundName, str, str, str], ...] = (
    ("priority_min", "priority_max", "Priority", "from", "to"),
    ("attempts_min", "attempts_max", "Attempts", "from", "to"),
    ("run_at_from", "run_at_to", "Run at", "from", "before"),
    ("created_from", "created_to", "Created", "from", "before"),
    ("failed_from", "failed_to", "Failed", "from", "before"),
)
_LIMITS = 'type="number" step="1" min="%d" max="32767"'
_PRESETS = (
    '<div class="presets" role="group" aria-label="Failed within"><span class="faint">Failed within</span>%s</div>'
    % "".join(
        [
            button(label, "failed-within", "small", data_value=span)
            for span, label in (("900", "15 min"), ("3600", "1 h"), ("today", "today"))
        ]
    )
)
EXPORTS = (("csv", "CSV"), ("ndjson", "NDJSON, one job per line"))

_EXPORT_BUTTON = (
    '<button type="button" class="btn phone-only-flex" popovertarget="gw-export">%s<span>Export</span></button>'
    % icon("download")
)


def tools(state: State) -> str:
    """The search box, the filters, and the buttons of the screen."""
    return '<div class="tools">%s%s%s%s<span class="push desktop-only"></span>%s</div>' % (
        search_box(
            state, "jobs", "Search id, task, queue, key" if redacted(state) else "Search id, task, key, error, payload"
        ),
        _filters(state),
        '<button type="button" class="btn square phone-only-flex" popovertarget="gw-filters" aria-label="Filters">%s</button>'
        % icon("list-filter"),
        saved_views.opener() + saved_views.menu(state),
        _buttons(state),
    )


def _filters(state: State) -> str:
    """The filter fields: in the row on a desktop, in a popover on a phone."""
    fields = "".join([_field(state, name) for name in FIELDS])
    inner = '<h2 class="phone-only">Filters</h2>' + fields + _advanced_button(state)
    inner += _advanced_popover(state, "".join([_field(state, name) for name in ADVANCED]))
    inner += saved_views.opener("phone-only-flex") + _EXPORT_BUTTON + _remove_button(state, "phone-only-flex")
    return '<div id="gw-filters" class="filters" popover>%s</div>' % inner


def _field(state: State, name: str) -> str:
    label = FILTER_LABELS[name]
    return (
        '<label class="field f-%s"><input id="gw-f-%s-%d" data-action="filter" data-typing="suggest" data-name="%s" '
        'list="gw-l-%s" placeholder="%s" aria-label="Filter by %s" title="%s" '
        'autocomplete="off" spellcheck="false" data-keep></label>'
    ) % (
        name,
        name,
        state["input_version"] + state["emptied"].get(name, 0),
        name,
        name,
        label[0].upper() + label[1:],
        label,
        esc(_field_title(state, name)),
    )


def _advanced_button(state: State) -> str:
    """The button that opens the popover, with the number of its active filters."""
    route = state["route"]
    count = len([name for name in ADVANCED if route[name]]) + len([name for name in RANGES if route[name]])
    return (
        '<button type="button" class="btn" id="gw-more-open" popovertarget="gw-more">%s<span>More</span>%s</button>'
    ) % (icon("list-filter"), '<b class="filter-count">%d</b>' % count if count else "")


def _advanced_popover(state: State, boxes_html: str) -> str:
    """The popover. A name applies when its field changes, the bounds apply together."""
    fields = "".join([_pair(state, *pair) for pair in _PAIRS]) + _PRESETS
    return (
        '<div id="gw-more" class="advanced-filters" popover><div class="filter-fields">%s</div><form data-action="range">%s'
        '<footer><span class="faint">Times are in %s, or like 1 h ago, today 09:00</span><button class="btn main">Apply</button></footer></form></div>'
    ) % (boxes_html, fields, esc(state["zone"]))


def _pair(state: State, low: BoundName, high: BoundName, label: str, first: str, last: str) -> str:
    return '<fieldset class="pair"><legend>%s</legend>%s<span class="faint">–</span>%s</fieldset>' % (
        label,
        _input(state, low, "%s %s" % (label, first), first),
        _input(state, high, "%s %s" % (label, last), last),
    )


def _input(state: State, name: BoundName, label: str, hint: str) -> str:
    """The id contains the active value, so a new value replaces the field. While the value stays, typed text stays too."""
    value = state["route"][name]
    kind = _LIMITS % (0 if name[:8] == "attempts" else -32768)
    if name in TIME_PARAMETERS:
        shown = state["local_times"].get(value, "").replace("T", " ")
        return times.control(name, shown, hint, label, id="gw-r-%s-%s" % (name, shown), data_keep=True)
    return '<input class="text" %s name="%s" id="gw-r-%s-%s" value="%s" aria-label="%s" placeholder="%s" data-keep>' % (
        kind, name, name, esc(value), esc(value), label, hint,
    )  # fmt: skip


def lists(state: State) -> str:
    """A <datalist> per field: the names that the server suggests, or before its answer the names in the rows."""
    out = []
    for name in SUGGEST_FIELDS:
        values = state["suggest"][name]["values"]
        choices = (
            _rows_names(state["jobs"]["names"].get(name, [])) if values is None else _choices(state["suggest"][name])
        )
        out.append('<datalist id="gw-l-%s">%s</datalist>' % (name, choices))
    return "".join(out)


def _rows_names(values: list[str]) -> str:
    return "".join(['<option value="%s"></option>' % esc(value) for value in values])


def _choices(part: Suggested) -> str:
    """The suggestions, each with its number of jobs where that is known."""
    values, out = part["values"] or [], ""
    for position in range(len(values)):
        name, jobs = esc(values[position]), suggested_jobs(part, position)
        label = name + " · " + jobs if part["alone"] and jobs else jobs
        out += '<option value="%s"%s></option>' % (name, ' label="%s"' % label if label else "")
    return out


def _field_title(state: State, name: str) -> str:
    """The title of a filter's input, with the age of the counts of its suggestions."""
    counted_at = epoch(state["suggest"][name]["counts_as_of"]) if name in SUGGEST_FIELDS else None
    if counted_at is None:
        return "Commas separate several"
    return "Commas separate several. Jobs counted at %s" % full(
        state["suggest"][name]["counts_as_of"], state["offsets"]
    )


def _buttons(state: State) -> str:
    reason = refusal(state, "add")
    add = button("Add job", "add-job", "main", "plus", disabled=bool(reason), title=reason)
    return _export(state) + _remove_button(state, "desktop-only foldable") + add


def _export(state: State) -> str:
    """The menu that downloads all matching jobs. With a token the program downloads, because links cannot send it."""
    opener = '<button type="button" class="btn desktop-only foldable" id="gw-export-open" title="Export" popovertarget="gw-export">%s<span>Export</span></button>'
    items = "".join([_export_item(state, form, label) for form, label in EXPORTS])
    what = "what viewers may see of them" if redacted(state) else "their payloads"
    inner = '<p class="soft">All jobs that match, with %s, a million at most.</p>' % what + items
    shown = later.export_commands(state)
    inner += button("Copy link to this list", "copy-link", "bare", "copy") + commands.block(state, shown)
    return opener % icon("download") + '<div id="gw-export" class="menu" popover>%s</div>' % inner


def _export_item(state: State, form: str, label: str) -> str:
    if state["auth"]["token"]:
        return button(label, "export", "bare", "download", data_form=form)
    path = queries.export_path(state["route"], form)
    action = attrs(data_action="export", data_form=form)
    return '<a class="btn bare" href="%s"%s>%s<span>%s</span></a>' % (
        esc(path),
        action,
        icon("download"),
        label,
    )


def _remove_button(state: State, kind: str) -> str:
    reason = refusal(state, "remove-by-key")
    return button(
        "Remove by key", "remove-key", kind, "key-round", disabled=bool(reason), title=reason or "Remove by key"
    )
