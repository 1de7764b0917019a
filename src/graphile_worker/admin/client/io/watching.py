"""Loads the counts of the watched jobs, with the refreshes of the page: one request after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.io import http
from graphile_worker.admin.client.model.actions import watched

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Error, Watch, WatchedCounts

PAUSE_MS = 2000  # at least, from an answer to the next request


def load(app: App) -> None:
    """Loads the counts, unless they are loading, new, or final."""
    watch = app.state["watch"]
    if watch is None or watch["loading"] or not watch["batches"] or watched.ended(watch):
        return
    if watch["got_ms"] and app.dom.now_ms() - watch["got_ms"] < PAUSE_MS:
        return
    watch["loading"] = True
    _next(app, watch, None, watch["batches"])


def _next(app: App, watch: Watch, counts: WatchedCounts | None, left: list[str]) -> None:
    def done(status: int, answer: WatchedCounts | None, error: Error) -> None:
        if app.state["watch"] is not watch:
            return
        if answer is None:
            watch.update({"loading": False, "error": error})
            return
        now = watched.added(counts, answer)
        if left[1:]:
            _next(app, watch, now, left[1:])
            return
        watch.update({"loading": False, "error": None, "counts": now, "got_ms": app.dom.now_ms()})
        if watched.ended(watch):
            app.say("No watched job is left: done or removed")

    def dropped() -> None:
        watch["loading"] = False

    http.call(app, "GET", "api/jobs/progress?ids=" + left[0], None, done, dropped)
