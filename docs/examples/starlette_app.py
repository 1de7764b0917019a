"""Starlette: uvicorn starlette_app:app, the page is at /queue/."""

import os

import asyncpg
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app


async def config() -> AdminServerConfig:
    pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=0, max_size=4)
    return AdminServerConfig(pool, WorkerUtils(pool), auth=AdminAuthConfig.basic("ops", os.environ["ADMIN_PASSWORD"]))


to_queue = Route("/queue", lambda request: RedirectResponse("queue/"))
app = Starlette(routes=[to_queue, Mount("/queue", create_app(config))])
