"""`GET /api/openapi.json`: every route of the API with the types that check its requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphile_worker import __version__
from graphile_worker.admin.api import answers, vocabulary, wire
from graphile_worker.admin.api.openapi import Endpoint, document
from graphile_worker.admin.server.context import json_response

_LIST = vocabulary.LIST_PARAMETERS
_TABLE = {"answer": answers.Table, "parameters": vocabulary.TABLE_PARAMETERS}
_EXPORT = {"answer": None, "media_types": ("application/x-ndjson", "text/csv")}
# (method, path) -> what the code of a route does not say by itself
_TYPES: dict[tuple[str, str], dict[str, Any]] = {
    ("GET", "/api/session"): {"answer": answers.Session},
    ("GET", "/api/overview"): {"answer": answers.Overview, "parameters": ("parts",)},
    ("GET", "/api/jobs"): {"answer": answers.JobPage, "parameters": _LIST},
    ("POST", "/api/jobs"): {"answer": answers.Added, "body": wire.AddJobRequest},
    ("POST", "/api/jobs/action"): {"answer": answers.Acted, "body": wire.JobActionRequest},
    ("POST", "/api/jobs/remove-by-key"): {"answer": answers.Removed, "body": wire.RemoveByKeyRequest},
    ("POST", "/api/jobs/bulk"): {"answer": answers.BulkStep, "body": wire.BulkRequest},
    ("GET", "/api/jobs/count"): {"answer": answers.Count, "parameters": vocabulary.FILTER_PARAMETERS},
    ("GET", "/api/jobs/export"): {
        **_EXPORT,
        "parameters": (*vocabulary.FILTER_PARAMETERS, "format", "sort", "cursor", "limit"),
    },
    ("GET", "/api/jobs/{id}"): {"answer": answers.Job, "parameters": ("payload",)},
    ("GET", "/api/queues"): _TABLE,
    ("GET", "/api/workers"): _TABLE,
    ("GET", "/api/tasks"): _TABLE,
    ("GET", "/api/suggest"): {"answer": answers.Suggestions, "parameters": ("field", "prefix", "limit")},
    ("GET", "/api/maintenance"): {
        "answer": answers.Previews,
        "parameters": ("older_than_secs", "sweep_threshold_secs", "recovery_delay_secs"),
    },
    ("POST", "/api/maintenance"): {"answer": answers.Maintained, "body": wire.MaintenanceRequest},
    ("GET", "/api/openapi.json"): {"answer": None},
}


def endpoints(routes: Iterable[Any]) -> list[Endpoint]:
    """The API's routes as they are described; the summary is the first line of each docstring.

    Raises KeyError for a route nobody has described.
    """
    found = []
    for route in routes:
        if isinstance(route, Route) and route.path.startswith("/api/"):
            summary = (route.endpoint.__doc__ or "").strip().splitlines()[0]
            for method in sorted((route.methods or set()) - {"HEAD"}):
                types = _TYPES[method, route.path]
                found.append(Endpoint(method=method, path=route.path, summary=summary, **types))
    return found


async def openapi(request: Request) -> Response:
    """The OpenAPI description of this API."""
    found = endpoints(request.app.routes)
    described = document(found, version=__version__, csrf_header=vocabulary.CSRF_HEADER)
    return json_response(wire.encode(described))
