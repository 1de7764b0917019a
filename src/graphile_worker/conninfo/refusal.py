"""The one error for an address that is refused. Its text names parameters, files and characters, never a value."""

from __future__ import annotations

from graphile_worker.core.exceptions import InvalidInput

FIELD = "database-url"


def refused(rule: str, *, hint: str | None = None) -> InvalidInput:
    """An error that reads `database-url …`."""
    return InvalidInput(FIELD, rule, hint=hint)
