"""Rows as text for the clipboard."""

from __future__ import annotations

import json
from typing import Any

_FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # as the server's export has it
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


def csv_line(cells: Any) -> str:
    """RFC 4180, every cell quoted. What a spreadsheet would take for a formula is led in by an apostrophe."""
    return ",".join(['"' + _cell(one).replace('"', '""') + '"' for one in cells]) + "\r\n"


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    digits = text[1:] if text[:1] == "-" else text
    risky = text[:1] in _FORMULA and text != "" and not digits.encode().isdigit()
    return "'" + text if risky else text
