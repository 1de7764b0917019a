"""Errors as JSON: one table from our errors to a status, one shape for every answer that is not a success."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api.wire import encode
from graphile_worker.admin.server.users import RightMissing
from graphile_worker.core import errors

STATUS: dict[type[errors.GraphileWorkerError], int] = {
    RightMissing: 403,
    errors.InvalidInput: 400,
    errors.NotFound: 404,
    errors.Refused: 409,
    errors.JobNotScheduled: 409,
    errors.SchemaMissing: 503,
    errors.SchemaUnsupported: 503,
    errors.PermissionDenied: 403,
    errors.RowSecurity: 403,
    errors.DatabaseUnavailable: 503,
    errors.DatabaseReadOnly: 503,
    errors.QueryTimeout: 503,
    errors.Busy: 503,
    errors.DatabaseError: 503,
}
_CODES = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    421: "host_not_allowed",
    429: "too_many_attempts",
    431: "headers_too_large",
    500: "internal_error",
}


def error_response(
    scope: Any,
    status: int,
    message: str,
    *,
    code: str | None = None,
    field: str | None = None,
    hint: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """`{"error", "code", "request_id"[, "field"][, "hint"]}` with a status."""
    body: dict[str, Any] = {
        "error": message,
        "code": code or _CODES.get(status, "error"),
        "request_id": scope.get("state", {}).get("request_id", ""),
    }
    body |= {name: value for name, value in (("field", field), ("hint", hint)) if value is not None}
    return Response(encode(body), status, headers=headers, media_type="application/json")


async def on_error(request: Request, error: Exception) -> Response:
    """The answer to one of our errors."""
    assert isinstance(error, errors.GraphileWorkerError)  # it is registered for these only
    kind = next(kind for kind in type(error).__mro__ if kind in STATUS or kind is errors.GraphileWorkerError)
    status = STATUS.get(kind, 500)
    retry = {"Retry-After": "2"} if status == 503 else None
    return error_response(
        request.scope, status, error.message, code=error.code, field=error.field, hint=error.hint, headers=retry
    )


async def on_crash(request: Request, error: Exception) -> Response:
    """The answer to a fault of ours; the traceback is the log's."""
    hint = "The server's log has the request id."
    return error_response(request.scope, 500, "internal server error", hint=hint)


async def on_http_error(request: Request, error: Exception) -> Response:
    """The answer to an unknown path or method."""
    assert isinstance(error, HTTPException)  # it is registered for these only
    messages = {404: "there is nothing at this address", 405: "this method is not allowed here"}
    message = messages.get(error.status_code, error.detail)
    hint, headers = getattr(error, "hint", None), dict(error.headers or {})
    return error_response(request.scope, error.status_code, message, hint=hint, headers=headers)
