"""An admin whose audit events are kept in a list."""

from __future__ import annotations

import json
from typing import Any

import httpx

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app
from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.server.audit.events import LINE_BYTES_MAX, AuditEvent

PASSWORD = "correct horse battery"


class Audited:
    """One admin in this process, asked over ASGI; `lines` are its events as a reader of the file parses them."""

    def __init__(self, utils: WorkerUtils, auth: AdminAuthConfig | None = None, **options: Any) -> None:
        self.lines: list[dict[str, Any]] = []
        self.raw: list[str] = []
        auth = auth or AdminAuthConfig.basic("admin", PASSWORD)
        given: dict[str, Any] = {"freshness": 0, "audit": self._take} | options
        self.config = AdminServerConfig(utils.database.pool, utils, auth=auth, **given)
        self.app = create_app(self.config)
        self.token = ""

    def _take(self, event: AuditEvent) -> None:
        line = event.line()
        assert line.isascii() and line.isprintable() and len(line) <= LINE_BYTES_MAX, line
        self.raw.append(line)
        self.lines.append(json.loads(line))

    def client(self, *, known: bool = True, source: str = "10.0.0.1") -> httpx.AsyncClient:
        """A client with the credentials, or a stranger."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(source, 40_000))
        auth = ("admin", PASSWORD) if known else None
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", auth=auth)

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """A write with credentials and token, unless `headers` say otherwise."""
        if not self.token:
            async with self.client() as known:
                user = {"x-user": headers["x-user"]} if "x-user" in headers else {}
                self.token = (await known.get("/api/session", headers=user)).json()["csrf_token"]
        async with self.client(known="authorization" not in headers) as client:
            sent = {CSRF_HEADER: self.token, "content-type": "application/json"} | headers
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            return await client.post(path, content=content, headers=sent)
