"""What an event carries."""

from __future__ import annotations

from typing import Any


def data(event: dict[str, Any], name: str) -> str:
    """A data-attribute of the element, empty when absent."""
    return str((event.get("data") or {}).get(name) or "")
