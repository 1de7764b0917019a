"""The whole HTTP surface in one screen."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from graphile_worker.admin.server import openapi_document
from graphile_worker.admin.server.audit.audit_guard import Audit
from graphile_worker.admin.server.config import AdminServerConfig
from graphile_worker.admin.server.context import Context, contexts
from graphile_worker.admin.server.databases import Choosing, Directory
from graphile_worker.admin.server.http.disconnect import CancelOnDisconnect
from graphile_worker.admin.server.http.error_handlers import on_crash, on_error, on_http_error
from graphile_worker.admin.server.http.outcome_unknown import on_outcome_unknown
from graphile_worker.admin.server.live.streams import Streams
from graphile_worker.admin.server.mounting import Deferred, MakeConfig, Prefixed, Slash
from graphile_worker.admin.server.page.assets import ASSETS, asset, loaded
from graphile_worker.admin.server.page.document import page
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
from graphile_worker.admin.server.security.authorization import RightsGuard
from graphile_worker.admin.server.security.csrf import Csrf
from graphile_worker.admin.server.security.guards import guarded
from graphile_worker.admin.server.security.hosts import HostPolicy
from graphile_worker.admin.server.security.permissions import (
    ANYBODY,
    EVERY_USER,
    READ,
    AdminRoute,
    Alone,
    PermissionTable,
    action,
    one_of,
)
from graphile_worker.core.actions.table import JOB_ACTION_NAMES
from graphile_worker.core.exceptions import GraphileWorkerError, OutcomeUnknown

ROUTES = (
    AdminRoute("/", page, methods=["GET"], permission=EVERY_USER),
    *(AdminRoute(path, asset, methods=["GET"], permission=EVERY_USER) for path in ASSETS),
    AdminRoute("/healthz", health.healthz, methods=["GET"], permission=ANYBODY),
    AdminRoute("/readyz", health.readyz, methods=["GET"], permission=ANYBODY),
    AdminRoute("/metrics", metrics.metrics, methods=["GET"], permission=READ),
    AdminRoute("/api/session", session.session, methods=["GET"], permission=EVERY_USER),
    AdminRoute("/api/overview", overview.overview, methods=["GET"], permission=READ),
    AdminRoute("/api/events", live.events, methods=["GET"], permission=READ),
    AdminRoute("/api/activity", live.activity, methods=["GET"], permission=READ),
    AdminRoute("/api/jobs", jobs.list_jobs, methods=["GET"], permission=READ),
    AdminRoute("/api/jobs", jobs.add_job, methods=["POST"], permission=action("add")),
    Alone("/api/jobs/action", actions.act, methods=["POST"], permission=one_of(*JOB_ACTION_NAMES)),
    Alone("/api/jobs/remove-by-key", actions.remove_by_key, methods=["POST"], permission=action("remove-by-key")),
    Alone("/api/jobs/bulk", actions.act_on_many, methods=["POST"], permission=one_of(*JOB_ACTION_NAMES)),
    AdminRoute("/api/jobs/count", jobs.count_jobs, methods=["GET"], permission=READ),
    AdminRoute("/api/jobs/export", jobs.export_jobs, methods=["GET"], permission=READ),
    AdminRoute("/api/jobs/{id}", jobs.get_job, methods=["GET"], permission=READ),
    AdminRoute("/api/queues", tables.queues, methods=["GET"], permission=READ),
    AdminRoute("/api/workers", tables.workers, methods=["GET"], permission=READ),
    AdminRoute("/api/tasks", tables.tasks, methods=["GET"], permission=READ),
    AdminRoute("/api/errors", tables.errors, methods=["GET"], permission=READ),
    AdminRoute("/api/suggest", suggest.suggest, methods=["GET"], permission=READ),
    AdminRoute("/api/openapi.json", openapi_document.openapi, methods=["GET"], permission=READ),
    AdminRoute("/api/maintenance", maintenance.preview, methods=["GET"], permission=READ),
    AdminRoute(
        "/api/maintenance", maintenance.maintain, methods=["POST"], permission=one_of(*maintenance.USED_MEMBERS)
    ),
)
PERMISSIONS = PermissionTable(ROUTES)


def create_app(config: AdminServerConfig | MakeConfig) -> ASGIApp:
    """The admin as an ASGI application, to be mounted anywhere; it starts nothing until somebody asks.

    `config` may be an async function without arguments that makes it: it is called at the first request, and again at
    the next one when it raised. Host names are the host application's business (see AdminServerConfig).
    Raises AssetsChanged when an asset of the page is not as built.
    """
    if not isinstance(config, AdminServerConfig):
        return Deferred(config, create_app)
    loaded()
    mounted = HostPolicy.mounted(config.allowed_hosts, loopback_only=config.auth.mode == "none")
    return assemble(config, contexts(config, Csrf(config.auth.secret)), mounted, Streams(), Audit(config))


def assemble(
    config: AdminServerConfig, known: Mapping[str, Context], policy: HostPolicy, streams: Streams, audit: Audit
) -> ASGIApp:
    """The application of these contexts, streams and audit events, which `serve` ends when it stops."""
    csrf = next(iter(known.values())).csrf
    router = Starlette(
        routes=list(ROUTES),
        middleware=[Middleware(GZipMiddleware, minimum_size=1024, compresslevel=4)],
        exception_handlers={
            OutcomeUnknown: on_outcome_unknown,
            GraphileWorkerError: on_error,
            HTTPException: on_http_error,
            Exception: on_crash,
        },
    )
    router.router.redirect_slashes = False
    router.state.contexts = known
    router.state.streams = streams
    router.state.directory = Directory({name: context.config.utils for name, context in known.items()})
    choosing = Choosing(router, known)
    router.state.inside = RightsGuard(choosing, PERMISSIONS)
    app = guarded(CancelOnDisconnect(Slash(choosing)), config, policy=policy, csrf=csrf, table=PERMISSIONS, audit=audit)
    return Prefixed(app, config.prefix) if config.prefix else app
