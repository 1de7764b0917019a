"""Databases that Rust made, that Node made, and that both migrated in turn: opened, used and migrated by us.

Afterwards everybody who was welcome before still is, and nobody's own migrations change what stands there.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from graphile_worker.core.database.schema_connection import SchemaConnection
from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.exceptions import SchemaUnsupported
from graphile_worker.core.migration.schema_state import BREAKING, probe
from graphile_worker.worker_utils import WorkerUtils
from tests.peers import node
from tests.peers.database import finished, opened
from tests.peers.test_pairs import REFUSED, each_works, our_verbs_work
from tests.reference import rust
from tests.reference.conftest import Record
from tests.reference.histories import ALONE, NODES, PAIRS, History, Past, highest
from tests.support.catalog import STATE_22, catalog, migrations

DELAYS = (0, 0.01, 0.02, 0.03, 0.05)  # seconds; the reference needs about 0.05 for everything


@pytest.mark.parametrize("history", [*ALONE, *PAIRS], ids=" then ".join)
async def test_it_is_used_and_migrated_by_us_and_stays_everybodys(
    past: Past, history: History, record_property: Record
) -> None:
    dsn, top = await past.database(history), highest(history)
    async with opened(dsn) as pool:
        utils, before = WorkerUtils(pool), await stamps(pool)
        await our_verbs_work(utils, "current" if top == rust.HIGHEST else "older")

        report = await utils.migrate()

        assert report.applied == list(range(top + 1, rust.HIGHEST + 1))
        assert await catalog(pool) == STATE_22
        after = await stamps(pool)
        assert {id: row for id, row in after.items() if id in before} == before
        assert {id: breaking for id, (_, breaking) in after.items() if id not in before} == dict.fromkeys(
            report.applied, False
        )
        await our_verbs_work(utils, "current")

        guests = NODES[1:] if (await migrations(pool))[19] else NODES
        everything = await fingerprint(pool)
        await everybody_migrates(past, guests, dsn)
        assert await fingerprint(pool) == everything
        await everybody_works(past, guests, utils, pool, dsn)
        assert await fingerprint(pool) == everything
    record_property(
        "figures", f"past {' then '.join(history)}: opened, migrated from {top}, {len(guests)} Node releases at work"
    )


@pytest.mark.parametrize("number", [10, 11, 15])
async def test_what_is_too_old_for_us_is_left_to_the_reference(past: Past, number: int) -> None:
    dsn = await past.database((f"rust-{number}",))
    async with opened(dsn) as pool:
        before = await fingerprint(pool)
        with pytest.raises(SchemaUnsupported, match=f"at migration {number}"):
            await WorkerUtils(pool).migrate()
        assert await fingerprint(pool) == before

        assert (await rust.run(past.reference, dsn, "migrate"))[0] == 0
        assert await catalog(pool) == STATE_22
        await our_verbs_work(WorkerUtils(pool), "current")


@pytest.mark.parametrize("history", [(), *ALONE], ids=lambda history: " then ".join(history) or "nothing")
async def test_all_migrate_at_once(past: Past, history: History, record_property: Record) -> None:
    for delay in DELAYS:
        [(code, said)] = await at_once(await past.database(history), past.reference, delay, [])
        assert code == 0, said
    codes = [code for code, _ in await at_once(await past.database(history), past.reference, 0.3, NODES)]
    which = " then ".join(history) or "nothing"
    record_property("figures", f"at once on {which}: {len(DELAYS) + 1} races, exit codes of Rust and Node {codes}")


async def at_once(dsn: str, reference: list[str], delay: float, packages: list[str]) -> list[tuple[int | None, str]]:
    """We migrate a moment after the reference and these Node releases have started to; what they said."""

    async def ours() -> None:
        await asyncio.sleep(delay)
        await utils.migrate()

    async with opened(dsn) as pool:
        utils = WorkerUtils(pool)
        theirs = [rust.run(reference, dsn, "migrate"), *(node.try_to_migrate(package, dsn) for package in packages)]
        said, _ = await asyncio.gather(asyncio.gather(*theirs), ours())
        await utils.migrate()  # whoever came last may have left it anywhere
        assert await catalog(pool) == STATE_22
        rows = await migrations(pool)
        assert list(rows) == list(range(1, rust.HIGHEST + 1))
        assert {id for id, breaking in rows.items() if breaking} - {19} == BREAKING
        async with utils.database.read() as connection:
            assert (await probe(SchemaConnection(connection, utils.schema))).verdict == "current"
        return said


async def stamps(pool: Pool) -> dict[int, tuple[Any, bool]]:
    """The recorded migrations with the moment of each."""
    rows = await pool.fetch("select id, ts, breaking from graphile_worker.migrations order by id")
    return {row["id"]: (row["ts"], row["breaking"]) for row in rows}


async def fingerprint(pool: Pool) -> list[Any]:
    """Everything a migration could change: objects, bodies of functions, recorded migrations."""
    bodies = await pool.fetch(
        "select p.oid::regprocedure::text, md5(p.prosrc), p.xmin::text from pg_proc p"
        " where p.pronamespace = 'graphile_worker'::regnamespace order by 1"
    )
    return [await catalog(pool), await stamps(pool), [tuple(row) for row in bodies]]


async def everybody_migrates(past: Past, guests: list[str], dsn: str) -> None:
    """Every peer's own migrations; those who are no guests say so."""
    code, said = await rust.run(past.reference, dsn, "migrate")
    assert (code, said) == (0, "Migrations complete\n")
    for package in NODES:
        code, said = await node.try_to_migrate(package, dsn)
        assert code == (0 if package in guests else REFUSED), said


async def everybody_works(past: Past, guests: list[str], utils: WorkerUtils, pool: Pool, dsn: str) -> None:
    """Live Node workers of all these releases run jobs that ours and the reference added."""
    await each_works(guests, utils, pool, dsn)
    code, said = await rust.run(past.reference, dsn, "add", "ok", "--queue", "rust", "--key", "from rust")
    assert code == 0, said
    async with node.worker(guests[0], dsn) as peer:
        id = await pool.fetchval("select id from graphile_worker.jobs where key = 'from rust'")
        await peer.until_ran(*[id] if id else [])
        await finished(pool, id or 0)
        assert await peer.stop() == 0
    await pool.execute("drop table go")
