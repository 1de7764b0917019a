"""Case 23: a role with `datestyle = 'German, DMY'`; the second page of a list by time.

The kind: a setting of a role or database that changes how PostgreSQL writes a value as text. tests/settings tries all of
them; here are the cursors, whose keys are such text.
"""

from __future__ import annotations

import json

import pytest

from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.jobs.read import PageRequest, list_jobs
from graphile_worker.core.database.transactions import Database, Pool, connect
from graphile_worker.core.queue import Queue
from graphile_worker.core.schema import Schema
from tests.cli.support import Program
from tests.support.roles import as_role, login, own_everything

STYLES = ("German, DMY", "SQL, DMY", "SQL, MDY", "Postgres, MDY", "ISO, YMD")
TIMES = ("-infinity", "0044-03-15 12:00:00 BC", "2001-02-03 04:05:06.000007", "2001-03-02", "12026-01-01", "infinity")
MANY = 2_500  # jobs; the command line reads 2,000 at once


async def role_with(pool: Pool, style: str, zone: str) -> str:
    """The owner of the queue, whose sessions write times in this style."""
    role = await login(pool, "styled")
    await own_everything(pool, role)
    await pool.execute(f"alter role {role} set datestyle = {style}; alter role {role} set timezone = '{zone}'")
    return role


@pytest.mark.parametrize("sort", ["run_at", "-run_at", "created_at", "-created_at"])
@pytest.mark.parametrize("style", STYLES)
async def test_every_page_of_a_list_by_time(dsn: str, pool: Pool, style: str, sort: str) -> None:
    """Forwards to the end and back to the start, a job at a time; a cursor of one role serves another."""
    await pool.execute(
        "select count(graphile_worker.add_job('t', run_at => x::timestamptz)) from unnest($1::text[]) x",
        TIMES,
    )
    await pool.execute("update graphile_worker._private_jobs set created_at = run_at")
    theirs = await connect(as_role(dsn, await role_with(pool, style, "America/St_Johns")))
    right, wrong = Database(pool), Database(theirs)
    seen, request = [], PageRequest(sort=sort, limit=1)
    while True:
        page = await list_jobs(Queue(wrong, Schema()), JobFilter(), request)
        same = await list_jobs(Queue(right, Schema()), JobFilter(), request)
        assert (page["jobs"], page["next"], page["prev"]) == (same["jobs"], same["next"], same["prev"])
        seen.append(json.loads(bytes(page["jobs"][0]))["id"])
        if not page["next"]:
            break
        request = PageRequest(sort=sort, limit=1, cursor=page["next"])
    assert seen == (list(range(1, 7)) if sort[0] != "-" else list(range(6, 0, -1)))
    while page["prev"]:
        request = PageRequest(sort=sort, limit=1, cursor=page["prev"])
        page = await list_jobs(Queue(wrong, Schema()), JobFilter(), request)
    assert json.loads(bytes(page["jobs"][0]))["id"] == seen[0]
    theirs.terminate()


@pytest.mark.parametrize("carried", ["role", "database", "address"])
async def test_the_command_line_lists_all(dsn: str, pool: Pool, carried: str) -> None:
    await pool.execute(
        "insert into graphile_worker._private_tasks (identifier) values ('t');"
        " insert into graphile_worker._private_jobs (task_id, run_at, payload)"
        f" select 1, '2001-01-01'::timestamptz + n * interval '1 day', '{{}}' from generate_series(1, {MANY}) n"
    )
    address = dsn
    if carried == "role":
        address = as_role(dsn, await role_with(pool, "German, DMY", "Asia/Kolkata"))
    elif carried == "database":
        name = await pool.fetchval("select current_database()")
        await pool.execute(f"alter database {name} set datestyle = German, DMY")
    else:
        address = f"{dsn}?options=-c%20datestyle%3DGerman%2CDMY"
    ran = Program(address)("list", "--sort", "run_at", "--limit", "5000", "--ndjson")
    assert ran.code == 0, ran.err
    assert [json.loads(line)["id"] for line in ran.out.splitlines()] == list(range(1, MANY + 1))
