"""Connections to PostgreSQL: transactions with their time limits, waiting for a connection, and errors of the
driver."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """`connect` is a name of `graphile_worker`; this former place is kept for one release."""
    if name == "connect":
        from graphile_worker.core.database.transactions import connect

        return connect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
