"""The user of a request, and the user's rights."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Scope

from graphile_worker.core.actions.table import ACTION_NAMES, ACTIONS
from graphile_worker.core.exceptions import GraphileWorkerError

USER_PERMISSIONS = ("read", "write", *ACTION_NAMES)


class PermissionMissing(GraphileWorkerError):
    """The user has no right to an action: 403."""

    code = "right_missing"

    def __init__(self, action: str) -> None:
        hint = "It needs the right read or write." if action == "read" else f"It needs the right {action} or write."
        super().__init__(refusal(action), hint=hint)


@dataclass(frozen=True, slots=True)
class AdminUser:
    """An authenticated user.

    `name` is shown in audit events and on the page. `rights` are `read` (every read), `write` (every read and every
    action) and names of single actions: `add complete fail run-now run-next retry reschedule remove-by-key cleanup force-unlock
    release-old-locks sweep-stale-workers repair migrate`. A user with `["read", "retry"]` can read and retry, and nothing
    else. Raises ValueError for an unknown right, and for a name that is empty or has control characters.
    """

    name: str
    rights: Collection[str] = ("read",)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip() or not self.name.isprintable():
            raise ValueError("the name of a user must be printable text that is not empty")
        if isinstance(self.rights, str):
            raise ValueError(f"rights must be a list of names, as [{self.rights!r}]")
        for permission in self.rights:
            if permission not in USER_PERMISSIONS:
                raise ValueError(f"there is no right {permission!r}{_nearest(permission)}")
        object.__setattr__(self, "rights", frozenset(self.rights))

    def may(self, action: str) -> bool:
        """Whether the rights include this action; `read` is one."""
        return "write" in self.rights or action in self.rights

    @property
    def views_only(self) -> bool:
        """Whether the user has no right other than `read`."""
        return not set(self.rights) - {"read"}


HostCheck: TypeAlias = Callable[[Request], "AdminUser | None | Awaitable[AdminUser | None]"]
"""The authentication of the application around the admin: a function of a Starlette Request, sync or async."""


async def identify(check: HostCheck, scope: Scope) -> AdminUser | None:
    """The user that the application's check returns for a request. A sync check runs in a thread.

    An HTTPException with 401 or 403 means None. Raises TypeError for another result than an AdminUser or None.
    """
    request = Request(scope)
    try:
        if _is_async(check):
            result = check(request)
        else:
            result = await run_in_threadpool(check, request)
        user = await result if inspect.isawaitable(result) else result
    except HTTPException as refused:
        if refused.status_code in (401, 403):
            return None
        raise
    if user is not None and not isinstance(user, AdminUser):
        raise TypeError(f"the host's authentication must return an AdminUser or None, not {type(user).__name__}")
    return user


def refusal(action: str) -> str:
    """The message for a user without the right to an action."""
    phrase = "look at the queue" if action == "read" else ACTIONS[action].phrase
    return f"Your user may not {phrase}."


def _nearest(permission: object) -> str:
    near = difflib.get_close_matches(str(permission)[:64], USER_PERMISSIONS, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(USER_PERMISSIONS)}"


def _is_async(check: HostCheck) -> bool:
    return inspect.iscoroutinefunction(check) or inspect.iscoroutinefunction(getattr(check, "__call__", None))  # noqa: B004
