"""Behind the application's own login: who may read, and who may retry. uvicorn host_auth:app"""

import os

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, AdminUser, create_app

SESSIONS = {"cookie-of-ada": "ada", "cookie-of-grace": "grace"}  # yours come from your session store
RIGHTS = {"ada": ["write"], "grace": ["read", "retry", "run-now"]}


async def who(request: Request) -> AdminUser | None:
    name = SESSIONS.get(request.cookies.get("session", ""), "")
    return AdminUser(name, RIGHTS[name]) if name in RIGHTS else None


async def config() -> AdminServerConfig:
    pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=0, max_size=4)
    auth = AdminAuthConfig.host(who, csrf_secret=os.environ["SECRET_KEY"])
    return AdminServerConfig(pool, WorkerUtils(pool), auth=auth)


app = Starlette(routes=[Mount("/queue", create_app(config))])
