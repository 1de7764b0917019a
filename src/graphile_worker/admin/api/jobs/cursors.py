"""Opaque cursors of a list: the row where a page ends, the order, and the direction."""

from __future__ import annotations

import base64
import binascii
import json
import re

import msgspec

from graphile_worker._patterns import lazy_pattern
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.validation import BIGINT_MAX

TEXT_MAX = 400
TIME_SORTS = ("run_at", "created_at", "failed_at")
_NUMBER = lazy_pattern(r"-?[0-9]{1,19}", re.ASCII)
# PostgreSQL's own spelling of a timestamptz, as it stands in the cursor
_TIME = lazy_pattern(r"-?infinity|[0-9]{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-][0-9:]{2,8}( BC)?", re.ASCII)


class Cursor(msgspec.Struct, frozen=True):
    """Rows after (`next`) or before (`prev`) the one with this key and id, in the order of `sort`."""

    sort: str
    way: str
    key: str
    id: int

    def encode(self) -> str:
        """URL-safe text."""
        text = json.dumps([self.sort, self.way, self.key, self.id], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, sort: str) -> Cursor:
        """Reads a cursor of this sort; raises InvalidInput("cursor")."""
        found = _read(text)
        if found is None:
            raise invalid_cursor()
        if found.sort != sort:
            raise CursorMismatch("cursor", f"belongs to sort={found.sort[:20]}, not to sort={sort}")
        return found

    @property
    def ascending(self) -> bool:
        """Whether the database reads the keys in ascending order."""
        return (self.sort[0] != "-") == (self.way == "next")


def order_parts(sort: str) -> dict[str, str]:
    """The blocks of order.sql for the key of this sort, and for the key of a cursor."""
    name = sort.lstrip("-")
    key = "key_failed_at_descending" if sort == "-failed_at" else f"key_{name}"
    return {"key": key, "cursor": "cursor_time" if name in TIME_SORTS else "cursor_number"}


def invalid_cursor() -> InvalidInput:
    """The error for a cursor that no response has given."""
    return InvalidInput("cursor", "is not one of ours: take `next` or `prev` of an answer")


class CursorMismatch(InvalidInput):
    """A cursor of another sort."""

    code = "cursor_mismatch"


def _read(text: str) -> Cursor | None:
    if len(text) > TEXT_MAX:
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        sort, way, key, id = json.loads(raw.decode("ascii"))
    except (ValueError, TypeError, RecursionError, binascii.Error):
        return None
    if not (
        isinstance(sort, str) and sort and isinstance(key, str) and isinstance(id, int) and not isinstance(id, bool)
    ):
        return None
    pattern = _TIME if sort.lstrip("-") in TIME_SORTS else _NUMBER
    if sort.lstrip("-") == "id" and key != str(id):
        return None
    fits = way in ("next", "prev") and -BIGINT_MAX - 1 <= id <= BIGINT_MAX and pattern.fullmatch(key)
    return Cursor(sort, way, key, id) if fits else None
