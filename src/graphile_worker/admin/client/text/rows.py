"""Rows as JSON and CSV, for the clipboard and for files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphile_worker.admin.client.model.types import JobRow

from graphile_worker.admin.api.vocabulary import EXPORT_COLUMNS

_FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # as the server's export has it
FIELDS = EXPORT_COLUMNS[:-1]  # the payload is written from the text of the row
PREVIEW = 200  # characters of a payload in a list
ERROR_PREVIEW = 300


def is_complete(row: JobRow) -> bool:
    """Does the row hold all of its payload and error?"""
    if "payload_text" in row:
        return not row.get("payload_truncated")
    error = row.get("last_error") or ""
    preview, size = row["payload_preview"], row.get("payload_bytes")  # no size where something is hidden
    full_payload = len(preview) < PREVIEW if size is None else len(preview.encode()) == size
    return full_payload and len(error) < ERROR_PREVIEW


def payload(row: JobRow) -> str:
    """The payload as stored, as far as the row holds it."""
    return str(row["payload_text"] if "payload_text" in row else row["payload_preview"])


def as_json(rows: list[JobRow]) -> str:
    """A JSON array with one job per line; ids are numbers of any size, payloads are the stored bytes.

    A payload that the row holds in part is given as a string, and marked by `payload_cut`.
    """
    return "[\n" + ",\n".join(["  {" + ", ".join(_members(row)) + "}" for row in rows]) + "\n]\n"


def _members(row: JobRow) -> list[str]:
    out = ['"%s": %s' % (name, row["id"] if name == "id" else json.dumps(row.get(name))) for name in FIELDS]
    if is_complete(row):
        return out + ['"payload": ' + payload(row)]
    return out + ['"payload": ' + json.dumps(payload(row)), '"payload_cut": true']


def as_csv(rows: list[JobRow]) -> str:
    """A header and one line per job, as in the server's export."""
    head = csv_line(EXPORT_COLUMNS).replace('"', "")
    return head + "".join([csv_line([row.get(name) for name in FIELDS] + [payload(row)]) for row in rows])


def csv_line(cells: Sequence[object]) -> str:
    """A line of RFC 4180 with every cell quoted. A cell that a spreadsheet would run as a formula begins with an apostrophe."""
    return ",".join(['"' + _cell(one).replace('"', '""') + '"' for one in cells]) + "\r\n"


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    digits = text[1:] if text[:1] == "-" else text
    risky = text[:1] in _FORMULA and text != "" and not digits.encode().isdigit()
    return "'" + text if risky else text
