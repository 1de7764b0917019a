"""FastAPI: uvicorn fastapi_app:app, the page is at /queue/."""

import os

import asyncpg
from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app


async def config() -> AdminServerConfig:
    pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=0, max_size=4)
    return AdminServerConfig(pool, WorkerUtils(pool), auth=AdminAuthConfig.basic("ops", os.environ["ADMIN_PASSWORD"]))


app = FastAPI()
app.add_route("/queue", lambda request: RedirectResponse("queue/"))
app.mount("/queue", create_app(config))
