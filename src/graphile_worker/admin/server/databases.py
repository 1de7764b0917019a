"""Several schemas and databases behind one server: `?db=NAME` chooses, the first is meant where nothing is said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from graphile_worker.admin.api.vocabulary import DATABASE_PARAMETER
from graphile_worker.admin.api.wire import shown
from graphile_worker.admin.server.http.error_responses import error_response
from graphile_worker.admin.server.http.paths import PUBLIC, route_path
from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.worker_utils import WorkerUtils

_WAIT = 1.0  # seconds that a session waits for the names of databases that were never asked
_AGAIN = 2.0  # seconds until one that was away is asked again; nobody waits for that
PAGE_DATABASE = "page_db"  # in the state: the name in the page's address, which the page's own requests must have


class Choosing:
    """Takes `db` out of the query of an API route and remembers it for `context_of`; unknown names are a 404."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self.app = app
        self.names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on with its choice in the state."""
        path = route_path(scope) if scope["type"] == "http" else ""
        page = path == "/" and not scope["state"].get(PUBLIC, True)  # a public page tells of the first only
        if page or chooses(path):
            chosen, rest = taken(scope["query_string"])
            problem = self._problem(chosen, scope["state"], page=page)
            if problem:
                status, code, message, hint = problem
                answer = error_response(scope, status, message, code=code, field=DATABASE_PARAMETER, hint=hint)
                await answer(scope, receive, send)
                return
            name = chosen[0] if chosen else None
            if page:
                scope["state"][PAGE_DATABASE] = name
                scope["state"]["db"] = name if name in self.names else None
            elif chosen:
                scope = {**scope, "query_string": rest}
                scope["state"]["db"] = name
        await self.app(scope, receive, send)

    def _problem(
        self, chosen: list[str], state: dict[str, Any], *, page: bool
    ) -> tuple[int, str, str, str | None] | None:
        """(status, code, message, hint) of a request that cannot be answered.

        A page answers for a name that nobody knows, too: its own requests are answered 404 then. They must be about the
        database of the page, which is the one that was authorised.
        """
        if len(chosen) > 1:
            return 400, "invalid_input", f"{DATABASE_PARAMETER} stands twice", None
        if PAGE_DATABASE in state and not page and (chosen[0] if chosen else None) != state[PAGE_DATABASE]:
            return 400, "other_database", "this is not the database of the page", None
        for name in () if page else chosen:
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


def taken(query: bytes) -> tuple[list[str], bytes]:
    """The values of `db` as Starlette's `request.query_params` reads them, and the query without them."""
    chosen, rest = [], []
    for part in query.split(b"&"):
        pairs = parse_qsl(part.decode("latin-1"), keep_blank_values=True)
        values = [value for name, value in pairs if name == DATABASE_PARAMETER]
        if values:
            chosen += values
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
        unknown = [name for name in self._databases if name not in self._asked]
        for name, utils in self._databases.items():
            if name not in self._found and name not in self._asking and self._due(name):
                self._asked[name] = time.monotonic()
                self._asking[name] = asyncio.create_task(self._ask(name, utils))
        first = [self._asking[name] for name in unknown]
        if first:
            await asyncio.wait(first, timeout=_WAIT)
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
