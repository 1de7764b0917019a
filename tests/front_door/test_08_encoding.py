"""Case 8: `?client_encoding=LATIN1` and a job with 北.

The kind: an address, a role or a database that names an encoding. What the client speaks is the driver's business and
always UTF-8; a database of another encoding takes the characters that it has and refuses others in a sentence.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.jobs.read import list_jobs
from graphile_worker.core.database.transactions import Database, Pool, connect
from graphile_worker.core.exceptions import Refused
from graphile_worker.core.queue import Queue
from graphile_worker.core.schema import Schema
from graphile_worker.worker_utils import WorkerUtils
from tests.cli.support import Program
from tests.support.roles import as_role, login, own_everything
from tests.support.templates import Databases

# What PostgreSQL converts to and from UTF-8; the driver knows some, and others under other names.
ENCODINGS = (
    "BIG5 EUC_CN EUC_JIS_2004 EUC_JP EUC_KR EUC_TW GB18030 GBK ISO_8859_5 JOHAB KOI8R KOI8U LATIN1 LATIN10 LATIN2"
    " MULE_INTERNAL SHIFT_JIS_2004 SJIS SQL_ASCII UHC WIN1250 WIN1252 WIN1258 WIN866 WIN874"
).split()
TEXT = "北 é ∞ 😀"


async def goes_round(pool: Pool) -> None:
    """A job with the text comes back as it went, from a verb and from a list."""
    utils = WorkerUtils(pool)
    job = await utils.add_job("t", {"city": TEXT}, queue=TEXT, key=TEXT)
    assert (job.key, job.payload_value()) == (TEXT, {"city": TEXT})
    listed = await list_jobs(Queue(Database(pool), Schema()), JobFilter(search="北"))
    assert b"".join(map(bytes, listed["jobs"])).decode().count(TEXT) == 3


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_an_address_with_an_encoding(dsn: str, encoding: str) -> None:
    pool = await connect(f"{dsn}?client_encoding={encoding}")
    await goes_round(pool)
    pool.terminate()


@pytest.mark.parametrize("encoding", ["LATIN1", "GB18030", "EUC_TW"])
async def test_a_role_with_an_encoding(dsn: str, pool: Pool, encoding: str) -> None:
    role = await login(pool, "encoded")
    await own_everything(pool, role)
    await pool.execute(f"alter role {role} set client_encoding = {encoding}")
    theirs = await connect(as_role(dsn, role))
    await goes_round(theirs)
    theirs.terminate()


def test_the_command_line(dsn: str) -> None:
    program = Program(f"{dsn}?client_encoding=LATIN1")
    added = program("add", "t", "--payload", f'{{"city": "{TEXT}"}}', "--key", TEXT, "--json")
    assert added.code == 0, added
    assert TEXT in program("show", "1").out and TEXT in program("list").out


@pytest.fixture
async def latin(dsn: str) -> AsyncIterator[Pool]:
    """A pool of somebody else's, whose sessions speak LATIN1."""
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=1, server_settings={"client_encoding": "LATIN1"})
    yield pool
    await pool.close()


async def test_a_pool_of_the_callers_keeps_its_encoding(latin: Pool) -> None:
    await goes_round(latin)
    assert await latin.fetchval("show client_encoding") == "LATIN1"


async def test_a_database_with_another_encoding(databases: Databases) -> None:
    """What it has goes round; what it lacks is refused with the reason."""
    async with databases.encoded("LATIN1") as utils:
        job = await utils.add_job("t", {"city": "Zürich"}, key="ü")
        assert (job.key, job.payload_value()) == ("ü", {"city": "Zürich"})
        with pytest.raises(Refused) as refused:
            await utils.add_job("t", {"city": "北"})
    assert refused.value.message == "the database cannot hold a character of this request"
    assert "UTF8" in str(refused.value.hint)


async def test_a_database_with_no_encoding(databases: Databases) -> None:
    """It takes any bytes, and gives them back."""
    async with databases.encoded("SQL_ASCII") as utils:
        job = await utils.add_job("t", {"city": TEXT}, queue=TEXT, key=TEXT)
        assert (job.key, job.payload_value()) == (TEXT, {"city": TEXT})
