"""The whole HTTP surface in one screen."""

from __future__ import annotations

from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Scope

from graphile_worker.admin.server import description
from graphile_worker.admin.server.assets import ASSETS, asset
from graphile_worker.admin.server.config import AdminServerConfig
from graphile_worker.admin.server.context import contexts
from graphile_worker.admin.server.csrf import Csrf
from graphile_worker.admin.server.databases import Choosing, Directory
from graphile_worker.admin.server.errors import on_crash, on_error, on_http_error
from graphile_worker.admin.server.guards import guarded
from graphile_worker.admin.server.hosts import HostPolicy
from graphile_worker.admin.server.mounting import Deferred, MakeConfig, Prefixed, Slash
from graphile_worker.admin.server.page import page
from graphile_worker.admin.server.rights import RightsGuard
from graphile_worker.admin.server.routes import (
    actions,
    health,
    jobs,
    live,
    maintenance,
    metrics,
    overview,
    session,
    suggest,
    tables,
)
from graphile_worker.admin.server.streams import Streams
from graphile_worker.core.errors import GraphileWorkerError


class Alone(Route):
    """Answers for its path alone: other methods are a 405, though a later route with a parameter would take the path."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As a route, whatever the method."""
        match, child = super().matches(scope)
        return (Match.NONE if match is Match.NONE else Match.FULL), child


ROUTES = (
    Route("/", page, methods=["GET"]),
    *(Route(path, asset, methods=["GET"]) for path in ASSETS),
    Route("/healthz", health.healthz, methods=["GET"]),
    Route("/readyz", health.readyz, methods=["GET"]),
    Route("/metrics", metrics.metrics, methods=["GET"]),
    Route("/api/session", session.session, methods=["GET"]),
    Route("/api/overview", overview.overview, methods=["GET"]),
    Route("/api/events", live.events, methods=["GET"]),
    Route("/api/activity", live.activity, methods=["GET"]),
    Route("/api/jobs", jobs.list_jobs, methods=["GET"]),
    Route("/api/jobs", jobs.add_job, methods=["POST"]),
    Alone("/api/jobs/action", actions.act, methods=["POST"]),
    Alone("/api/jobs/remove-by-key", actions.remove_by_key, methods=["POST"]),
    Alone("/api/jobs/bulk", actions.act_on_many, methods=["POST"]),
    Route("/api/jobs/count", jobs.count_jobs, methods=["GET"]),
    Route("/api/jobs/export", jobs.export_jobs, methods=["GET"]),
    Route("/api/jobs/{id}", jobs.get_job, methods=["GET"]),
    Route("/api/queues", tables.queues, methods=["GET"]),
    Route("/api/workers", tables.workers, methods=["GET"]),
    Route("/api/tasks", tables.tasks, methods=["GET"]),
    Route("/api/errors", tables.errors, methods=["GET"]),
    Route("/api/suggest", suggest.suggest, methods=["GET"]),
    Route("/api/openapi.json", description.openapi, methods=["GET"]),
    Route("/api/maintenance", maintenance.preview, methods=["GET"]),
    Route("/api/maintenance", maintenance.maintain, methods=["POST"]),
)


def create_app(
    config: AdminServerConfig | MakeConfig, *, policy: HostPolicy | None = None, streams: Streams | None = None
) -> ASGIApp:
    """The admin as an ASGI application, to be mounted anywhere; it starts nothing until somebody asks.

    `config` may be an async function without arguments that makes it: it is called at the first request, and again at
    the next one when it raised. `policy` and `streams` are what `serve` gives; mounted, host names are the host
    application's business (see AdminServerConfig).
    """
    if not isinstance(config, AdminServerConfig):
        return Deferred(config, partial(create_app, policy=policy, streams=streams))
    csrf = Csrf(config.auth.secret)
    router = Starlette(
        routes=list(ROUTES),
        middleware=[Middleware(GZipMiddleware, minimum_size=1024, compresslevel=4)],
        exception_handlers={GraphileWorkerError: on_error, HTTPException: on_http_error, Exception: on_crash},
    )
    router.router.redirect_slashes = False
    known = router.state.contexts = contexts(config, csrf)
    router.state.streams = streams or Streams()
    router.state.directory = Directory({name: context.config.utils for name, context in known.items()})
    choosing = Choosing(router, known, page=config.auth.mode not in ("bearer", "header"))
    mounted = HostPolicy.mounted(config.allowed_hosts, loopback_only=config.auth.mode == "none")
    router.state.inside = RightsGuard(choosing)
    app = guarded(Slash(choosing), policy=policy or mounted, auth=config.auth, csrf=csrf, read_only=config.read_only)
    return Prefixed(app, config.prefix) if config.prefix else app
