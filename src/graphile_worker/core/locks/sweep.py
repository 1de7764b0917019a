"""Hands back the jobs of workers whose heartbeat stopped."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import asyncpg

from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.database.transactions import AnyConnection, Database
from graphile_worker.core.diagnosis.capabilities import known, reading, writing
from graphile_worker.core.exceptions import Busy
from graphile_worker.core.locks.config import SweepConfig
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import statement

ACTION, PREVIEW = "sweep-stale-workers", "preview-sweep"
TIMEOUT = 30.0  # seconds; there is no index on the holder of a lock


@dataclass(frozen=True, slots=True)
class SilentWorker:
    """A worker found gone: its last heartbeat (RFC 3339), and how many jobs and queues it held."""

    worker_id: str
    last_heartbeat_at: str
    jobs: int
    queues: int


@dataclass(frozen=True, slots=True)
class SweepReport:
    """Workers found gone, sorted, and how many jobs were (in a dry run: would be) handed back."""

    workers: list[str]
    jobs: int
    details: list[SilentWorker] = field(default_factory=list, compare=False)


async def sweep(
    database: Database,
    schema: Schema,
    *,
    threshold_secs: int = 300,
    recovery_delay_secs: int = 30,
    dry_run: bool = False,
) -> SweepReport:
    """Recovers jobs of workers that registered and have been silent for `threshold_secs` (at least 60).

    Jobs retired while they ran keep their attempts used up. A dry run changes nothing.
    Raises InvalidInput, SchemaUnsupported (no heartbeats here), Busy (another sweep runs).
    """
    config = SweepConfig(threshold_secs, recovery_delay_secs)
    if dry_run:
        return await _look(database, schema, config, ACTION)
    async with writing(database, schema, ACTION, timeout=TIMEOUT) as connection:
        if not await connection.fetchval(statement("sweep.alone", schema)):
            raise Busy("another sweep is running", hint="Try again in a moment.")
        taken = await connection.fetch(statement("sweep.take", schema), *_silence(config))
        if not taken:
            return SweepReport([], 0)
        report = _report(await _details(connection, schema, taken))
        state = (await known(database, connection, schema)).state
        marked = state.has_retirements and "functions" not in state.missing  # bodies that write no marks: none to trust
        jobs = await _recover(connection, schema, report.workers, config, marked)
    return replace(report, jobs=jobs)


async def preview_sweep(database: Database, schema: Schema, *, threshold_secs: int = 300) -> SweepReport:
    """What a sweep would do, also for a role that may only look. Raises InvalidInput, SchemaUnsupported."""
    return await _look(database, schema, SweepConfig(threshold_secs), PREVIEW)


@retried_read
async def _look(database: Database, schema: Schema, config: SweepConfig, action: str) -> SweepReport:
    async with reading(database, schema, action, timeout=TIMEOUT, scan=True) as connection:
        found = await connection.fetch(statement("sweep.silent", schema), *_silence(config))
        return _report(await _details(connection, schema, found))


async def _recover(
    connection: AnyConnection, schema: Schema, workers: list[str], config: SweepConfig, marked: bool
) -> int:
    """Hands the jobs back and strikes the workers off; `marked` = the schema knows which jobs were given up."""
    query = statement("sweep.recover" if marked else "sweep.recover_sparing", schema)
    if not marked:
        await connection.execute(statement("sweep.lock_jobs", schema), workers)
    jobs: int = await connection.fetchval(query, workers, float(config.recovery_delay_secs))
    await connection.execute(statement("sweep.forget", schema), workers)
    return jobs


async def _details(connection: AnyConnection, schema: Schema, found: list[asyncpg.Record]) -> list[SilentWorker]:
    rows = await connection.fetch(statement("sweep.details", schema), [row["id"] for row in found]) if found else []
    return [SilentWorker(**row) for row in rows]


def _report(details: list[SilentWorker]) -> SweepReport:
    workers = sorted(worker.worker_id for worker in details)
    return SweepReport(workers, sum(worker.jobs for worker in details), details)


def _silence(config: SweepConfig) -> tuple[float, float, list[str]]:
    usual = float(config.threshold_secs)
    return usual, usual * config.resilient_multiplier, list(config.resilient_flags)
