"""The sweep: releases the jobs of stale workers, whose heartbeat stopped."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg

from graphile_worker.core.database.read_retry import retried_read
from graphile_worker.core.exceptions import Busy
from graphile_worker.core.locks.config import (
    HEARTBEAT_SILENCE_SECONDS,
    MAXIMUM_SECONDS,
    MINIMUM_THRESHOLD,
    RESILIENT_FLAGS,
    RESILIENT_MULTIPLIER,
)
from graphile_worker.core.locks.sql import statement
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.validation import integer

ACTION, PREVIEW = "sweep-stale-workers", "preview-sweep"
TIMEOUT = 30.0  # seconds: there is no index on the holders of locks


@dataclass(frozen=True, slots=True)
class SweepConfig:
    """A worker is stale `threshold_secs` after its last heartbeat; its jobs run again after `recovery_delay_secs`.

    The threshold of a worker that holds a job with one of `resilient_flags` is `resilient_multiplier` times as long.
    Raises InvalidInput.
    """

    threshold_secs: int = HEARTBEAT_SILENCE_SECONDS
    recovery_delay_secs: int = 30
    resilient_flags: tuple[str, ...] = RESILIENT_FLAGS
    resilient_multiplier: int = RESILIENT_MULTIPLIER

    def __post_init__(self) -> None:
        integer("sweep_threshold_secs", self.threshold_secs, MINIMUM_THRESHOLD, MAXIMUM_SECONDS)
        integer("recovery_delay_secs", self.recovery_delay_secs, 0, MAXIMUM_SECONDS)


@dataclass(frozen=True, slots=True)
class SilentWorker:
    """A stale worker: its last heartbeat (RFC 3339), and how many jobs and queues it held."""

    worker_id: str
    last_heartbeat_at: str
    jobs: int
    queues: int


@dataclass(frozen=True, slots=True)
class SweepReport:
    """The stale workers, sorted, and how many jobs were released; in a dry run, would be."""

    workers: list[str]
    jobs: int
    details: list[SilentWorker] = field(default_factory=list, compare=False)


async def sweep(
    queue: Queue,
    *,
    threshold_secs: int = HEARTBEAT_SILENCE_SECONDS,
    recovery_delay_secs: int = 30,
    dry_run: bool = False,
) -> SweepReport:
    """Releases the jobs of registered workers without a heartbeat for `threshold_secs` (at least 60).

    Jobs that were retired while they ran keep all attempts used. A dry run changes nothing.
    Raises InvalidInput, SchemaUnsupported (no heartbeats here), Busy (another sweep runs).
    """
    config = SweepConfig(threshold_secs, recovery_delay_secs)
    if dry_run:
        return await _dry_run(queue, config, ACTION)
    async with queue.write(ACTION, timeout=TIMEOUT) as tx:
        if not await tx.fetchval(statement("sweep.alone")):
            raise Busy("another sweep is running", hint="Try again in a moment.")
        taken = await tx.fetch(statement("sweep.take"), **_silence(config))
        if not taken:
            return SweepReport([], 0)
        report = _report(await _details(tx, taken))
        state = (await tx.capabilities()).state
        marked = (
            state.has_retirements and "functions" not in state.missing
        )  # older function bodies write no retirements
        jobs = await _recover(tx, report.workers, config, marked)
    return replace(report, jobs=jobs)


async def preview_sweep(queue: Queue, *, threshold_secs: int = HEARTBEAT_SILENCE_SECONDS) -> SweepReport:
    """The report of a dry run, without the permission to sweep. Raises InvalidInput, SchemaUnsupported."""
    return await _dry_run(queue, SweepConfig(threshold_secs), PREVIEW)


@retried_read
async def _dry_run(queue: Queue, config: SweepConfig, action: str) -> SweepReport:
    async with queue.read(action, timeout=TIMEOUT, scan=True) as tx:
        found = await tx.fetch(statement("sweep.silent"), **_silence(config))
        return _report(await _details(tx, found))


async def _recover(tx: Transaction, workers: list[str], config: SweepConfig, marked: bool) -> int:
    """Releases the jobs and deletes the workers; `marked` = the schema records retirements."""
    query = statement("sweep.recover" if marked else "sweep.recover_sparing")
    if not marked:
        await tx.execute(statement("sweep.lock_jobs"), workers=workers)
    jobs: int = await tx.fetchval(query, workers=workers, delay_secs=float(config.recovery_delay_secs))
    await tx.execute(statement("sweep.forget"), workers=workers)
    return jobs


async def _details(tx: Transaction, found: list[asyncpg.Record]) -> list[SilentWorker]:
    rows = await tx.fetch(statement("sweep.details"), workers=[row["id"] for row in found]) if found else []
    return [SilentWorker(**row) for row in rows]


def _report(details: list[SilentWorker]) -> SweepReport:
    workers = sorted(worker.worker_id for worker in details)
    return SweepReport(workers, sum(worker.jobs for worker in details), details)


def _silence(config: SweepConfig) -> dict[str, Any]:
    """The parameters of `sweep.silent`."""
    usual = float(config.threshold_secs)
    resilient = usual * config.resilient_multiplier
    return {"silence_secs": usual, "resilient_secs": resilient, "flags": list(config.resilient_flags)}
