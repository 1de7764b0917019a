"""Loads the counts of the watched jobs, one request after the other: with the refreshes of the page, and by its own
timer, which also runs while the refresh is paused or rows are selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.io import http
from graphile_worker.admin.client.model.actions import watched

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Error, Watch, WatchedCounts

PAUSE_MS = 2000  # at least, from an answer to the next request
AGAIN_MS = 5000  # from an answer to the request of the timer


def load(app: App) -> None:
    """Loads the counts, unless they are loading, new, or final."""
    watch = app.state["watch"]
    if watch is None or watch["loading"] or not watch["batches"] or watched.ended(watch):
        return
    if watch["got_ms"] and app.dom.now_ms() - watch["got_ms"] < PAUSE_MS:
        return
    watch["loading"] = True
    _next(app, watch, None, watch["batches"])


def _again(app: App, watch: Watch) -> None:
    """Loads the counts later, unless they are final or others are watched by then. A hidden tab and a login wait."""

    def due(*_: object) -> None:
        if app.state["watch"] is not watch or watched.ended(watch):
            return
        if app.dom.hidden() or app.state["auth"]["wanted"]:
            _again(app, watch)
        else:
            load(app)

    app.dom.timer("watch", AGAIN_MS, due)


def _next(app: App, watch: Watch, counts: WatchedCounts | None, left: list[str]) -> None:
    def done(status: int, answer: WatchedCounts | None, error: Error) -> None:
        if app.state["watch"] is not watch:
            return
        if answer is None:
            watch.update({"loading": False, "error": error})
            _again(app, watch)
            return
        now = watched.added(counts, answer)
        if left[1:]:
            _next(app, watch, now, left[1:])
            return
        watch.update({"loading": False, "error": None, "counts": now, "got_ms": app.dom.now_ms()})
        if watched.ended(watch):
            app.say("No watched job is left: done or removed")
        else:
            _again(app, watch)

    def dropped() -> None:
        watch["loading"] = False
        if app.state["watch"] is watch:
            _again(app, watch)

    http.call(app, "GET", "api/jobs/progress?ids=" + left[0], None, done, dropped)
