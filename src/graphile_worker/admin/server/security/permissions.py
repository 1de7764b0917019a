"""The permission that each route declares. A route without one cannot be constructed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from starlette.routing import Match, Route
from starlette.types import Scope

from graphile_worker.admin.server.users.admin_user import USER_PERMISSIONS


@dataclass(frozen=True, slots=True)
class Permission:
    """What a route requires: the right to one of `actions`. With several actions, the body names the one.

    Without actions every user may use the route; with `public` also a request without credentials.
    """

    actions: tuple[str, ...] = ()
    public: bool = False

    def __post_init__(self) -> None:
        if self.public and self.actions:
            raise ValueError("a public route has no actions")
        for action in self.actions:
            if action == "write" or action not in USER_PERMISSIONS:
                raise ValueError(f"there is no action {action!r}")

    @property
    def only_action(self) -> str | None:
        """The action that the route always performs; None where the body names it or there is no action."""
        return self.actions[0] if len(self.actions) == 1 else None

    def action_of(self, body: Any) -> str:
        """The action that a decoded request body asks for."""
        return self.only_action or str(body.action)


ANYBODY = Permission(public=True)  # health probes, without credentials
EVERY_USER = Permission()  # the page, its assets, and the session, which lists the user's rights
READ = Permission(("read",))


def action(name: str) -> Permission:
    """The right to one action."""
    return Permission((name,))


def one_of(*names: str) -> Permission:
    """The right to the action that the body names; `require_permission` checks it when the body is decoded."""
    return Permission(names)


class AdminRoute(Route):
    """A route with its permission.

    With `exclusive`, other methods of the path get 405, even where a later route with a path parameter would match.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: list[str],
        permission: Permission,
        exclusive: bool = False,
    ) -> None:
        super().__init__(path, endpoint, methods=methods)
        if not isinstance(permission, Permission):
            raise TypeError(f"{path} must declare a Permission, not {permission!r}")
        self.permission = permission
        self.exclusive = exclusive

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As Starlette's; an exclusive route matches its path with every method."""
        match, child = super().matches(scope)
        return (Match.FULL if self.exclusive and match is Match.PARTIAL else match), child


class PermissionTable:
    """The permission of each method and path. Addresses without a route require `read`."""

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
        """The permission of the route for this method and path; None where there is no route."""
        if path in self._exact:
            return self._exact[path].get(method)
        for route in self._patterns:
            if method in (route.methods or ()) and route.path_regex.match(path):
                return route.permission
        return None
