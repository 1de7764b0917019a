"""A started program over the fakes, and events of a person."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.app import App
from tests.client import fakes


def started(
    search: str = "", roots: dict[str, str] | None = None, jobs: dict[str, Any] | None = None
) -> tuple[App, fakes.Dom, fakes.Server]:
    """A page that has had its first answers."""
    dom, server = fakes.Dom(search, roots), fakes.Server()
    app = App(dom, server.request)
    app.start()
    if jobs is not None:
        server.answer("api/session", fakes.session())
        server.answer("api/jobs", jobs)
        server.answer("api/overview", fakes.overview())
    return app, dom, server


def click(app: App, action: str, **data: str) -> None:
    app.on_event({"type": "click", "action": action, "data": data})


def press(app: App, key: str) -> None:
    app.on_event({"type": "key", "key": key})


def tick_box(app: App, job_id: str, checked: bool = True, shift: bool = False) -> None:
    app.on_event({"type": "change", "action": "select", "data": {"id": job_id}, "checked": checked, "shift": shift})


THREE = fakes.page_of(
    fakes.job(9007199254740993), fakes.job(7, state="failed", attempts=25), fakes.job(3), next="older"
)
