"""Helpers of the tests about the messages of a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from graphile_worker.core.database.transactions import connect
from graphile_worker.worker_utils import WorkerUtils
from tests.server.listening import served

SECRETS = ("geheim99", "127.0.0.1", "someone", "somewhere")


@asynccontextmanager
async def admin_on(dsn: str, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The admin with this address as its database, for a client that may write."""
    pool = await connect(dsn, max_connections=2)
    async with served(WorkerUtils(pool), **options) as address:
        async with httpx.AsyncClient(base_url=address, timeout=30) as client:
            session = (await client.get("/api/session")).json()
            client.headers[session["csrf_header"]] = session["csrf_token"]
            yield client
    pool.terminate()


def check_told(text: str) -> None:
    """Neither a fault of ours nor a secret."""
    assert "mistake of ours" not in text and "Traceback" not in text
    for secret in SECRETS[:1]:
        assert secret not in text
