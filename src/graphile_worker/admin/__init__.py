"""The embedded admin: a JSON API and a web page over one schema.

The names in `__all__` are public. Each one is loaded when it is first used.
"""

TYPE_CHECKING = False  # type checkers read it as true; importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from graphile_worker.admin.manifest import AssetsChanged
    from graphile_worker.admin.server.app import create_app
    from graphile_worker.admin.server.audit.audit_file import AuditFile
    from graphile_worker.admin.server.audit.events import (
        AuditEvent,
        AuditKind,
        AuditOutcome,
        AuditSink,
    )
    from graphile_worker.admin.server.config import AdminServerConfig
    from graphile_worker.admin.server.mounting import MakeConfig
    from graphile_worker.admin.server.process.serve import serve
    from graphile_worker.admin.server.security.auth import AdminAuthConfig, AuthMode
    from graphile_worker.admin.server.users.admin_user import AdminUser, HostCheck

_HOMES = {
    "AdminAuthConfig": "server.security.auth",
    "AdminServerConfig": "server.config",
    "AdminUser": "server.users.admin_user",
    "AssetsChanged": "manifest",
    "AuditEvent": "server.audit.events",
    "AuditFile": "server.audit.audit_file",
    "AuditKind": "server.audit.events",
    "AuditOutcome": "server.audit.events",
    "AuditSink": "server.audit.events",
    "AuthMode": "server.security.auth",
    "HostCheck": "server.users.admin_user",
    "MakeConfig": "server.mounting",
    "create_app": "server.app",
    "serve": "server.process.serve",
}
__all__ = [
    "AdminAuthConfig",
    "AdminServerConfig",
    "AdminUser",
    "AssetsChanged",
    "AuditEvent",
    "AuditFile",
    "AuditKind",
    "AuditOutcome",
    "AuditSink",
    "AuthMode",
    "HostCheck",
    "MakeConfig",
    "create_app",
    "serve",
]

if not TYPE_CHECKING:  # type checkers know the imports above, and report every other name
    from graphile_worker._exports import lazy_exports

    __getattr__, __dir__ = lazy_exports(__name__, __all__, _HOMES)
    del lazy_exports

del TYPE_CHECKING
