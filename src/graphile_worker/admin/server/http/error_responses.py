"""Errors as JSON: one shape for every answer that is not a success."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from graphile_worker.admin.api.wire import encode
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
    results: list[dict[str, Any]] | None = None,
    server: dict[str, str] | None = None,
) -> Response:
    """`{"error", "code", "request_id"[, "field"][, "hint"][, "results"][, "server"]}` with a status."""
    state = scope.get("state", {})
    state[CODE] = code = code or _CODES.get(status, "error")
    body: dict[str, Any] = {"error": message, "code": code, "request_id": state.get("request_id", "")}
    more = {"field": field, "hint": hint, "results": results, "server": server}
    body |= {name: value for name, value in more.items() if value is not None}
    return Response(encode(body), status, headers=headers, media_type="application/json")
