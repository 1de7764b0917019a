"""The ASGI application: the endpoints of `routes`, the page and its assets, behind the guards."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from graphile_worker.admin.server.audit.audit_guard import Audit
from graphile_worker.admin.server.config import AdminServerConfig
from graphile_worker.admin.server.databases import DatabaseDirectory, DatabaseSelector
from graphile_worker.admin.server.endpoint import Endpoint
from graphile_worker.admin.server.http.disconnect import CancelOnDisconnect
from graphile_worker.admin.server.http.error_handlers import on_error, on_http_error, on_internal_error
from graphile_worker.admin.server.http.outcome_unknown import on_outcome_unknown
from graphile_worker.admin.server.live.streams import Streams
from graphile_worker.admin.server.mounting import LazyApp, MakeConfig, PrefixMiddleware, RedirectToSlash
from graphile_worker.admin.server.page.assets import ASSETS, asset, loaded
from graphile_worker.admin.server.page.document import page
from graphile_worker.admin.server.routes import (
    actions,
    jobs,
    live,
    maintenance,
    monitoring,
    openapi,
    overview,
    session,
    suggest,
    tables,
)
from graphile_worker.admin.server.security.authorization import PermissionGuard
from graphile_worker.admin.server.security.csrf import Csrf
from graphile_worker.admin.server.security.guards import with_guards
from graphile_worker.admin.server.security.hosts import HostPolicy
from graphile_worker.admin.server.security.permissions import EVERY_USER, AdminRoute, PermissionTable
from graphile_worker.core.exceptions import GraphileWorkerError, OutcomeUnknown

_MODULES = (monitoring, session, overview, live, jobs, actions, tables, suggest, openapi, maintenance)
# A path with a parameter comes last: it would match `/api/jobs/count` as well.
ENDPOINTS: tuple[Endpoint, ...] = tuple(
    sorted((one for module in _MODULES for one in module.ENDPOINTS), key=lambda one: "{" in one.path)
)
ROUTES: tuple[AdminRoute, ...] = (
    AdminRoute("/", page, methods=["GET"], permission=EVERY_USER),
    *(AdminRoute(path, asset, methods=["GET"], permission=EVERY_USER) for path in ASSETS),
    *ENDPOINTS,
)
PERMISSIONS = PermissionTable(ROUTES)


def create_app(config: AdminServerConfig | MakeConfig) -> ASGIApp:
    """The admin as an ASGI application that can be mounted in another one. It starts no task before the first request.

    `config` may be an async function without arguments that returns the configuration. It is called at the first
    request, and again at the next one when it raised. Without `allowed_hosts` every Host header is accepted.
    Raises AssetsChanged when an asset of the page is not the one that was built.
    """
    if not isinstance(config, AdminServerConfig):
        return LazyApp(config, create_app)
    loaded()
    policy = HostPolicy.mounted(config.allowed_hosts, loopback_only=config.auth.mode == "none")
    databases = DatabaseDirectory.of(config, Csrf(config.auth.secret))
    return assemble(config, databases, policy, Streams(), Audit(config, databases))


def assemble(
    config: AdminServerConfig, databases: DatabaseDirectory, policy: HostPolicy, streams: Streams, audit: Audit
) -> ASGIApp:
    """The application with the streams and the audit, which `serve` closes when it stops."""
    router = Starlette(
        routes=list(ROUTES),
        middleware=[Middleware(GZipMiddleware, minimum_size=1024, compresslevel=3)],
        exception_handlers={
            OutcomeUnknown: on_outcome_unknown,
            GraphileWorkerError: on_error,
            HTTPException: on_http_error,
            Exception: on_internal_error,
        },
    )
    router.router.redirect_slashes = False
    router.state.databases = databases
    router.state.streams = streams
    selector = DatabaseSelector(router, databases)
    router.state.internal_app = PermissionGuard(selector, PERMISSIONS)
    csrf = databases.find(None).csrf
    app = with_guards(
        CancelOnDisconnect(RedirectToSlash(selector)), config, policy=policy, csrf=csrf, table=PERMISSIONS, audit=audit
    )
    return PrefixMiddleware(app, config.prefix) if config.prefix else app
