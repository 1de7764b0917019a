"""The error for a refused address. Its message names parameters, files and characters, but never a value."""

from __future__ import annotations

from graphile_worker.core.exceptions import InvalidInput

FIELD = "database-url"


def refused(rule: str, *, hint: str | None = None) -> InvalidInput:
    """An error whose message begins with `database-url`."""
    return InvalidInput(FIELD, rule, hint=hint)
