"""A command whose commit was cut off: exit code 3, and a sentence that does not advise to repeat it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from graphile_worker.core.jobs import JobSpec
from graphile_worker.worker_utils import WorkerUtils
from tests.cli.support import Program
from tests.hardening.proxy import Proxy, proxied

CAUSE = "the connection to the database broke during the commit"


@pytest.fixture
async def proxy(dsn: str) -> AsyncIterator[Proxy]:
    """Between the program and the database."""
    async with proxied(dsn) as proxy:
        yield proxy


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("add t", "Look at the newest jobs of this task before you add it again."),
        ("add t --key other", "Search for the key. To add it again is safe while no worker takes the job"),
        ("remove k", "Search for the key"),
        ("force-unlock w --yes", "A dry run names the locks that these workers still hold."),
    ],
)
async def test_a_command_of_one_change(line: str, hint: str, utils: WorkerUtils, proxy: Proxy) -> None:
    await utils.add_job("t", key="k")
    await utils.database.pool.execute(
        "update graphile_worker._private_jobs set locked_by = 'w', locked_at = '2020-01-01'"
    )
    proxy.cut = "after"

    ran = await asyncio.to_thread(Program(proxy.dsn), *line.split())

    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith(f"Error: {CAUSE.capitalize()}: the change may or may not be done. {hint}"), ran.err


async def test_jobs_named_by_id_have_an_outcome_each(utils: WorkerUtils, proxy: Proxy) -> None:
    ids = [str(job.id) for job in await utils.add_jobs([JobSpec("t")] * 2)]
    proxy.cut = "after"

    ran = await asyncio.to_thread(Program(proxy.dsn), "complete", *ids, "--yes")

    assert (ran.code, ran.out) == (3, "Completed 0 job(s)\n")
    words = f"may or may not be done ({CAUSE}): look again"
    assert ran.err == "".join(f"job {id} (unknown): {words}\n" for id in ids)


@pytest.mark.parametrize("form", ["--json", "--ndjson"])
async def test_a_filter_s_jobs_are_told_apart(form: str, utils: WorkerUtils, proxy: Proxy) -> None:
    await utils.add_jobs([JobSpec("t")] * 120)
    proxy.cut, proxy.skip = "after", 1

    ran = await asyncio.to_thread(Program(proxy.dsn), "fail", "--state", "ready", "--yes", form)

    assert ran.code == 3
    if form == "--json":
        assert ran.value["outcomes"]["unknown"] == 50
    else:
        outcomes = [json.loads(line)["outcome"] for line in ran.out.splitlines()]
        assert outcomes[:100] == ["done"] * 50 + ["unknown"] * 50
