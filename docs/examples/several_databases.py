"""Two databases and two schemas behind one server: GET /api/jobs?db=billing"""

import asyncio
import os

import asyncpg

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, serve


async def main() -> None:
    shop = asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=0, max_size=4)
    billing = asyncpg.create_pool(os.environ["BILLING_URL"], min_size=0, max_size=4)
    async with shop, billing:
        others = {"mails": WorkerUtils(shop, "mails"), "billing": WorkerUtils(billing)}
        listen = os.environ.get("LISTEN", "127.0.0.1:5678")
        auth = AdminAuthConfig.basic("ops", os.environ["ADMIN_PASSWORD"])
        config = AdminServerConfig(shop, WorkerUtils(shop), name="shop", others=others, listen_addr=listen, auth=auth)
        await serve(config, on_ready=print)


if __name__ == "__main__":
    asyncio.run(main())
