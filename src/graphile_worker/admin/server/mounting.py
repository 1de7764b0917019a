"""Where the application is mounted: below a prefix, without the last slash, or with a configuration made later."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from urllib.parse import quote, unquote
from weakref import WeakKeyDictionary

from starlette.responses import Response
from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphile_worker.admin.server.config import AdminServerConfig
from graphile_worker.admin.server.http.error_responses import error_response
from graphile_worker.admin.server.security.guards import HeadersGuard

_VISIBLE_ASCII = re.compile(rb"[!-~]*")


class PrefixMiddleware:
    """Serves the application below a prefix only. Uses `raw_path`, because some servers and frameworks change `path`."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app = app
        self.prefix = prefix
        self.not_found = HeadersGuard(_not_found)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on with the prefix as its `root_path`; other paths get 404."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = _requested_path(scope)
        for root in (scope.get("root_path", "").rstrip("/") + self.prefix, self.prefix):
            if path == root or path.startswith(root + "/"):
                await self.app({**scope, "path": path, "root_path": root}, receive, send)
                return
        await self.not_found(scope, receive, send)


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    await error_response(scope, 404, "there is nothing at this address")(scope, receive, send)


def _requested_path(scope: Scope) -> str:
    raw: bytes = scope.get("raw_path") or b""
    return unquote(raw.partition(b"?")[0].decode("latin-1")) if raw else str(scope["path"])


class RedirectToSlash:
    """Redirects `/queue` to `/queue/`: without the slash, the page's relative addresses lead out of the mount.

    The Location is relative, so that it is right behind every proxy.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirects the path of the mount itself, and passes other requests on."""
        root = scope.get("root_path", "")
        if scope["type"] == "http" and root and scope["path"] == root and scope["method"] in ("GET", "HEAD"):
            query: bytes = scope["query_string"]
            location = f"./{quote(root.rpartition('/')[2], safe='')}/"
            location += f"?{query.decode()}" if query and _VISIBLE_ASCII.fullmatch(query) else ""
            await Response(status_code=307, headers={"Location": location})(scope, receive, send)
            return
        await self.app(scope, receive, send)


MakeConfig = Callable[[], Awaitable[AdminServerConfig]]
"""An async function without arguments that makes the configuration."""


class LazyApp:
    """An application whose configuration is made at the first request. A failure is tried again at the next request.

    Each event loop has an application of its own.
    """

    def __init__(self, make: MakeConfig, build: Callable[[AdminServerConfig], ASGIApp]) -> None:
        self._make = make
        self._build = build
        self._apps: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[ASGIApp]] = WeakKeyDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Calls the application; responds with 500 where its configuration cannot be made."""
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        if scope["type"] != "http":
            await Router()(scope, receive, send)
            return
        try:
            app = await self._app()
        except Exception as error:
            app = HeadersGuard(_raising(error))
        await app(scope, receive, send)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Makes nothing at startup; at shutdown runs the lifespan of an application that was made."""

        async def send_after_shutdown(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                task = self._apps.get(asyncio.get_running_loop())
                if task is not None and task.done() and not task.cancelled() and task.exception() is None:
                    await _run_lifespan(task.result(), scope)
            await send(message)

        await Router()(scope, receive, send_after_shutdown)

    async def _app(self) -> ASGIApp:
        loop = asyncio.get_running_loop()
        task = self._apps.get(loop)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._apps[loop] = loop.create_task(self._make_app())
        return await asyncio.shield(task)

    async def _make_app(self) -> ASGIApp:
        return self._build(await self._make())


async def _run_lifespan(app: ASGIApp, scope: Scope) -> None:
    """Starts up and shuts down an application."""
    messages = iter(("lifespan.startup", "lifespan.shutdown"))

    async def receive() -> Message:
        return {"type": next(messages)}

    async def send(message: Message) -> None:
        pass

    await app({**scope}, receive, send)


def _raising(error: Exception) -> ASGIApp:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    return fail
