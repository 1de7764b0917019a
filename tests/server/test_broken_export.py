"""An answer that breaks after it has begun: its connection is cut, and the log has one line."""

from __future__ import annotations

import logging

import httpx
import pytest

from graphile_worker.admin.api.jobs import export
from graphile_worker.worker_utils import WorkerUtils
from tests.server.listening import served
from tests.support.table import Table


@pytest.mark.parametrize("format", ["ndjson", "csv"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
async def test_an_export_that_breaks_half_way_is_cut_with_one_line(
    format: str, encoding: str, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(export, "BATCH_JOBS", 3)
    table = Table.of(utils)
    for _ in range(6):
        await utils.add_job("t", {})
    await table.run("alter table {s}._private_tasks rename to real_tasks")
    await table.run("insert into {s}.real_tasks (identifier) values ('broken')")
    await table.run("update {s}._private_jobs set task_id = 2 where id > 3")
    breaks = "case when identifier = 'broken' then 1 / (length(identifier) - 6) = 1 else true end"
    await table.run("create view {s}._private_tasks as select * from {s}.real_tasks where " + breaks)
    caplog.set_level(logging.INFO)
    async with served(utils) as address, httpx.AsyncClient(base_url=address) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            await client.get(f"/api/jobs/export?format={format}", headers={"Accept-Encoding": encoding})
        assert (await client.get("/healthz")).status_code == 200
    lines = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert len(lines) == 1, [one.getMessage() for one in lines]
    assert lines[0].name == "graphile_worker.admin" and not lines[0].exc_info
    assert (
        "broke off half-way" in lines[0].getMessage()
        and "the database does not accept a value" in lines[0].getMessage()
    )
