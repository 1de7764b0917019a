"""`/api/session`: the server, the rights of the user, and the CSRF token."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from graphile_worker import __version__
from graphile_worker.admin.api.responses.diagnosis import finding_output
from graphile_worker.admin.api.responses.errors import server_output
from graphile_worker.admin.api.responses.server import Session
from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.server.context import Context
from graphile_worker.admin.server.databases import DatabaseDirectory
from graphile_worker.admin.server.endpoint import Endpoint, ReadRequest
from graphile_worker.admin.server.http.json_responses import json_response
from graphile_worker.admin.server.security.authorization import user_of
from graphile_worker.admin.server.security.permissions import EVERY_USER
from graphile_worker.admin.server.users.admin_user import AdminUser, refusal
from graphile_worker.core.actions.table import ACTION_NAMES
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.diagnosis.capabilities import Capabilities, inspect
from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.worker_utils import WorkerUtils


async def session(request: ReadRequest) -> Response:
    """The server, the user and the database. Succeeds also while the database is not available.

    `warnings` has `code`, `level` (error, warning, note), `message` and `remedy`; `offers` has every action with the
    reason why it is not offered here, or null. In auth mode host, `auth` names the user and their `rights`.
    `redacted` is what is hidden from this user (docs/redaction.md).
    `databases` is there where the server has several queues: `[{"name", "schema", "database"}]`, the default first.
    """
    context, user = request.context, user_of(request.http.scope)
    facts = await _database_facts(context)
    facts["offers"] |= _missing_permissions(user)
    directory: DatabaseDirectory = request.http.app.state.databases
    databases = await directory.entries()
    body = {
        "schema": context.config.utils.schema.name,
        "read_only": context.config.read_only,
        "csrf_header": CSRF_HEADER,
        "redacted": list(context.redaction.words),
        "auth": context.config.auth.summary() | _user_members(user),
        "csrf_token": context.csrf.token(),
        "version": __version__,
        **facts,
        **({"db": context.name, "databases": databases} if databases else {}),
    }
    return json_response(body)


def _user_members(user: AdminUser | None) -> dict[str, Any]:
    return {} if user is None else {"username": user.name, "rights": sorted(user.rights)}


def _missing_permissions(user: AdminUser | None) -> dict[str, str]:
    return {} if user is None else {action: refusal(action) for action in ACTION_NAMES if not user.may(action)}


async def _database_facts(context: Context) -> dict[str, Any]:
    """What a new inspection of the database finds. An unavailable database is one of the warnings."""
    utils = context.config.utils
    try:
        found = await _inspect(utils)
    except GraphileWorkerError as error:
        warning: dict[str, Any] = {"code": error.code, "level": "error", "message": error.message, "remedy": error.hint}
        if error.reason_code is not None:
            warning["reason_code"] = error.reason_code
        if error.server is not None:
            warning["server"] = server_output(error, context.redaction)
        return {"database": None, "server_version": None, "warnings": [warning], "offers": {}}
    return {
        "database": found.facts.database,
        "server_version": found.facts.server_version,
        "role": found.facts.role,
        "warnings": [finding_output(finding) for finding in found.findings],
        "offers": dict(found.offers),
    }


@retried_read
async def _inspect(utils: WorkerUtils) -> Capabilities:
    async with utils.queue.read_unchecked() as tx:
        return await inspect(tx)


ENDPOINTS = (
    Endpoint("GET", "/api/session", session, permission=EVERY_USER, response=Session),
)  # fmt: skip
