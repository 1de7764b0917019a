"""The embedded admin: a JSON API and a web page over one schema.

The names below are the public ones; each is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphile_worker.admin.server.app import create_app
    from graphile_worker.admin.server.audit.events import AuditEvent
    from graphile_worker.admin.server.config import AdminServerConfig
    from graphile_worker.admin.server.process.serve import serve
    from graphile_worker.admin.server.security.auth import AdminAuthConfig
    from graphile_worker.admin.server.users.admin_user import AdminUser

_HOMES = {
    "AdminAuthConfig": "security.auth",
    "AdminServerConfig": "config",
    "AdminUser": "users.admin_user",
    "AuditEvent": "audit.events",
    "create_app": "app",
    "serve": "process.serve",
}
__all__ = ["AdminAuthConfig", "AdminServerConfig", "AdminUser", "AuditEvent", "create_app", "serve"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"graphile_worker.admin.server.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'graphile_worker.admin' has no attribute {name!r}")
