"""The members of an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Event


def data(event: Event, name: str) -> str:
    """A data attribute of the element; empty where there is none."""
    return (event.get("data") or {}).get(name) or ""


def value(event: Event) -> str:
    """The value of the control; empty where there is none."""
    return event.get("value") or ""
