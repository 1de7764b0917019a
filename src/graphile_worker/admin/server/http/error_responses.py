"""Error responses: one JSON object for every response that is not a success."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from graphile_worker.admin.api.json_codec import encode
from graphile_worker.admin.api.responses.errors import Error, Result, ServerMessage
from graphile_worker.admin.server.audit.audit_notes import CODE

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
    results: list[Result] | None = None,
    server: ServerMessage | None = None,
    reason_code: str | None = None,
) -> Response:
    """A response with an `Error`. The code follows from the status where none is given."""
    state = scope.get("state", {})
    state[CODE] = code = code or _CODES.get(status, "error")
    error: Error = {"error": message, "code": code, "request_id": state.get("request_id", "")}
    if field is not None:
        error["field"] = field
    if hint is not None:
        error["hint"] = hint
    if reason_code is not None:
        error["reason_code"] = reason_code
    if results is not None:
        error["results"] = results
    if server is not None:
        error["server"] = server
    return Response(encode(error), status, headers=headers, media_type="application/json")
