"""`GET /api/session`: where we are, who may do what, and the CSRF token."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker import __version__
from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.api.wire import encode
from graphile_worker.admin.server.context import Context, context_of, json_response
from graphile_worker.core.errors import GraphileWorkerError
from graphile_worker.core.schema_state import probe

_REMEDIES = {
    "missing": ("schema_missing", "This schema holds no Graphile Worker tables yet.", "Migrate makes them."),
    "older": (
        "schema_older",
        "This schema is older than the current one; everything shown is true.",
        "Migrate adds heartbeats and safe keyed adds.",
    ),
    "half": ("schema_half", "This schema is only half made.", "Look at it before you migrate."),
    "newer": ("schema_newer", "This schema is newer than this program knows.", "Update graphile-worker."),
    "newer_breaking": (
        "schema_newer_breaking",
        "This schema is newer than this program can work with.",
        "Update graphile-worker.",
    ),
    "too_old": (
        "schema_too_old",
        "This schema is older than migration 16.",
        "Run the migrate of the program that made it.",
    ),
    "foreign": ("schema_foreign", "This schema is not a Graphile Worker schema.", "Check the schema name."),
}


async def session(request: Request) -> Response:
    """Always answers, also while the database is away: then `warnings` says so."""
    context = context_of(request)
    facts = await _facts(context)
    body = {
        "schema": context.config.utils.schema.name,
        "read_only": context.config.read_only,
        "csrf_header": CSRF_HEADER,
        "auth": context.config.auth.summary(),
        "csrf_token": context.csrf.token(),
        "version": __version__,
        **facts,
    }
    return json_response(encode(body))


async def _facts(context: Context) -> dict[str, Any]:
    utils = context.config.utils
    try:
        async with utils.database.read() as connection:
            row = await connection.fetchrow("select current_database() as name, current_setting('server_version') as v")
            state = await probe(connection, utils.schema)
    except GraphileWorkerError as error:
        warning = {"code": error.code, "message": error.message, "remedy": error.hint}
        return {"database": None, "server_version": None, "warnings": [warning]}
    assert row is not None  # a select without a table always answers
    return {"database": row["name"], "server_version": row["v"], "warnings": _warnings(state)}


def _warnings(state: Any) -> list[dict[str, str | None]]:
    found = []
    if state.verdict in _REMEDIES:
        found.append(_REMEDIES[state.verdict])
    if state.row_security_active:
        found.append(
            (
                "row_security",
                "Row security may hide jobs from this database role.",
                "Connect as the owner of the schema, or let its owner create a policy for this role.",
            )
        )
    if state.in_recovery or state.read_only:
        found.append(("database_read_only", "The database is read only.", "Connect to the primary server to write."))
    return [{"code": code, "message": message, "remedy": remedy} for code, message, remedy in found]
