"""JSON text taken apart at its top, so that each part keeps its exact text."""

from __future__ import annotations

import msgspec

from graphile_worker.reads import deep_json

# Text that msgspec does not take: nested too deeply, or half of a surrogate pair, which PostgreSQL stores.
_NOT_TAKEN = RecursionError, msgspec.DecodeError


def members(text: bytes) -> dict[str, bytes]:
    """The members of an object whose names need no escapes."""
    try:
        return {name: bytes(raw) for name, raw in msgspec.json.decode(text, type=dict[str, msgspec.Raw]).items()}
    except _NOT_TAKEN:
        return deep_json.members(text)
