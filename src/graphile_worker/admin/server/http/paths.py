"""The path of a request below the place where the admin is mounted: one answer for the guards and the routes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope

_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+", re.ASCII)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC = "public"  # in the state: whether the page is drawn for somebody who has not logged in
DATABASE = "admin_database"  # in the state: the name of the selected queue; None or absent for the default
PROBES = frozenset({"/healthz", "/readyz"})  # answered yes or no without credentials


def route_path(scope: Scope) -> str:
    """The path below the mount, as Starlette's router takes it; `/` also where the mount's own slash is missing."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    below = path[len(root) :] if path.startswith(root) else path
    return below if below.startswith("/") else (path if below else "/")


def is_asset(path: str) -> bool:
    """Whether a path is of the kind that may be cached."""
    return path.startswith("/assets/") or path == "/favicon.ico"


def check_prefix(prefix: str) -> None:
    """Raises ValueError for a prefix that is neither empty nor a path as `/a/b`."""
    if prefix and not _PREFIX.fullmatch(prefix):
        raise ValueError(f"the prefix must be a path as /queue or /a/b, not {prefix!r}")
