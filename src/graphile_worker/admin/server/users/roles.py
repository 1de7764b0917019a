"""The roles of the users file, and the rights of each."""

from __future__ import annotations

# role -> the rights of AdminUser
ROLES: dict[str, tuple[str, ...]] = {
    "viewer": ("read",),
    "operator": ("read", "add", "complete", "fail", "run-now", "retry", "reschedule", "remove-by-key"),
    "admin": ("write",),
}
