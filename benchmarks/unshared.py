"""Serves the admin without shared reads, so that each request includes the work of the database."""

from __future__ import annotations

import argparse
import os

import uvloop

from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, serve
from graphile_worker.core.database.transactions import connect
from graphile_worker.worker_utils import WorkerUtils


async def main() -> None:
    """Serves until it is stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True)
    parser.add_argument("--auth", required=True)
    listen = parser.parse_args().listen
    pool = await connect(os.environ["DATABASE_URL"])
    config = AdminServerConfig(pool, WorkerUtils(pool), listen_addr=listen, auth=AdminAuthConfig.none(), freshness=0)
    await serve(config)


if __name__ == "__main__":
    uvloop.run(main())
