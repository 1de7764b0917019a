"""The roles of the users file, and the rights of each."""

from __future__ import annotations

from graphile_worker.core.actions.table import ACTIONS

# role -> the rights of AdminUser
ROLES: dict[str, tuple[str, ...]] = {
    "viewer": ("read",),
    "operator": ("read", *(action.name for action in ACTIONS.values() if action.on_jobs)),
    "admin": ("write",),
}
