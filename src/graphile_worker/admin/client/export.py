"""Rows as text for the clipboard."""

from __future__ import annotations

import json
from typing import Any

FIELDS = (
    "id",
    "task_identifier",
    "queue_name",
    "state",
    "run_at",
    "attempts",
    "max_attempts",
    "priority",
    "key",
    "locked_by",
    "locked_at",
    "last_error",
    "payload_preview",
)


def as_json(rows: list[dict[str, Any]]) -> str:
    """A JSON array, one job a line; ids are numbers of any size, the payload its preview as text."""
    return (
        "[\n" + ",\n".join(["  {" + ", ".join([_member(row, name) for name in FIELDS]) + "}" for row in rows]) + "\n]\n"
    )


def _member(row: dict[str, Any], name: str) -> str:
    return '"%s": %s' % (name, row[name] if name == "id" else json.dumps(row.get(name)))
