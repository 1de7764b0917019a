"""Jobs out of database rows."""

from __future__ import annotations

import json
from typing import Any, Literal

import asyncpg

from graphile_worker.core.jobs import Job

Rows = Literal["whole", "large", "small"]
"""How much of `payload` and `last_error` a report holds: all, up to 1 MiB, up to 8 KiB. Both are None above that."""


def job_of(row: asyncpg.Record) -> Job:
    """A Job from a row of the `columns` block."""
    return Job(**job_values(row))


def job_values(row: asyncpg.Record) -> dict[str, Any]:
    """The members of a Job from such a row."""
    values = {name: row[name] for name in Job.__dataclass_fields__}
    values["flags"] = None if row["flags"] is None else _flags(row["flags"])
    return values


def _flags(text: str) -> dict[str, bool] | None:
    """The flags; None where another program stored JSON that Python cannot read, so that the action still commits."""
    try:
        flags: dict[str, bool] | None = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return flags
