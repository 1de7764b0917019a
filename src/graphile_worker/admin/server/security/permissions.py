"""The permission that each route declares: a route without one cannot be made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from starlette.routing import Match, Route
from starlette.types import Scope

from graphile_worker.admin.server.users.admin_user import RIGHTS


@dataclass(frozen=True, slots=True)
class Permission:
    """What a route needs: the right to one of `actions`. With several, the body says to which one.

    Without actions, `public` tells whether the route needs credentials at all.
    """

    actions: tuple[str, ...] = ()
    public: bool = False

    def __post_init__(self) -> None:
        if self.public and self.actions:
            raise ValueError("a public route has no actions")
        for action in self.actions:
            if action == "write" or action not in RIGHTS:
                raise ValueError(f"there is no action {action!r}")


ANYBODY = Permission(public=True)  # probes, without credentials
EVERY_USER = Permission()  # the page, its assets, and what tells a user their rights
READ = Permission(("read",))


def action(name: str) -> Permission:
    """The right to one action."""
    return Permission((name,))


def one_of(*names: str) -> Permission:
    """The right to the action that the body names: `permit` checks it when the body is decoded."""
    return Permission(names)


class AdminRoute(Route):
    """A route with the permission that it needs."""

    def __init__(self, path: str, endpoint: Callable[..., Any], *, methods: list[str], permission: Permission) -> None:
        super().__init__(path, endpoint, methods=methods)
        if not isinstance(permission, Permission):
            raise TypeError(f"{path} must declare a Permission, not {permission!r}")
        self.permission = permission


class Alone(AdminRoute):
    """Answers for its path alone: other methods are a 405, though a later route with a parameter would take the path."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As a route, whatever the method."""
        match, child = super().matches(scope)
        return (Match.NONE if match is Match.NONE else Match.FULL), child


class PermissionTable:
    """The permission for a method and path. What no route answers needs `read`."""

    def __init__(self, routes: Iterable[AdminRoute]) -> None:
        self._exact: dict[str, dict[str, Permission]] = {}
        self._patterns: list[AdminRoute] = []
        for route in routes:
            if "{" in route.path:
                self._patterns.append(route)
                continue
            for method in route.methods or ():
                self._exact.setdefault(route.path, {})[method] = route.permission

    def find(self, method: str, path: str) -> Permission | None:
        """The permission of the route that answers; None where none does."""
        if path in self._exact:
            return self._exact[path].get(method)
        for route in self._patterns:
            if method in (route.methods or ()) and route.path_regex.match(path):
                return route.permission
        return None
