"""Litestar: uvicorn litestar_app:app, the page is at /queue/. Litestar changes the path of a mount: name it as prefix."""

import os
from typing import Any

import asyncpg
from litestar import Litestar, asgi

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app


async def config() -> AdminServerConfig:
    pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=0, max_size=4)
    auth = AdminAuthConfig.basic("ops", os.environ["ADMIN_PASSWORD"])
    return AdminServerConfig(pool, WorkerUtils(pool), prefix="/queue", auth=auth)


admin = create_app(config)


@asgi("/queue", is_mount=True, copy_scope=True)
async def queue(scope: Any, receive: Any, send: Any) -> None:
    await admin(scope, receive, send)


app = Litestar([queue])
