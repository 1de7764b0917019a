"""The response to a write whose connection was lost during the commit."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api.responses.errors import result_output
from graphile_worker.admin.server.audit.audit_notes import outcomes
from graphile_worker.admin.server.context import context_of
from graphile_worker.admin.server.http.error_responses import error_response
from graphile_worker.core.exceptions import OutcomeUnknown


async def on_outcome_unknown(request: Request, error: Exception) -> Response:
    """503 without Retry-After: the write may be committed, so that no client may repeat it automatically.

    Shared reads and the audit treat it as a write.
    """
    assert isinstance(error, OutcomeUnknown)  # registered for this one only
    context_of(request).wrote(request, **({"outcomes": outcomes(error.results)} if error.results else {}))
    results = [result_output(result) for result in error.results] or None
    return error_response(request.scope, 503, error.message, code=error.code, hint=error.hint, results=results)
