"""The time in the field Run at of a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.handlers import filtering
from graphile_worker.admin.client.times import typed_times

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Dialog


def run_at(app: App, box: Dialog) -> str:
    """The typed time for the request. The clock of the database evaluates a duration from now."""
    typed = box["values"].get("run_at", "").strip()
    return typed if typed_times.from_now(typed) is not None else filtering.typed_time(app, typed) or typed
