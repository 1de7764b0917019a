"""`GET /api/session`: where we are, who may do what, and the CSRF token."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker import __version__
from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.api.wire import encode, finding_output, server_output
from graphile_worker.admin.server.context import Context, context_of, json_response
from graphile_worker.admin.server.http import query_params
from graphile_worker.admin.server.security.authorization import user_of
from graphile_worker.admin.server.users.admin_user import AdminUser, refusal
from graphile_worker.core.actions.table import ACTION_NAMES
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.diagnosis.capabilities import Capabilities, inspect
from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.worker_utils import WorkerUtils


async def session(request: Request) -> Response:
    """Always answers, also while the database is away.

    `warnings` has `code`, `level` (error, warning, note), `message` and `remedy`; `offers` has every action with the
    reason why it is not offered here, or null. In auth mode host, `auth` names the user and their `rights`.
    `redacted` is what is hidden from this user (docs/redaction.md).
    `databases` is there where the server has several queues: `[{"name", "schema", "database"}]`, the first first.
    """
    query_params.read(request.scope["query_string"], ())
    context, user = context_of(request), user_of(request.scope)
    facts = await _facts(context)
    facts["offers"] |= _withheld(user)
    databases = await request.app.state.directory.entries()
    body = {
        "schema": context.config.utils.schema.name,
        "read_only": context.config.read_only,
        "csrf_header": CSRF_HEADER,
        "redacted": list(context.redaction.words),
        "auth": context.config.auth.summary() | _who(user),
        "csrf_token": context.csrf.token(),
        "version": __version__,
        **facts,
        **({"db": context.name, "databases": databases} if databases else {}),
    }
    return json_response(encode(body))


def _who(user: AdminUser | None) -> dict[str, Any]:
    return {} if user is None else {"username": user.name, "rights": sorted(user.rights)}


def _withheld(user: AdminUser | None) -> dict[str, str]:
    return {} if user is None else {action: refusal(action) for action in ACTION_NAMES if not user.may(action)}


async def _facts(context: Context) -> dict[str, Any]:
    """What the database is and lets us do, looked at anew; a database that is away is a warning like the others."""
    utils = context.config.utils
    try:
        found = await _found(utils)
    except GraphileWorkerError as error:
        away: dict[str, Any] = {"code": error.code, "level": "error", "message": error.message, "remedy": error.hint}
        if error.server is not None:
            away["server"] = server_output(error, context.redaction)
        return {"database": None, "server_version": None, "warnings": [away], "offers": {}}
    return {
        "database": found.facts.database,
        "server_version": found.facts.server_version,
        "role": found.facts.role,
        "warnings": [finding_output(finding) for finding in found.findings],
        "offers": dict(found.offers),
    }


@retried_read
async def _found(utils: WorkerUtils) -> Capabilities:
    async with utils.queue.read_unchecked() as tx:
        return await inspect(tx)
