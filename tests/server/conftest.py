"""The admin as an ASGI application over a real database, asked through httpx."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.requests import Request

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, AdminUser, create_app
from graphile_worker.admin.api.bulk import batches
from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.server.live import streams

PASSWORD = "correct horse battery"


@dataclass
class Door:
    """One admin and what a right client sends to it."""

    client: httpx.AsyncClient
    headers: dict[str, str]
    csrf: str = ""

    async def get(self, path: str, **more: Any) -> httpx.Response:
        """A read with credentials."""
        return await self.client.get(path, headers=self.headers, **more)

    async def answer(self, path: str) -> Any:
        """What a read answers that must be right."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """A write with credentials and the CSRF token."""
        if not self.csrf:
            self.csrf = (await self.get("/api/session")).json()["csrf_token"]
        sent = self.headers | {CSRF_HEADER: self.csrf, "content-type": "application/json"} | headers
        if isinstance(body, (bytes, str)):
            return await self.client.post(path, content=body, headers=sent)
        return await self.client.post(path, json=body, headers=sent)


def host_user(request: Request) -> AdminUser | None:
    """An application's own authentication: a header names the user and the rights."""
    name, _, rights = request.headers.get("x-user", "").partition(":")
    return AdminUser(name, rights.split()) if name else None


AUTHS: dict[str, tuple[AdminAuthConfig, dict[str, str]]] = {
    "basic": (
        AdminAuthConfig.basic("admin", PASSWORD),
        {"authorization": "Basic YWRtaW46Y29ycmVjdCBob3JzZSBiYXR0ZXJ5"},
    ),
    "bearer": (AdminAuthConfig.bearer(PASSWORD), {"authorization": f"Bearer {PASSWORD}"}),
    "header": (AdminAuthConfig.header(PASSWORD, "X-Team-Token"), {"x-team-token": PASSWORD}),
    "host": (AdminAuthConfig.host(host_user), {"x-user": "ada:write"}),
    "none": (AdminAuthConfig.none(), {}),
}

Opener = Callable[..., Door]


@pytest.fixture(autouse=True)
def short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Event streams end after their first words: these doors read an answer to its end."""
    monkeypatch.setattr(streams, "LIFETIME_SECONDS", 0.0)


@pytest.fixture
def whole_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of a bulk verb end by their size, however slow this machine is."""
    monkeypatch.setattr(batches, "PAGE_SECONDS", 600.0)


@pytest.fixture
async def open_door(utils: WorkerUtils) -> AsyncIterator[Opener]:
    """Builds admins: `open_door("bearer", read_only=True)`."""
    clients: list[httpx.AsyncClient] = []

    def build(mode: str = "basic", **options: Any) -> Door:
        auth, headers = AUTHS[mode]
        config = AdminServerConfig(utils.database.pool, utils, auth=auth, **{"freshness": 0} | options)
        transport = httpx.ASGITransport(create_app(config), raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        clients.append(client)
        return Door(client, dict(headers))

    yield build
    for client in clients:
        await client.aclose()


@pytest.fixture
def door(open_door: Opener) -> Door:
    """A read-write admin behind HTTP Basic."""
    return open_door()


@pytest.fixture
def long_streams(short_streams: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as they are by themselves."""
    monkeypatch.setattr(streams, "LIFETIME_SECONDS", 900.0)


@pytest.fixture
async def watched(dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection of nobody's pool."""
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()
