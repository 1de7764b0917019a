"""Opaque cursors of a list: where a page ends, in which order, and which way to go on."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from graphile_worker.core.checks import BIGINT_MAX
from graphile_worker.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Cursor:
    """Rows after (`next`) or before (`prev`) the one with this id, in the order of `sort`."""

    sort: str
    way: str
    id: int

    def encode(self) -> str:
        """URL-safe text."""
        return base64.urlsafe_b64encode(f"{self.sort}.{self.way}.{self.id}".encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, sort: str) -> Cursor:
        """Reads a cursor of this sort; raises InvalidInput("cursor")."""
        try:
            parts = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
            own_sort, way, digits = parts.split(".")
            id = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 19 else -1
        except (ValueError, binascii.Error):
            raise InvalidInput("cursor", "is not one of ours: take `next` or `prev` of an answer") from None
        if own_sort != sort:
            raise InvalidInput("cursor", f"belongs to sort={own_sort}, not to sort={sort}")
        if way not in ("next", "prev") or not 0 <= id <= BIGINT_MAX:
            raise InvalidInput("cursor", "is not one of ours: take `next` or `prev` of an answer")
        return cls(own_sort, way, id)

    @property
    def ascending(self) -> bool:
        """Whether the database walks the ids upwards."""
        return (self.sort == "id") == (self.way == "next")
