"""Requests of the page to its own API while it is rendered: same user, same database, same permissions."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Message

from graphile_worker.admin.server.http.paths import DATABASE

KEPT_HEADERS = (b"host",)


async def get(request: Request, path: str) -> tuple[int, bytes]:
    """Status and body of GET `path` (relative to the mount, with its query), as the user of `request`.

    The state has the user and the database that were authorized; a path that selects another database is refused.
    """
    app: ASGIApp = request.app.state.internal_app
    relative, _, query = path.partition("?")
    address = f"{request.scope.get('root_path', '')}/{relative}"
    state = {name: value for name, value in request.scope["state"].items() if name != DATABASE}
    scope = {
        "type": "http",
        "asgi": request.scope["asgi"],
        "http_version": "1.1",
        "method": "GET",
        "scheme": request.scope["scheme"],
        "root_path": request.scope.get("root_path", ""),
        "path": address,
        "raw_path": address.encode(),
        "query_string": query.encode(),
        "headers": [header for header in request.scope["headers"] if header[0] in KEPT_HEADERS],
        "client": request.scope.get("client"),
        "server": request.scope.get("server"),
        "state": state,
    }
    status, parts = 0, []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return status, b"".join(parts)
