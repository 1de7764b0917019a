"""Several queues behind one server: a registry of them, and the selection by `?db=NAME`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from graphile_worker.admin.api.json_codec import shown
from graphile_worker.admin.api.vocabulary import DATABASE_PARAMETER
from graphile_worker.admin.server.config import AdminServerConfig
from graphile_worker.admin.server.context import Context
from graphile_worker.admin.server.http.error_responses import error_response
from graphile_worker.admin.server.http.paths import DATABASE, PUBLIC, route_path
from graphile_worker.admin.server.limits.admission import Admission
from graphile_worker.admin.server.security.csrf import Csrf
from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.worker_utils import WorkerUtils

_WAIT = 1.0  # seconds that a session waits for the names of databases that were not queried yet
_RETRY_SECONDS = 2.0  # until the name of an unavailable database is queried again, in the background
PAGE_DATABASE = "page_db"  # in the state: `db` of the page, which the page's internal requests must have as well


class DatabaseDirectory:
    """The queues of one server by name, in the order of the configuration. The first one is the default."""

    def __init__(self, contexts: Mapping[str, Context]) -> None:
        self._contexts = contexts
        self.default = next(iter(contexts))
        self._names = _DatabaseNames({name: context.config.utils for name, context in contexts.items()})

    @classmethod
    def of(cls, config: AdminServerConfig, csrf: Csrf) -> DatabaseDirectory:
        """The queues of a configuration. They share the CSRF token and the admission, those of one pool its connections."""
        configs, admission = config.each(), Admission()
        of_pool = {one.utils.database.pool: one.utils.database for one in configs.values()}
        for one in configs.values():
            one.utils.database.share(of_pool[one.utils.database.pool])
        several = len(configs) > 1
        return cls(
            {
                name: Context(one, csrf, name=name if several else None, admission=admission)
                for name, one in configs.items()
            }
        )

    def find(self, name: str | None) -> Context:
        """The queue with this name; for None the default."""
        return self._contexts[self.default if name is None else name]

    @property
    def several(self) -> bool:
        """Whether there are more queues than one."""
        return len(self._contexts) > 1

    @property
    def names(self) -> Collection[str]:
        """The values of `db`."""
        return self._contexts.keys()

    def __iter__(self) -> Iterator[Context]:
        return iter(self._contexts.values())

    async def entries(self) -> list[dict[str, Any]]:
        """`[{"name", "schema", "database"}]` in order, empty where there is only one queue.

        `database` is None while the database is not available.
        """
        return await self._names.entries() if self.several else []


class _DatabaseNames:
    """Queries `current_database()` of each queue once, and remembers it."""

    def __init__(self, queues: Mapping[str, WorkerUtils]) -> None:
        self._queues = queues
        self._found: dict[str, str] = {}
        self._queried: dict[str, float] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    async def entries(self) -> list[dict[str, Any]]:
        """As in DatabaseDirectory. Waits for databases that were not queried yet."""
        unknown = [name for name in self._queues if name not in self._queried]
        for name, utils in self._queues.items():
            if name not in self._found and name not in self._running and self._due(name):
                self._queried[name] = time.monotonic()
                self._running[name] = asyncio.create_task(self._query(name, utils))
        first = [self._running[name] for name in unknown]
        if first:
            await asyncio.wait(first, timeout=_WAIT)
        return [
            {"name": name, "schema": utils.schema.name, "database": self._found.get(name)}
            for name, utils in self._queues.items()
        ]

    def _due(self, name: str) -> bool:
        return time.monotonic() - self._queried.get(name, -_RETRY_SECONDS) >= _RETRY_SECONDS

    async def _query(self, name: str, utils: WorkerUtils) -> None:
        try:
            async with utils.database.read(timeout=_WAIT) as connection:
                self._found[name] = str(await connection.fetchval("select current_database()"))
        except GraphileWorkerError:
            pass  # the session of that queue has the error
        finally:
            self._running.pop(name, None)


class DatabaseSelector:
    """Removes `db` from the query of an API request and records it for `context_of`. Unknown names get 404."""

    def __init__(self, app: ASGIApp, databases: DatabaseDirectory) -> None:
        self.app = app
        self.names = databases.names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on with its selection in the state."""
        path = route_path(scope) if scope["type"] == "http" else ""
        page = path == "/" and not scope["state"].get(PUBLIC, True)  # a public page shows the default queue only
        if page or selects_database(path):
            selected, rest = split_database(scope["query_string"])
            problem = self._problem(selected, scope["state"], page=page)
            if problem:
                status, code, message, hint = problem
                response = error_response(scope, status, message, code=code, field=DATABASE_PARAMETER, hint=hint)
                await response(scope, receive, send)
                return
            name = selected[0] if selected else None
            if page:
                scope["state"][PAGE_DATABASE] = name
                scope["state"][DATABASE] = name if name in self.names else None
            elif selected:
                scope = {**scope, "query_string": rest}
                scope["state"][DATABASE] = name
        await self.app(scope, receive, send)

    def _problem(
        self, selected: list[str], state: dict[str, Any], *, page: bool
    ) -> tuple[int, str, str, str | None] | None:
        """(status, code, message, hint) of a request that cannot be answered.

        A page is rendered for unknown names, too; its internal requests then get 404. They must select the database of
        the page, because that one was authorized.
        """
        if len(selected) > 1:
            return 400, "invalid_input", f"{DATABASE_PARAMETER} stands twice", None
        if PAGE_DATABASE in state and not page and (selected[0] if selected else None) != state[PAGE_DATABASE]:
            return 400, "other_database", "this is not the database of the page", None
        for name in () if page else selected:
            if name not in self.names:
                known = ", ".join(self.names)
                return (
                    404,
                    "unknown_database",
                    f"there is no database {shown(name) or 'without a name'} here",
                    f"There are: {known}.",
                )
        return None


def selects_database(path: str) -> bool:
    """Whether the endpoints of a path take `db`: all that read or write a queue, but not the health probes."""
    return path.startswith("/api/") or path == "/metrics"


def split_database(query: bytes) -> tuple[list[str], bytes]:
    """The values of `db` as Starlette's `request.query_params` parses them, and the query string without them."""
    selected, rest = [], []
    for part in query.split(b"&"):
        pairs = parse_qsl(part.decode("latin-1"), keep_blank_values=True)
        values = [value for name, value in pairs if name == DATABASE_PARAMETER]
        if values:
            selected += values
        else:
            rest.append(part)
    return selected, b"&".join(rest)
