"""The path of a request below the mount, in one form for guards and routes, and the classes of paths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope

_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+", re.ASCII)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC = "public"  # in the state: whether the page is rendered without the rows and the CSRF token
DATABASE = "admin_database"  # in the state: the name of the selected queue; None or absent for the default
PROBES = frozenset({"/healthz", "/readyz"})  # they need no credentials


def route_path(scope: Scope) -> str:
    """The path below the mount, as Starlette's router computes it; `/` for the mount without its slash."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    below = path[len(root) :] if path.startswith(root) else path
    return below if below.startswith("/") else (path if below else "/")


def is_asset(path: str) -> bool:
    """Whether the path is an asset, whose response may be cached."""
    return path.startswith("/assets/") or path == "/favicon.ico"


def check_prefix(prefix: str) -> None:
    """Raises ValueError for a prefix that is neither empty nor a path as `/a/b`."""
    if prefix and not _PREFIX.fullmatch(prefix):
        raise ValueError(f"the prefix must be a path as /queue or /a/b, not {prefix!r}")
