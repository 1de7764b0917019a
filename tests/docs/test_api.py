"""docs/api.md: the script it gives drains a failed batch as it stands, with nothing but bash, curl and jq."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from collections import Counter
from pathlib import Path

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, serve
from scripts.generate_docs import ROOT
from tests.support.table import Table

TESTED = re.compile(r"<!-- tested: (\w+) -->\n```bash\n(.*?)```\n<!-- end -->", re.DOTALL)
PASSWORD = "correct horse battery"


def script(name: str) -> str:
    """The tested block of that name."""
    blocks: dict[str, str] = dict(TESTED.findall((ROOT / "docs/api.md").read_text("utf-8")))
    return blocks[name]


async def test_a_failed_batch_is_drained_by_the_script_of_the_document(utils: WorkerUtils, tmp_path: Path) -> None:
    table = Table.of(utils)
    await table.run("insert into {s}._private_tasks (identifier) values ('t')")
    await table.run("insert into {s}._private_job_queues (queue_name) values ($1), ('other')", 'mail & "co" ü')
    await table.run(
        "insert into {s}._private_jobs (task_id, job_queue_id, attempts)"
        " select 1, 1 + (n > 720)::int, 25 from generate_series(1, 730) n"
    )
    await table.run(
        "create function {s}.no() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;"
        "create trigger no before update on {s}._private_jobs for each row when (old.id = 7) execute function {s}.no()"
    )
    file = tmp_path / "drain"
    file.write_text(script("drain"), "utf-8")
    config = AdminServerConfig(
        utils.database.pool, utils, auth=AdminAuthConfig.basic("admin", PASSWORD), listen_addr="127.0.0.1:0"
    )
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(config, on_ready=ready.set_result))
    try:
        asked = {"ADMIN": await ready, "AUTH": f"admin:{PASSWORD}", "QUEUE": 'mail & "co" ü'}
        process = await asyncio.create_subprocess_exec(
            "bash", str(file), env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **asked},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await asyncio.wait_for(process.communicate(), 60)
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving

    assert process.returncode == 0, out.decode()
    to_do, *told, still = out.decode().splitlines()
    assert (to_do, still) == ("to do: 720, like [1,2,3,4,5]", "still failed: 1")
    steps = [json.loads(line) for line in told if line.startswith("{")]  # on a slow machine more of them: each has 2 s
    assert sum((Counter(step) for step in steps), Counter()) == {"done": 719, "refused": 1}
    assert all(1 <= sum(step.values()) <= 500 for step in steps)
    named = "job 7: refused, a trigger or a function of the database refuses this: no (SQLSTATE P0001)"
    assert [line for line in told if not line.startswith("{")] == [named]
    left = "select count(*) from graphile_worker.jobs where attempts = 25"
    assert await table.pool.fetchval(left) == 11
