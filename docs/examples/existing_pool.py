"""With the pool that the application already has, and closes itself: uvicorn existing_pool:app"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=0) as app.state.pool:
        auth = AdminAuthConfig.basic("ops", os.environ["ADMIN_PASSWORD"])
        app.mount("/queue", create_app(AdminServerConfig(app.state.pool, WorkerUtils(app.state.pool), auth=auth)))
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/welcome/{user}")
async def welcome(user: int) -> dict[str, int]:
    job = await WorkerUtils(app.state.pool).add_job("send_welcome", {"user": user})
    return {"job": job.id}
