"""The page from its regions. The server renders all of them, the browser redraws those that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.text.html import esc
from graphile_worker.admin.client.views import later
from graphile_worker.admin.client.views.job import panel
from graphile_worker.admin.client.views.jobs import screen as jobs
from graphile_worker.admin.client.views.shell import banners, empty_states, error_texts, frame, login, toasts

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import State

OUTSIDE = ("gw-rail", "gw-bar", "gw-banners", "gw-drawer", "gw-dialog", "gw-toasts", "gw-live")


def screen_name(state: State) -> str:
    """The name of the current screen, or "login". A new name replaces gw-screen as a whole."""
    return "login" if state["auth"]["wanted"] else str(state["route"]["view"])


def waits(state: State) -> bool:
    """Whether the screen is in the second file, which has not come yet: then the page keeps the screen that it has."""
    return is_later(state) and not state["second"]["here"] and state["second"]["error"] is None


def is_later(state: State) -> bool:
    """Whether the screen is in the second file."""
    return screen_name(state) not in ("jobs", "login")


def regions(state: State) -> dict[str, str]:
    """HTML by id of all regions but the table of jobs, whose rows are redrawn one by one."""
    what, wanted = screen_name(state), state["auth"]["wanted"]
    parts = {"gw-rail": frame.sidebar(state), "gw-bar": frame.bar(state), "gw-banners": banners.banners(state)}
    if what == "jobs":
        parts.update(jobs.regions(state))
    elif wanted:
        parts["gw-screen"] = login.panel(state)
    elif state["second"]["here"]:
        parts["gw-screen"] = later.screen(state, what)
    elif not waits(state):
        parts["gw-screen"] = _not_loaded(state)
    parts["gw-drawer"] = "" if wanted else panel.panel(state)
    parts["gw-dialog"] = later.dialog(state)
    parts["gw-toasts"] = toasts.toasts(state)
    return parts


def _not_loaded(state: State) -> str:
    error = state["second"]["error"] or {}
    buttons = error_texts.second_file_buttons(error)
    return empty_states.empty_state("unplug", "This screen is not loaded", esc(error_texts.sentence(error)), buttons)


def screen(state: State, parts: dict[str, str], cells: list[str]) -> str:
    """The content of gw-screen; `cells` has the HTML of the rows of jobs."""
    return jobs.screen(parts, jobs.body(state, cells)) if screen_name(state) == "jobs" else parts["gw-screen"]


def live(text: str) -> str:
    """The text of the live region, which screen readers announce."""
    return esc(text)


def shell(parts: dict[str, str], screen_html: str) -> str:
    """The content of #gw-admin for the first response."""
    return (
        '<a class="skip" href="#gw-screen">Skip to content</a><div class="app">'
        '<nav class="sidebar" id="gw-rail" aria-label="Screens">%s</nav>'
        '<main><header class="bar" id="gw-bar">%s</header><div id="gw-banners">%s</div>'
        '<div class="screen" id="gw-screen" tabindex="-1">%s</div></main></div>'
        '<div id="gw-drawer">%s</div><div id="gw-dialog">%s</div><section id="gw-toasts" class="toasts" aria-label="Notices">%s</section>'
        '<div id="gw-live" class="visually-hidden" role="status" aria-live="polite"></div>'
    ) % (
        parts["gw-rail"],
        parts["gw-bar"],
        parts["gw-banners"],
        screen_html,
        parts["gw-drawer"],
        parts["gw-dialog"],
        parts["gw-toasts"],
    )
