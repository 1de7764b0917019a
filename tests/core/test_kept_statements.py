"""Connections of a pool keep their prepared statements, except through a pooler, and a change of the schema is no error."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.jobs.read import PageRequest, get_job, list_jobs
from graphile_worker.admin.api.sql import statement
from graphile_worker.conninfo import resolve
from graphile_worker.core.database import opener
from graphile_worker.core.database.opener import Opener
from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import Pool, connect
from graphile_worker.core.schema import Schema
from graphile_worker.worker_utils import WorkerUtils
from tests.hardening.servers import bouncer, memory_folder

KEPT = "select count(*) from pg_catalog.pg_prepared_statements"


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that the user of the server may walk through."""
    with memory_folder() as made:
        yield made / "pgbouncer"


async def kept(pool: Pool) -> int:
    """The statements that the one connection of the pool keeps."""
    async with pool.acquire() as connection:
        await connection.execute("drop table if exists kept")
        await connection.execute(f"create temporary table kept as {KEPT}")  # without a prepared statement
        return int(await connection.fetchval("select count from pg_temp.kept"))


async def read_again(utils: WorkerUtils, times: int) -> None:
    """Reads a job and a list."""
    for _ in range(times):
        job = await get_job(utils.queue, 1)
        assert job is not None and job["id"] == 1
        assert len((await list_jobs(utils.queue, JobFilter()))["jobs"]) == 1


async def test_a_connection_to_the_server_keeps_its_statements(dsn: str) -> None:
    pool = await connect(dsn, max_connections=1)
    utils = WorkerUtils(pool)
    await utils.add_job("send")
    await read_again(utils, 1)
    before = await kept(pool)
    await read_again(utils, 3)
    assert before > 2 and await kept(pool) <= before + 1  # one of `kept`
    await pool.close()


async def test_a_command_keeps_none(dsn: str) -> None:
    pool = await connect(dsn, max_connections=1, keep_statements=False)
    await read_again(await _with_a_job(pool), 2)
    assert await kept(pool) == 0
    await pool.close()


async def _with_a_job(pool: Pool) -> WorkerUtils:
    utils = WorkerUtils(pool)
    await utils.add_job("send")
    return utils


@pytest.mark.parametrize("mode", ["transaction", "session"])
async def test_through_a_pooler_none_is_kept_and_none_is_left_behind(dsn: str, folder: Path, mode: str) -> None:
    with bouncer(dsn, folder, mode) as address:
        pool = await connect(address, max_connections=4)
        utils = await _with_a_job(pool)
        await asyncio.gather(*(read_again(utils, 5) for _ in range(8)))
        for _ in range(8):  # whichever process of the server answers
            assert await kept(pool) == 0
        await pool.close()


async def test_a_pooler_that_takes_the_place_of_the_server(dsn: str, folder: Path) -> None:
    """As after a change of the address of a host: the next connection notices it."""

    with bouncer(dsn, folder, "transaction") as address:
        opening = Opener(resolve(dsn), keep_statements=True)
        direct = await opening(None)
        opening._options = resolve(address)
        pooled = [await opening(None), await opening(None)]
        for connection, wanted in ((direct, 1), *((one, 0) for one in pooled)):
            await connection.fetchval("select 41 + 1")
            await connection.execute(f"create temporary table kept as {KEPT}")
            assert await connection.fetchval("select count from pg_temp.kept") == wanted
            await connection.execute("drop table pg_temp.kept")
            await connection.close()


async def test_a_connection_whose_opening_is_cancelled_is_closed(
    dsn: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pooler without a free process of the server accepts a login and keeps the first statement waiting."""

    asked, check, process = asyncio.Event(), opener._is_direct, psutil.Process()

    def is_direct(connection: Any) -> Any:
        asked.set()
        return check(connection)

    with bouncer(dsn, folder, "session", "default_pool_size = 1\n") as address:
        port, options = urlsplit(address).port, resolve(address)
        first = await Opener(options, keep_statements=False)(None)
        await first.execute("select 1")
        monkeypatch.setattr(opener, "_is_direct", is_direct)
        second = asyncio.create_task(Opener(options, keep_statements=True)(None))
        await asked.wait()
        await asyncio.sleep(0.1)  # the statement is sent
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        for _ in range(100):  # the event loop closes the socket
            open_ones = [one for one in process.net_connections() if one.raddr and one.raddr.port == port]
            if len(open_ones) == 1:
                break
            await asyncio.sleep(0.05)
        assert len(open_ones) == 1
        await first.close()


async def test_a_result_type_that_changes_is_read_again(dsn: str) -> None:
    """PostgreSQL refuses a kept statement whose columns have other types now."""
    pool = await connect(dsn, max_connections=1)
    utils = await _with_a_job(pool)
    await read_again(utils, 7)  # with PostgreSQL's general plan, too
    view = "create view graphile_worker.answer as select {}::{} as n"
    await pool.execute(view.format(1, "integer"))
    for form, type_ in ((2, "bigint"), ("'3'", "text")):
        assert await _answer(utils) is not None
        await pool.execute("drop view graphile_worker.answer")
        await pool.execute(view.format(form, type_))
    assert await _answer(utils) == "3"
    await pool.close()


async def _answer(utils: WorkerUtils) -> object:

    @retried_read
    async def read() -> object:
        async with utils.queue.read() as tx:
            return await tx.connection.fetchval("select n from graphile_worker.answer")

    return await read()


async def test_a_migration_between_two_reads_is_no_error(empty_dsn: str) -> None:
    pool = await connect(empty_dsn, max_connections=1)
    utils = WorkerUtils(pool)
    await utils.migrate()
    await utils.add_job("send")
    await read_again(utils, 7)
    other = await connect(empty_dsn, max_connections=1)
    await other.execute("drop schema graphile_worker cascade")
    again = WorkerUtils(other)
    await again.migrate()
    await again.add_job("send")
    await read_again(utils, 7)
    assert [job.id for job in await utils.add_jobs([])] == []
    await utils.add_job("send")
    await other.close()
    await pool.close()


async def plans(pool: Pool) -> int:
    """The most runs of one list with the plan that PostgreSQL keeps for all values."""
    async with pool.acquire() as connection:
        query = "select max(generic_plans) from pg_catalog.pg_prepared_statements where statement like 'with page%'"
        return int(await connection.fetchval(query))


@pytest.mark.parametrize(
    ("filter", "page", "kept"),
    [
        (JobFilter(), PageRequest(), True),
        (JobFilter(states=["ready"]), PageRequest(sort="-id"), True),
        (JobFilter(identifiers=["send"], queues=["mail"]), PageRequest(), True),
        (JobFilter(), PageRequest(limit=99), False),
        (JobFilter(), PageRequest(offset=1), False),
        (JobFilter(), PageRequest(sort="priority"), False),
        (JobFilter(priority_min=1), PageRequest(), False),
        (JobFilter(search="send"), PageRequest(), False),
    ],
)
async def test_a_page_keeps_its_plan_where_it_does_not_depend_on_values(
    dsn: str, filter: JobFilter, page: PageRequest, kept: bool
) -> None:
    pool = await connect(dsn, max_connections=1)
    utils = WorkerUtils(pool)
    for _ in range(102):
        await utils.add_job("send", queue="mail", priority=1)
    lists = [await list_jobs(utils.queue, filter, page) for _ in range(8)]
    assert {len(one["jobs"]) for one in lists} == {min(page.limit, 102 - page.offset)}
    assert all(one["has_more"] == (page.limit + page.offset < 102) for one in lists)
    assert (await plans(pool) > 0) is kept
    await pool.close()


def test_the_number_of_rows_in_the_statement_is_the_default_limit() -> None:
    assert statement("jobs.most_default").text(Schema()).strip() == str(vocabulary.LIMIT_DEFAULT)
