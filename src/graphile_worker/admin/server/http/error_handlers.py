"""Handlers of exceptions, with the HTTP status of each exception of `core`."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api.redaction.redact import Redacted
from graphile_worker.admin.api.responses.errors import server_output
from graphile_worker.admin.server.context import context_of
from graphile_worker.admin.server.http.error_responses import error_response
from graphile_worker.admin.server.limits.admission import TooManyRequests
from graphile_worker.admin.server.users.admin_user import PermissionMissing
from graphile_worker.core import exceptions

STATUS: dict[type[exceptions.GraphileWorkerError], int] = {
    PermissionMissing: 403,
    Redacted: 403,
    TooManyRequests: 429,
    exceptions.InvalidInput: 400,
    exceptions.NotFound: 404,
    exceptions.Refused: 409,
    exceptions.JobNotScheduled: 409,
    exceptions.SchemaMissing: 503,
    exceptions.SchemaUnsupported: 503,
    exceptions.PermissionDenied: 403,
    exceptions.RowSecurity: 403,
    exceptions.DatabaseUnavailable: 503,
    exceptions.OutcomeUnknown: 503,
    exceptions.DatabaseReadOnly: 503,
    exceptions.QueryTimeout: 503,
    exceptions.Busy: 503,
    exceptions.DatabaseError: 503,
}
_TWO_SLASHES = (
    "The path begins with two slashes: a proxy takes a prefix off without the slash behind it. In nginx both end with one: "
    "location /queue/ { proxy_pass http://127.0.0.1:5678/; }"
)


async def on_error(request: Request, error: Exception) -> Response:
    """The response to a GraphileWorkerError."""
    assert isinstance(error, exceptions.GraphileWorkerError)  # registered for these only
    kind = next(kind for kind in type(error).__mro__ if kind in STATUS or kind is exceptions.GraphileWorkerError)
    status = STATUS.get(kind, 500)
    retry = {"Retry-After": "2"} if status in (429, 503) else None
    return error_response(
        request.scope, status, error.message, code=error.code, field=error.field, hint=error.hint, headers=retry,
        server=server_output(error, context_of(request).redaction) if error.server else None,
        reason_code=error.reason_code,
    )  # fmt: skip


async def on_internal_error(request: Request, error: Exception) -> Response:
    """The response to an unhandled exception, whose traceback is logged."""
    hint = "The server's log has the request id."
    return error_response(request.scope, 500, "internal server error", hint=hint)


async def on_http_error(request: Request, error: Exception) -> Response:
    """The response to an HTTPException, as for an unknown path or method."""
    assert isinstance(error, HTTPException)  # registered for these only
    messages = {404: "there is nothing at this address", 405: "this method is not allowed here"}
    message = messages.get(error.status_code, error.detail)
    hint, headers = getattr(error, "hint", None), dict(error.headers or {})
    if request.scope["path"].startswith("//"):
        hint = _TWO_SLASHES
    return error_response(request.scope, error.status_code, message, hint=hint, headers=headers)
