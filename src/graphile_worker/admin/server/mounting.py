"""Where the admin stands: below a prefix, without its last slash, or made only when somebody comes."""

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

_VISIBLE = re.compile(rb"[!-~]*")


class Prefixed:
    """Answers below a prefix only, whatever a server or framework around it did to `path` (some add a slash)."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app = app
        self.prefix = prefix
        self.elsewhere = HeadersGuard(_nothing_here)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on with the prefix as its `root_path`."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = _as_asked(scope)
        for root in (scope.get("root_path", "").rstrip("/") + self.prefix, self.prefix):
            if path == root or path.startswith(root + "/"):
                await self.app({**scope, "path": path, "root_path": root}, receive, send)
                return
        await self.elsewhere(scope, receive, send)


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    await error_response(scope, 404, "there is nothing at this address")(scope, receive, send)


def _as_asked(scope: Scope) -> str:
    raw: bytes = scope.get("raw_path") or b""
    return unquote(raw.partition(b"?")[0].decode("latin-1")) if raw else str(scope["path"])


class Slash:
    """`/queue` becomes `/queue/`, or the page's addresses would lead out of the mount. The address is a relative one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirects the mount itself, passes everything else on."""
        root = scope.get("root_path", "")
        if scope["type"] == "http" and root and scope["path"] == root and scope["method"] in ("GET", "HEAD"):
            query: bytes = scope["query_string"]
            where = f"./{quote(root.rpartition('/')[2], safe='')}/"
            where += f"?{query.decode()}" if query and _VISIBLE.fullmatch(query) else ""
            await Response(status_code=307, headers={"Location": where})(scope, receive, send)
            return
        await self.app(scope, receive, send)


MakeConfig = Callable[[], Awaitable[AdminServerConfig]]
"""An async function without arguments that makes the configuration."""


class Deferred:
    """The application of a configuration that is made at the first request; a failure is tried again at the next."""

    def __init__(self, make: MakeConfig, build: Callable[[AdminServerConfig], ASGIApp]) -> None:
        self._make = make
        self._build = build
        self._making: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[ASGIApp]] = WeakKeyDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers with the application; with 500 where its configuration cannot be made."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        if scope["type"] != "http":
            await Router()(scope, receive, send)
            return
        try:
            app = await self._app()
        except Exception as error:
            app = HeadersGuard(_failing(error))
        await app(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The lifespan: nothing is made at the start; at the end the application that was made has a lifespan of its own."""

        async def sending(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                making = self._making.get(asyncio.get_running_loop())
                if making is not None and making.done() and not making.cancelled() and making.exception() is None:
                    await _ended(making.result(), scope)
            await send(message)

        await Router()(scope, receive, sending)

    async def _app(self) -> ASGIApp:
        loop = asyncio.get_running_loop()
        making = self._making.get(loop)
        if making is None or (making.done() and (making.cancelled() or making.exception() is not None)):
            making = self._making[loop] = loop.create_task(self._made())
        return await asyncio.shield(making)

    async def _made(self) -> ASGIApp:
        return self._build(await self._make())


async def _ended(app: ASGIApp, scope: Scope) -> None:
    messages = iter(("lifespan.startup", "lifespan.shutdown"))

    async def receive() -> Message:
        return {"type": next(messages)}

    async def send(message: Message) -> None:
        pass

    await app({**scope}, receive, send)


def _failing(error: Exception) -> ASGIApp:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    return fail
