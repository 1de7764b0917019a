"""Admins with users of a file, asked from any source; the hashes are cheap, so that tests are quick."""

from __future__ import annotations

import base64
import os
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app
from tests.server.conftest import Door

PASSWORDS = {"vera": "a viewer's password", "otto": "an operator's one", "anna": "an admin's password"}
ROLE_OF = {"vera": "viewer", "otto": "operator", "anna": "admin"}
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@cache
def cheap_hash(password: str) -> str:
    """An argon2id hash that takes no time."""
    return _CHEAP.hash(password)


def line(name: str, role: str | None = None) -> str:
    """A line of the file for one of PASSWORDS."""
    return f"{name}:{role or ROLE_OF[name]}:{cheap_hash(PASSWORDS[name])}\n"


def write(path: Path, text: str) -> str:
    """Replaces the file at once, with mode 0600."""
    new = path.with_suffix(".new")
    new.touch(0o600)
    new.write_text(text, "utf-8")
    os.replace(new, path)
    return str(path)


def basic(name: str, password: str | None = None) -> dict[str, str]:
    """The header of HTTP Basic."""
    pair = f"{name}:{PASSWORDS[name] if password is None else password}"
    return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


class Sources:
    """One admin, asked from many addresses."""

    def __init__(self, utils: WorkerUtils, auth: AdminAuthConfig, **options: Any) -> None:
        config = AdminServerConfig(utils.database.pool, utils, auth=auth, **{"freshness": 0} | options)
        self.app = create_app(config)

    def client(self, source: str = "10.0.0.1") -> httpx.AsyncClient:
        """A client at this address."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(source, 40_000))
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")

    def door(self, name: str, source: str = "10.0.0.1") -> Door:
        """What a user of the file sends."""
        return Door(self.client(source), basic(name))

    async def status(self, headers: dict[str, str], source: str = "10.0.0.1") -> int:
        """How a session is answered to these headers."""
        return (await self.ask(headers, source)).status_code

    async def ask(self, headers: dict[str, str], source: str = "10.0.0.1") -> httpx.Response:
        """The answer to a session."""
        return await self.client(source).get("/api/session", headers=headers)
