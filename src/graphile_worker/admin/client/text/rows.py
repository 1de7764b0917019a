"""Rows as text, for the clipboard and for files."""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.api.vocabulary import EXPORT_COLUMNS

_FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # as the server's export has it
FIELDS = EXPORT_COLUMNS[:-1]  # the payload is written from the text of the row
PREVIEW = 200  # characters of a payload in a list
ERROR_PREVIEW = 300


def whole(row: dict[str, Any]) -> bool:
    """Does the row hold all of its payload and error?"""
    if "payload_text" in row:
        return not row.get("payload_truncated")
    error = row.get("last_error") or ""
    preview, size = row["payload_preview"], row.get("payload_bytes")  # no size where something is hidden
    whole_payload = len(preview) < PREVIEW if size is None else len(preview.encode()) == size
    return whole_payload and len(error) < ERROR_PREVIEW


def payload(row: dict[str, Any]) -> str:
    """The payload as stored, as far as the row holds it."""
    return str(row["payload_text"] if "payload_text" in row else row["payload_preview"])


def as_json(rows: list[dict[str, Any]]) -> str:
    """A JSON array, one job a line; ids are numbers of any size, payloads the bytes that are stored.

    One that is not there as a whole is its beginning as text, and `payload_cut` says so.
    """
    return "[\n" + ",\n".join(["  {" + ", ".join(_members(row)) + "}" for row in rows]) + "\n]\n"


def _members(row: dict[str, Any]) -> list[str]:
    out = ['"%s": %s' % (name, row[name] if name == "id" else json.dumps(row.get(name))) for name in FIELDS]
    if whole(row):
        return out + ['"payload": ' + payload(row)]
    return out + ['"payload": ' + json.dumps(payload(row)), '"payload_cut": true']


def as_csv(rows: list[dict[str, Any]]) -> str:
    """A header and a line for each job, as the server's export has them."""
    head = csv_line(EXPORT_COLUMNS).replace('"', "")
    return head + "".join([csv_line([row.get(name) for name in FIELDS] + [payload(row)]) for row in rows])


def csv_line(cells: Any) -> str:
    """RFC 4180, every cell quoted. What a spreadsheet would take for a formula is led in by an apostrophe."""
    return ",".join(['"' + _cell(one).replace('"', '""') + '"' for one in cells]) + "\r\n"


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    digits = text[1:] if text[:1] == "-" else text
    risky = text[:1] in _FORMULA and text != "" and not digits.encode().isdigit()
    return "'" + text if risky else text
