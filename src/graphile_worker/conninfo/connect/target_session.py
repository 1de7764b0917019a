"""The check of target_session_attrs, which selects one of several servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg

TARGETS = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
_SQL = (
    "select pg_catalog.pg_is_in_recovery() as standby,"
    " pg_catalog.current_setting('transaction_read_only')::boolean as read_only"
)


async def fits(connection: asyncpg.Connection[asyncpg.Record], target: str) -> bool:
    """Whether the server of a new connection matches a value of target_session_attrs."""
    if target == "any":
        return True
    row = await connection.fetchrow(_SQL)
    assert row is not None  # noqa: S101
    wanted = {
        "read-write": not row["read_only"],
        "read-only": row["read_only"],
        "primary": not row["standby"],
        "standby": row["standby"],
    }
    return bool(wanted[target])
