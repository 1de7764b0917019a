"""The sidebar, the bar and the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import REPEATED_PARAMETERS, STATE_LABELS
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.preferences import ACCENTS, DENSITIES, THEMES, ZONES
from graphile_worker.admin.client.model.screens import SCREENS
from graphile_worker.admin.client.model.state import counts, withheld, writes
from graphile_worker.admin.client.text.format import compact
from graphile_worker.admin.client.text.html import attrs, button, esc, icon, link, options
from graphile_worker.admin.client.views.jobs import columns
from graphile_worker.admin.client.views.shell import live_control

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import NamedDatabase, State, View


TITLE_FILTERS_MAX = 60  # characters of the filters in the title of the browser tab


def title(state: State) -> str:
    """The label of the screen, also for the browser tab."""
    for name, label, _, _, _ in SCREENS:
        if name == state["route"]["view"]:
            return label
    return "Jobs"


def document_title(state: State) -> str:
    """The title of the browser tab: environment, job, screen with its filters, database."""
    route, session = state["route"], state["session"]
    screen = title(state)
    if route["view"] == "jobs":
        states = [STATE_LABELS[one] for one in route["state"]]
        screen = "%s jobs" % " or ".join(states) if states else "Jobs"
    filters = [", ".join(route[name]) for name in REPEATED_PARAMETERS if name != "state" and route[name]]
    filters.append(route["search"].strip())
    shown = " ".join([one for one in filters if one])
    if len(shown) > TITLE_FILTERS_MAX:
        shown = shown[:TITLE_FILTERS_MAX] + "…"
    parts = [
        state["environment"],
        "Job %s" % route["job"] if route["job"] else "",
        screen,
        shown,
        route["db"] or (session["database"] if session else "") or "",
        state["schema"] or "Graphile Worker",
    ]
    return " · ".join([part for part in parts if part])


def environment(state: State) -> str:
    """The badge of the environment, if the admin has one."""
    name = state["environment"]
    return (
        '<b class="environment %s" title="Environment">%s</b>' % (state["environment_color"], esc(name)) if name else ""
    )


def sidebar(state: State) -> str:
    """The navigation, and the facts of the connection: database, schema, user, permission to write."""
    items = "".join([_item(state, name, label, picture) for name, label, picture, _, _ in SCREENS])
    brand = '<div class="brand"><span class="logo">%s</span>Graphile Worker</div>' % icon("layers")
    return brand + items + _connection(state)


def _item(state: State, name: View, label: str, picture: str) -> str:
    current = state["route"]["view"] == name
    count = _count(state, name)
    inner = "%s<span>%s</span>%s" % (icon(picture), label, "<b>%s</b>" % count if count else "")
    return link(inner, url_state.screen_url(state["route"], name), "item", aria_current="page" if current else None)


def _count(state: State, name: View) -> str:
    if name == "jobs":
        total = counts(state).get("total")
    else:
        data = state[name]["data"] if url_state.is_table(name) else None
        total = data["total"] if data and not data["search"] else None
    return "" if total is None else compact(total)


def _connection(state: State) -> str:
    session = state["session"]
    who = session["auth"].get("username") if session else None
    mode = state["auth"]["mode"]
    facts = [
        ("database", session["database"] if session else None, ""),
        ("schema", state["schema"], "mono"),
        ("you", "%s · %s" % (who, mode) if who else ("no login" if mode == "none" else mode), ""),
        ("writes", writes(state), ""),
        ("version", session["version"] if session else None, ""),
    ]
    databases = session.get("databases") or [] if session else []
    if databases:
        facts.pop(0)
    rows = "".join(
        [
            '<dt>%s</dt><dd%s title="%s">%s</dd>'
            % (name, attrs(class_=kind or None), esc(_withheld(state) if value == "some" else value), esc(value))
            for name, value, kind in facts
            if value
        ]
    )
    return _databases(state, databases) + '<dl class="connection">%s</dl>' % rows


def _withheld(state: State) -> str:
    return "Not offered: " + ", ".join(withheld(state))


def _databases(state: State, databases: list[NamedDatabase]) -> str:
    """The list of databases, if the server has several."""
    if not databases:
        return ""
    selected = state["route"]["db"] or databases[0]["name"]
    choices = [(one["name"], one["name"]) for one in databases]
    select = '<select class="btn compact-select connection" data-action="database" aria-label="Database">%s</select>'
    return select % options(choices, selected)


def bar(state: State) -> str:
    """The title, the live control, and the buttons."""
    return "".join(
        [
            environment(state),
            "<h1>%s</h1>" % title(state),
            '<span class="push"></span>',
            live_control.control(state),
            live_control.palette_button(),
            '<button type="button" class="btn square" popovertarget="gw-settings" aria-label="Settings" '
            'title="Settings">%s</button>' % icon("settings-2"),
            settings(state),
        ]
    )


def settings(state: State) -> str:
    """The popover of the settings. The browser opens and closes it."""
    preferences = state["preferences"]
    groups = (
        ("theme", "Theme", THEMES, preferences["theme"]),
        ("accent", "Accent", ACCENTS, preferences["accent"]),
        ("density", "Density", DENSITIES, preferences["density"]),
        ("zone", "Time zone: " + esc(state["zone"]), ZONES, preferences["zone"]),
    )
    rows = "".join([_group(*group) for group in groups])
    rows += columns.checkboxes(state)
    out = ""
    if state["auth"]["token"]:
        out = '<footer>%s<span class="soft">kept for this tab only</span></footer>' % button(
            "Forget token", "logout", "", "log-out"
        )
    keys = button("Keyboard shortcuts", "keys", "bare", "info")
    return '<div id="gw-settings" class="popover" popover><div class="content">%s%s</div>%s</div>' % (rows, keys, out)


def _group(name: str, label: str, values: tuple[str, ...], selected: str) -> str:
    buttons = "".join(
        [
            '<button type="button" data-action="look" data-name="%s" data-value="%s" aria-pressed="%s">%s%s</button>'
            % (
                name,
                value,
                "true" if value == selected else "false",
                '<i class="dot %s"></i>' % value if name == "accent" else "",
                {"utc": "UTC"}.get(value, value),
            )
            for value in values
        ]
    )
    return (
        '<div class="group"><span class="soft">%s</span><div class="segmented" role="group" aria-label="%s">%s</div></div>'
        % (
            label,
            label,
            buttons,
        )
    )
