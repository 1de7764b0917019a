"""Writes: one POST, with a new CSRF token where the server was restarted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.io import http, loaders
from graphile_worker.admin.client.model import reducers
from graphile_worker.admin.client.model.state import shown_part

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Error, T, WriteDone


def post(app: App, path: str, body: str, done: WriteDone[T], again: bool = True, dry_run: bool = False) -> None:
    """Sends a write and calls `done(answer, error)`; where the CSRF token is stale it is renewed and the write repeated."""
    db, version = app.state["route"]["db"], app.state["context_version"]

    def renewed(ok: bool) -> None:
        if app.state["context_version"] == version:
            post(app, path, body, done, False, dry_run)
        else:
            what = "the login changed" if app.state["route"]["db"] == db else "another database was chosen"
            done(None, {"error": "Not done: %s meanwhile." % what})

    def arrived(status: int, answer: T | None, error: Error) -> None:
        if again and status == 403 and "csrf" in (str(error.get("code")) + str(error.get("error"))).lower():
            loaders.session(app, renewed)
            return
        if answer is None and app.state["context_version"] == version and http.unreached(error):
            reducers.apply_shared_error(shown_part(app.state), error)
        done(answer, error if answer is not None or dry_run else http.of_write(status, error))

    http.call(app, "POST", path, body, arrived)
