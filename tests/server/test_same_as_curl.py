"""The curl lines and the SQL of the page's dialogs do on a real admin and a real PostgreSQL what the dialog does."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.model.commands import export
from graphile_worker.core.jobs import JobSpec
from tests.server.conftest import PASSWORD
from tests.server.listening import served
from tests.support import dialogs
from tests.support.dialogs import HOSTILE
from tests.support.table import Table

AUTHS: dict[str, tuple[AdminAuthConfig, dict[str, str], dict[str, str]]] = {
    "none": (AdminAuthConfig.none(), {"auth-mode": "none"}, {}),
    "basic": (AdminAuthConfig.basic("admin", PASSWORD), {"auth-mode": "basic"}, {"GRAPHILE_WORKER_PASSWORD": PASSWORD}),
    "bearer": (AdminAuthConfig.bearer(PASSWORD), {"auth-mode": "bearer"}, {"GRAPHILE_WORKER_TOKEN": PASSWORD}),
    "header": (
        AdminAuthConfig.header(PASSWORD, "X-Team-Token"),
        {"auth-mode": "header", "auth-header": "x-team-token"},
        {"GRAPHILE_WORKER_TOKEN": PASSWORD},
    ),
}
FAILED = "update {s}._private_jobs set attempts = max_attempts, last_error = 'no' where id = any($1)"


async def shell(line: str, folder: Path | None = None, **variables: str) -> str:
    """What the line prints in bash."""
    done = await asyncio.create_subprocess_exec(
        "bash", "-c", line, cwd=folder, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **variables},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, error = await asyncio.wait_for(done.communicate(), 60)
    assert (done.returncode, error) == (0, b""), out + error
    return out.decode()


@pytest.mark.parametrize("mode", list(AUTHS))
async def test_curl_logs_in_by_a_variable(utils: WorkerUtils, mode: str) -> None:
    auth, roots, variables = AUTHS[mode]
    added = await utils.add_job("t", run_at="2999-01-01T00:00:00Z")
    async with served(utils, auth=auth) as address:
        app, _ = dialogs.page(base=address + "/", auth=roots)
        line = dialogs.commands(app, dialogs.action("complete", added.id), {})["curl"]
        assert PASSWORD not in line
        assert json.loads(await shell(line, None, **variables))["results"] == [
            {"id": added.id, "outcome": "done", "reason": None}
        ]
    assert await value(Table.of(utils), "select count(*) from {s}._private_jobs") == 0


async def value(table: Table, sql: str, *values: Any) -> Any:
    return await table.pool.fetchval(sql.replace("{s}", table.schema), *values)


CHANGES: dict[str, tuple[dict[str, str], str]] = {
    "complete": ({}, "not exists (select from {s}._private_jobs where id = any($1))"),
    "fail": ({"reason": "it's\n\\ $(late) \u202e"}, "(select every(attempts = max_attempts and last_error = E'it''s\\n\\\\ $(late) \\u202e') from {s}._private_jobs where id = any($1))"),
    "retry": ({}, "(select every(attempts = 0 and run_at <= now()) from {s}._private_jobs where id = any($1))"),
    "run-now": ({}, "(select every(run_at <= now()) from {s}._private_jobs where id = any($1))"),
    "run-next": ({}, "(select every(run_at <= now() and priority = -1) from {s}._private_jobs where id = any($1))"),
    "reschedule": (
        {"run_at": "2998-12-24T18:30", "priority": "-3", "attempts": "2", "max_attempts": "9"},
        "(select every(run_at = '2998-12-24T18:30:00Z' and priority = -3 and attempts = 2 and max_attempts = 9) from {s}._private_jobs where id = any($1))",
    ),
}  # fmt: skip


@pytest.mark.any_schema
@pytest.mark.parametrize("name", list(CHANGES))
async def test_an_action_by_curl_and_by_sql(utils: WorkerUtils, name: str) -> None:
    table, (form, changed) = Table.of(utils), CHANGES[name]
    specs = [JobSpec("t", run_at="2999-01-01T00:00:00Z")] * 2
    await utils.add_job("due")
    async with served(utils) as address:
        app, _ = dialogs.page(schema=utils.schema.name, base=address + "/")
        for way in ("curl", "sql"):
            ids = [one.id for one in await utils.add_jobs(specs)]
            await table.run("update {s}._private_jobs set attempts = 3 where id = any($1)", ids)
            assert not await value(table, f"select {changed}", ids)
            text = dialogs.commands(app, dialogs.action(name, *ids), form).get(way, "")
            if way == "curl":
                await shell(text)
            elif name == "run-next":
                assert text == ""
                continue
            else:
                await table.pool.execute(text)
            assert await value(table, f"select {changed}", ids), text


async def test_an_action_on_a_filter_goes_to_the_end(utils: WorkerUtils) -> None:
    table = Table.of(utils)
    await utils.add_jobs([JobSpec(one) for one in HOSTILE] + [JobSpec("t")] * 1100)
    ids = await value(table, "select array_agg(id) from {s}._private_jobs")
    await table.run(FAILED, ids)
    left = "select count(*) from {s}._private_jobs where attempts > 0"
    async with served(utils) as address:
        app, _ = dialogs.page("?state=failed&identifier=t", base=address + "/")
        await shell(dialogs.commands(app, dialogs.bulk(app, "retry"), {})["curl"])
        assert await value(table, left) == len(HOSTILE)
        app.state["route"]["identifier"] = list(HOSTILE)
        found = dialogs.commands(app, dialogs.bulk(app, "retry"), {})
        await shell(found["curl"])
        assert await value(table, left) == 0 and "sql" not in found


@pytest.mark.parametrize("text", [HOSTILE[0], "".join(HOSTILE)[:120]], ids=["one", "all"])
@pytest.mark.any_schema
async def test_a_new_job_a_key_and_a_payload(utils: WorkerUtils, text: str) -> None:
    table = Table.of(utils)
    payload = ' {"a" : ' + json.dumps(text, ensure_ascii=False) + ',\n\t"n": 1.50}\n'
    form = {"identifier": text, "queue": text, "key": text, "job_key_mode": "preserve-run-at", "payload": payload}
    form |= {"flags": "a', b", "run_at": "2998-12-24T18:30", "priority": "-3", "max_attempts": "9"}
    async with served(utils) as address:
        app, _ = dialogs.page(schema=utils.schema.name, base=address + "/")

        async def do(way: str, dialog: dict[str, Any], form: dict[str, str]) -> None:
            line = dialogs.commands(app, dialog, form)[way]
            await (shell(line) if way == "curl" else table.pool.execute(line))

        for way in ("curl", "sql"):
            await do(way, {"kind": "add"}, form)
            id = await value(table, "select max(id) from {s}._private_jobs")
            found = await table.row(id)
            names = ("identifier", "queue_name", "key", "priority", "max_attempts", "text")
            assert [found[name] for name in names] == [text, text, text, -3, 9, payload.strip()]
            assert json.loads(found["marks"]) == {"a'": True, "b": True}
            if way == "curl":
                row = dict(dialogs.action("complete", id)["jobs"][0])
                editor = {"kind": "payload", "jobs": [row], "stored": found["text"], "shown": ""}
                await do(way, editor, {"payload": '[ "x"]'})
                assert await value(table, "select payload::text from {s}._private_jobs") == '[ "x"]'
            await do(way, {"kind": "remove"}, {"key": text})
            assert await value(table, "select count(*) from {s}._private_jobs") == 0


async def test_maintenance(utils: WorkerUtils) -> None:
    table = Table.of(utils)
    locked = "update {s}._private_jobs set locked_at = now(), locked_by = $1"
    await utils.add_job("t")
    worker = "".join(HOSTILE)
    async with served(utils) as address:
        app, _ = dialogs.page(base=address + "/")
        for way in ("curl", "sql"):
            await table.run(locked, worker)
            line = dialogs.commands(app, dialogs.maintain("force-unlock", worker, "-w"), {})[way]
            await (shell(line) if way == "curl" else table.pool.execute(line))
            assert await value(table, "select count(*) from {s}._private_jobs where locked_at is not null") == 0
        await table.run(locked, "w")
        lock = {
            "job": "1",
            "queue": "",
            "by": "w",
            "at": await value(table, "select to_json(locked_at)#>>'{}' from {s}._private_jobs"),
        }
        found = dialogs.commands(app, {**dialogs.maintain("force-unlock"), "lock": lock, "taken": None}, {})
        assert list(found) == ["curl"]
        await shell(found["curl"])
        assert await value(table, "select count(*) from {s}._private_jobs where locked_at is not null") == 0
        await table.run(FAILED, [1])
        for name in (
            "gc-job-queues",
            "sweep-stale-workers",
            "release-old-locks",
            "migrate",
            "delete-permanently-failed-jobs",
        ):
            found = dialogs.commands(app, dialogs.maintain(name), {})
            assert json.loads(await shell(found["curl"]))["dry_run"] is False and "sql" not in found
    assert await value(table, "select count(*) from {s}._private_jobs") == 0


def exported(app: App) -> str:
    return {one["name"]: one["text"] for one in export.commands(app.state)}["curl"]


async def test_an_export(utils: WorkerUtils, tmp_path: Path) -> None:
    await utils.add_jobs([JobSpec("a b"), JobSpec("c")])
    async with served(utils) as address:
        app, _ = dialogs.page("?identifier=a%20b", base=address + "/")
        await shell(exported(app), tmp_path)
    (file,) = tmp_path.iterdir()
    assert file.name == "jobs-shop-a-b-2026-11-24.csv" and file.read_text("utf-8").count("\n") == 2
