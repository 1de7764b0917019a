"""The whole page from regions. The server draws it once, the browser redraws the regions that changed."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.html import esc
from graphile_worker.admin.client.views import (
    banners,
    dialogs,
    errors,
    frame,
    job,
    jobs,
    login,
    maintenance,
    queues,
    tasks,
    toasts,
    workers,
)

OUTSIDE = ("gw-rail", "gw-bar", "gw-banners", "gw-drawer", "gw-dialog", "gw-toasts", "gw-live")
_SCREENS = {
    "queues": queues.screen,
    "tasks": tasks.screen,
    "errors": errors.screen,
    "workers": workers.screen,
    "maintenance": maintenance.screen,
}


def kind(state: dict[str, Any]) -> str:
    """Which screen stands in the frame; another kind means drawing gw-screen anew."""
    return "login" if state["auth"]["wanted"] else str(state["route"]["view"])


def screen(state: dict[str, Any]) -> str:
    """Inside of gw-screen."""
    what = kind(state)
    if what == "login":
        return login.panel(state)
    return jobs.screen(state) if what == "jobs" else _SCREENS[what](state)


def regions(state: dict[str, Any]) -> list[tuple[str, str]]:
    """(region id, HTML) of everything that may have changed but the table of jobs, which knows its rows apart."""
    wanted = state["auth"]["wanted"]
    on_jobs = kind(state) == "jobs"
    inner = [(name, html) for name, _, html in jobs.around(state)] if on_jobs else [("gw-screen", screen(state))]
    return (
        [("gw-rail", frame.rail(state)), ("gw-bar", frame.bar(state)), ("gw-banners", banners.banners(state))]
        + inner
        + [
            ("gw-drawer", "" if wanted else job.drawer(state)),
            ("gw-dialog", dialogs.dialog(state)),
            ("gw-toasts", toasts.toasts(state)),
        ]
    )


def live(text: str) -> str:
    """What a screen reader is told."""
    return esc(text)


def shell(state: dict[str, Any]) -> str:
    """All of it, for the first response; goes inside #gw-admin."""
    return (
        '<a class="skip" href="#gw-screen">Skip to content</a><div class="app">'
        '<nav class="rail" id="gw-rail" aria-label="Screens">%s</nav>'
        '<main><header class="bar" id="gw-bar">%s</header><div id="gw-banners">%s</div>'
        '<div class="screen" id="gw-screen" tabindex="-1">%s</div></main></div>'
        '<div id="gw-drawer">%s</div><div id="gw-dialog">%s</div><div id="gw-toasts" class="toasts">%s</div>'
        '<div id="gw-live" class="sr" role="status" aria-live="polite"></div>'
    ) % (
        frame.rail(state),
        frame.bar(state),
        banners.banners(state),
        screen(state),
        job.drawer(state),
        dialogs.dialog(state),
        toasts.toasts(state),
    )
