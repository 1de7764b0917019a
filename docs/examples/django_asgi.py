"""Django: your project's asgi.py; uvicorn django_asgi:application, the page is at /queue/."""

import os
from typing import Any

import asyncpg
from django.core.asgi import get_asgi_application

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app


async def config() -> AdminServerConfig:
    pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=0, max_size=4)
    auth = AdminAuthConfig.basic("ops", os.environ["ADMIN_PASSWORD"])
    return AdminServerConfig(pool, WorkerUtils(pool), prefix="/queue", auth=auth)


django, queue = get_asgi_application(), create_app(config)


async def application(scope: Any, receive: Any, send: Any) -> None:
    inside = scope["type"] == "http" and f"{scope['path']}/".startswith("/queue/")
    await (queue if inside else django)(scope, receive, send)
