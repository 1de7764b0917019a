"""A schema is recognized by its objects, not by the number of its migration."""

from __future__ import annotations

import pytest

from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.diagnosis.findings import Finding, offers
from graphile_worker.worker_utils import WorkerUtils

NODE_OBJECTS = """
    drop table graphile_worker._private_workers, graphile_worker._private_job_retirements cascade;
    drop function graphile_worker.worker_heartbeat, graphile_worker.worker_deregister,
        graphile_worker.list_stale_workers, graphile_worker.list_orphan_locked_workers,
        graphile_worker.delete_stale_workers, graphile_worker.recover_dead_worker_jobs;
    create or replace function graphile_worker.add_jobs(
        specs graphile_worker.job_spec[], job_key_preserve_run_at boolean default false
    ) returns setof graphile_worker._private_jobs language sql as $$ select * from graphile_worker._private_jobs %s $$
"""


@pytest.mark.parametrize(("body", "version"), [("where not exists (select)", "0.18"), ("", "0.16 or 0.17")])
@pytest.mark.parametrize("number", [17, 18, 19, 20, 21, 22])
async def test_a_current_schema_of_node_is_known_by_its_objects(
    pool: Pool, utils: WorkerUtils, body: str, version: str, number: int
) -> None:
    """Whatever the migration number says, which Node and Rust both give to different states."""
    await pool.execute(NODE_OBJECTS % body)
    await pool.execute("delete from graphile_worker.migrations where id > $1", number)
    (older,) = [one for one in await findings_of(utils) if one.code == "schema_older"]
    assert older.message == (
        f"This is the schema of Graphile Worker {version} (Node). Fine as it is; an optional upgrade adds worker heartbeats."
    )
    assert (older.level, older.forbids) == ("note", frozenset())


@pytest.mark.parametrize("number", [18, 19, 20])
async def test_a_schema_with_other_objects_is_not_called_nodes(pool: Pool, utils: WorkerUtils, number: int) -> None:
    await pool.execute("delete from graphile_worker.migrations where id > $1", number)
    for damage in (
        "drop function graphile_worker.worker_heartbeat", "drop table graphile_worker._private_workers cascade",
        "drop table graphile_worker._private_job_retirements cascade", "drop view graphile_worker.jobs",
    ):  # fmt: skip
        await pool.execute(damage)
        messages = [one.message for one in await findings_of(utils) if one.code == "schema_older"]
        assert f"a schema with migration {number}" in messages[0] and "Node" not in messages[0], damage


async def test_a_newer_schema_without_heartbeats_offers_no_sweep(pool: Pool, utils: WorkerUtils) -> None:
    await pool.execute(NODE_OBJECTS % "")
    await pool.execute("insert into graphile_worker.migrations values (40, now(), false)")
    found = await findings_of(utils)
    assert {"schema_newer", "no_heartbeats"} <= {one.code for one in found}
    assert offers(found)["sweep-stale-workers"] is not None


async def findings_of(utils: WorkerUtils) -> tuple[Finding, ...]:
    """The findings at this moment."""
    utils.queue.forget()
    async with utils.queue.read_unchecked() as tx:
        return (await tx.capabilities()).findings
