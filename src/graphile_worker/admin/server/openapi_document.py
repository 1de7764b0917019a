"""`GET /api/openapi.json`: every route of the API with the types that check its requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphile_worker import __version__
from graphile_worker.admin.api import vocabulary, wire
from graphile_worker.admin.api.jobs.export import EXPORT_MAX
from graphile_worker.admin.api.openapi import Endpoint, document, whole, words
from graphile_worker.admin.api.responses import jobs, live, tables
from graphile_worker.admin.api.responses.maintenance import MAINTAINED, NAMED, Previews
from graphile_worker.admin.api.tables import overview
from graphile_worker.admin.server.context import json_response
from graphile_worker.admin.server.databases import chooses
from graphile_worker.admin.server.http import query_params
from graphile_worker.core.locks.config import MAXIMUM_SECONDS, MINIMUM_THRESHOLD, OLD_LOCK_MINIMUM

_LIST = vocabulary.LIST_PARAMETERS


def _table(kind: str, answer: Any) -> dict[str, Any]:
    sorts = [way + word for word in vocabulary.TABLE_SORTS[kind] for way in ("", "-")]
    return {"answer": answer, "parameters": vocabulary.TABLE_PARAMETERS, "own": {"sort": words(sorts)}}


# (method, path) -> what the code of a route does not say by itself
_TYPES: dict[tuple[str, str], dict[str, Any]] = {
    ("GET", "/healthz"): {"answer": jobs.Status, "public": True},
    ("GET", "/readyz"): {"answer": jobs.Status, "public": True, "unavailable": jobs.Status},
    ("GET", "/metrics"): {"answer": None, "media_types": ("text/plain",)},
    ("GET", "/api/session"): {"answer": jobs.Session},
    ("GET", "/api/overview"): {
        "answer": tables.Overview,
        "parameters": ("parts",),
        "own": {"parts": {"type": "array", "items": words(overview.PARTS)}},
    },
    ("GET", "/api/events"): {"answer": None, "media_types": ("text/event-stream",)},
    ("GET", "/api/activity"): {"answer": live.Activity},
    ("GET", "/api/jobs"): {"answer": jobs.JobPage, "parameters": _LIST},
    ("POST", "/api/jobs"): {"answer": jobs.Added, "body": wire.AddJobRequest},
    ("POST", "/api/jobs/action"): {"answer": jobs.Acted, "body": wire.JobActionRequest},
    ("POST", "/api/jobs/remove-by-key"): {"answer": jobs.Removed, "body": wire.RemoveByKeyRequest},
    ("POST", "/api/jobs/bulk"): {"answer": (jobs.BulkStep, jobs.BulkPreview), "body": wire.BulkRequest},
    ("GET", "/api/jobs/count"): {"answer": jobs.Count, "parameters": vocabulary.FILTER_PARAMETERS},
    ("GET", "/api/jobs/export"): {
        "answer": None,
        "media_types": ("application/x-ndjson", "text/csv"),
        "parameters": (*vocabulary.FILTER_PARAMETERS, "format", "sort", "cursor", "limit", "bom"),
        "own": {"sort": words(("id", "-id")), "limit": whole(1, EXPORT_MAX)},
    },
    ("GET", "/api/jobs/{id}"): {"answer": jobs.Job, "parameters": ("payload", "last_error")},
    ("GET", "/api/queues"): _table("queues", tables.QueuePage),
    ("GET", "/api/workers"): _table("workers", tables.WorkerPage),
    ("GET", "/api/tasks"): _table("tasks", tables.TaskPage),
    ("GET", "/api/errors"): _table("errors", tables.ErrorPage),
    ("GET", "/api/suggest"): {
        "answer": tables.Suggestions,
        "parameters": ("field", "prefix", "limit"),
        "required": ("field",),
    },
    ("GET", "/api/maintenance"): {
        "answer": Previews,
        "parameters": ("older_than_secs", "sweep_threshold_secs", "recovery_delay_secs"),
        "own": {
            "older_than_secs": whole(OLD_LOCK_MINIMUM, MAXIMUM_SECONDS),
            "sweep_threshold_secs": whole(MINIMUM_THRESHOLD, MAXIMUM_SECONDS),
            "recovery_delay_secs": whole(0, MAXIMUM_SECONDS),
        },
    },
    ("POST", "/api/maintenance"): {"answer": MAINTAINED, "body": wire.MaintenanceRequest},
    ("GET", "/api/openapi.json"): {"answer": jobs.Description},
}
_PLACES = ("/api/", "/healthz", "/readyz", "/metrics")  # what programs ask; the page and its assets are for browsers


def endpoints(routes: Iterable[Any]) -> list[Endpoint]:
    """The API's routes as they are described; the summary is the first line of each docstring.

    Raises KeyError for a route nobody has described.
    """
    found = []
    for route in routes:
        if isinstance(route, Route) and route.path.startswith(_PLACES):
            summary = (route.endpoint.__doc__ or "").strip().splitlines()[0]
            for method in sorted((route.methods or set()) - {"HEAD"}):
                more = {"chooses": chooses(route.path), **_TYPES[method, route.path]}
                found.append(Endpoint(method=method, path=route.path, summary=summary, **more))
    return found


async def openapi(request: Request) -> Response:
    """The OpenAPI description of this API."""
    query_params.read(request.scope["query_string"], ())
    described = document(
        endpoints(request.app.routes),
        version=__version__,
        csrf_header=vocabulary.CSRF_HEADER,
        databases=list(request.app.state.contexts),
        named=(*NAMED, *live.EVENTS.values()),
    )
    return json_response(wire.encode(described))
