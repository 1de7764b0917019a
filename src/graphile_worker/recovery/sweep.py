"""Hands back the jobs of workers whose heartbeat stopped."""

from __future__ import annotations

from dataclasses import dataclass

from graphile_worker.core.capabilities import known, reading, writing
from graphile_worker.core.database import AnyConnection, Database
from graphile_worker.core.errors import Busy
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import Loader
from graphile_worker.recovery.config import SweepConfig

_statement = Loader("graphile_worker.recovery").statement
TIMEOUT = 30.0  # seconds; there is no index on the holder of a lock


@dataclass(frozen=True, slots=True)
class SweepReport:
    """Workers found gone, sorted, and how many jobs were (in a dry run: would be) handed back."""

    workers: list[str]
    jobs: int


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
        async with reading(database, schema, timeout=TIMEOUT) as connection:
            (await known(database, connection, schema)).require("preview-sweep")
            return await _preview(connection, schema, config)
    async with writing(database, schema, "sweep-stale-workers", timeout=TIMEOUT) as connection:
        return await _recover(connection, schema, config)


async def _preview(connection: AnyConnection, schema: Schema, config: SweepConfig) -> SweepReport:
    row = await connection.fetchrow(_statement("sweep.preview", schema), *_silence(config))
    return SweepReport(row["workers"], row["jobs"]) if row else SweepReport([], 0)


async def _recover(connection: AnyConnection, schema: Schema, config: SweepConfig) -> SweepReport:
    if not await connection.fetchval(_statement("sweep.alone", schema)):
        raise Busy("another sweep is running", hint="Try again in a moment.")
    query = _statement("sweep.recover", schema)
    row = await connection.fetchrow(query, *_silence(config), float(config.recovery_delay_secs))
    if row is None or not row["workers"]:
        return SweepReport([], 0)
    await connection.execute(_statement("sweep.forget", schema), row["workers"])
    return SweepReport(row["workers"], row["jobs"])


def _silence(config: SweepConfig) -> tuple[float, float, list[str]]:
    usual = float(config.threshold_secs)
    return usual, usual * config.resilient_multiplier, list(config.resilient_flags)
