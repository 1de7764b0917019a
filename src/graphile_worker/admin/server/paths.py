"""The path of a request below the place where the admin is mounted: one answer for the guards and the routes."""

from __future__ import annotations

from starlette.types import Scope

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def route_path(scope: Scope) -> str:
    """The path below the mount, as Starlette's router takes it; `/` also where the mount's own slash is missing."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    below = path[len(root) :] if path.startswith(root) else path
    return below if below.startswith("/") else (path if below else "/")


def is_asset(path: str) -> bool:
    """Whether a path is of the kind that may be cached."""
    return path.startswith("/assets/") or path == "/favicon.ico"
