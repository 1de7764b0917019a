"""The recipes of `graphile-worker roles` on every state that Node's migrations leave, before any migrate of ours."""

from __future__ import annotations

import pytest

from graphile_worker.core.diagnosis.roles import Kind
from graphile_worker.worker_utils import WorkerUtils
from tests.core.test_recipes import HARDENED, SECURITY, check_operator, check_viewer, run_recipe
from tests.peers.database import opened
from tests.peers.node import RELEASES, NodeDatabase
from tests.support.roles import login, own_everything

OLDER = {"schema_older", "no_heartbeats", "not_the_owner"}


@pytest.mark.parametrize("kind", ["viewer", "operator"])
@pytest.mark.parametrize("security", SECURITY)
@pytest.mark.parametrize(("package", "highest"), [("node-0.16", 16), ("node-0.16", 17), *RELEASES])
async def test_they_hold_on_older_schemas(
    package: str, highest: int, security: str, kind: Kind, node_dsn: NodeDatabase
) -> None:
    dsn = await node_dsn(package, highest)
    async with opened(dsn) as pool:
        utils = WorkerUtils(pool)
        await utils.add_job("t", queue="q")
        await utils.add_job("t", key="k")
        await pool.execute(f"{HARDENED}; {SECURITY[security]}")
        owner, role = await login(pool, "owner"), await login(pool, kind)
        await own_everything(pool, owner)

        await run_recipe(dsn, owner, kind, role)

        if kind == "viewer":
            await check_viewer(dsn, role, pool, OLDER)
        else:
            await check_operator(dsn, role, utils, OLDER)
