"""Several schemas and databases behind one server: `?db=NAME` chooses, the first is meant where nothing is said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

from graphile_worker.admin.api.vocabulary import DATABASE_PARAMETER
from graphile_worker.admin.api.wire import shown
from graphile_worker.admin.server.errors import error_response
from graphile_worker.admin.server.paths import route_path
from graphile_worker.core.errors import GraphileWorkerError
from graphile_worker.core.utils import WorkerUtils

_WAIT = 1.0  # seconds that a session waits for the names of databases
_AGAIN = 30.0  # seconds until one that was away is asked again


class Choosing:
    """Takes `db` out of the query of an API route and remembers it for `context_of`; unknown names are a 404."""

    def __init__(self, app: ASGIApp, names: Collection[str], *, page: bool) -> None:
        self.app = app
        self.names = names
        self.page = page  # whether the page may tell of another than the first: not where it is public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on with its choice in the state."""
        if scope["type"] == "http" and scope["query_string"]:
            path = route_path(scope)
            if path == "/" and self.page:
                self._hint(scope)
            elif chooses(path):
                chosen, rest = _taken(scope["query_string"])
                problem = self._problem(chosen)
                if problem:
                    status, code, message, hint = problem
                    answer = error_response(scope, status, message, code=code, field=DATABASE_PARAMETER, hint=hint)
                    await answer(scope, receive, send)
                    return
                if chosen:
                    scope = {**scope, "query_string": rest}
                    scope["state"]["db"] = chosen[0].decode()
        await self.app(scope, receive, send)

    def _hint(self, scope: Scope) -> None:
        """The page answers whatever its address says: the rest is the browser program's business."""
        chosen, _ = _taken(scope["query_string"])
        name = chosen[0].decode("utf-8", "replace") if chosen else None
        scope["state"]["db"] = name if name in self.names else None

    def _problem(self, chosen: list[bytes]) -> tuple[int, str, str, str | None] | None:
        """(status, code, message, hint) of what cannot be answered."""
        if len(chosen) > 1:
            return 400, "invalid_input", f"{DATABASE_PARAMETER} stands twice", None
        for value in chosen:
            name = value.decode("utf-8", "replace")
            if name not in self.names:
                known = ", ".join(self.names)
                return (
                    404,
                    "unknown_database",
                    f"there is no database {shown(name) or 'without a name'} here",
                    f"There are: {known}.",
                )
        return None


def chooses(path: str) -> bool:
    """Whether a route takes `db`: all that tells of a queue, and not the probes."""
    return path.startswith("/api/") or path == "/metrics"


def _taken(query: bytes) -> tuple[list[bytes], bytes]:
    """The values of `db`, and the query without them."""
    chosen, rest = [], []
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if unquote_to_bytes(name.replace(b"+", b" ")) == DATABASE_PARAMETER.encode():
            chosen.append(unquote_to_bytes(value.replace(b"+", b" ")))
        else:
            rest.append(part)
    return chosen, b"&".join(rest)


class Directory:
    """What stands behind each name, as the session tells it."""

    def __init__(self, databases: Mapping[str, WorkerUtils]) -> None:
        self._databases = databases
        self._found: dict[str, str] = {}
        self._asked: dict[str, float] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def entries(self) -> list[dict[str, Any]]:
        """`[{"name", "schema", "database"}]`, the first first; `database` is None while it cannot be reached.

        Empty where there is only one.
        """
        if len(self._databases) < 2:
            return []
        for name, utils in self._databases.items():
            if name not in self._found and name not in self._asking and self._due(name):
                self._asked[name] = time.monotonic()
                self._asking[name] = asyncio.create_task(self._ask(name, utils))
        if self._asking:
            await asyncio.wait(list(self._asking.values()), timeout=_WAIT)
        return [
            {"name": name, "schema": utils.schema.name, "database": self._found.get(name)}
            for name, utils in self._databases.items()
        ]

    def _due(self, name: str) -> bool:
        return time.monotonic() - self._asked.get(name, -_AGAIN) >= _AGAIN

    async def _ask(self, name: str, utils: WorkerUtils) -> None:
        try:
            async with utils.database.read(timeout=_WAIT) as connection:
                self._found[name] = str(await connection.fetchval("select current_database()"))
        except GraphileWorkerError:
            pass  # its own session says why
        finally:
            self._asking.pop(name, None)
