"""The admin by itself: ADMIN_PASSWORD=… DATABASE_URL=… python standalone.py"""

import asyncio
import os

import asyncpg

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, serve


async def main() -> None:
    listen = os.environ.get("LISTEN", "127.0.0.1:5678")
    auth = AdminAuthConfig.basic("ops", os.environ["ADMIN_PASSWORD"])
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=0, max_size=4) as pool:
        config = AdminServerConfig(pool, WorkerUtils(pool), listen_addr=listen, auth=auth)
        await serve(config, on_ready=print)


if __name__ == "__main__":
    asyncio.run(main())
