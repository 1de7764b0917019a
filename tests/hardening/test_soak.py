"""Hours of mixed load on a served admin: memory, descriptors, connections and old snapshots do not grow; signals leave nothing.

The seconds are those of GRAPHILE_WORKER_SOAK_SECONDS, an hour in `scripts/test-hardening`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import asyncpg
import pytest

from graphile_worker.core.jobs import JobSpec
from graphile_worker.worker_utils import WorkerUtils
from tests.hardening.admin_process import APPLICATION, AdminProcess, admin_process, transactions, until_no_transaction
from tests.hardening.soak_load import Load
from tests.hardening.volume import volume
from tests.peers.database import opened

SECONDS = float(os.environ.get("GRAPHILE_WORKER_SOAK_SECONDS") or volume(20, 3600))
LONG = 300.0  # seconds from which on a slope says something; a shorter run is held to how much there is at its end
JOBS = 2000
SIGNALS = volume(1, 5)
RSS_MB_PER_MINUTE, RSS_MB_SHORT = 1.0, 25.0
CONNECTIONS_MAX = 6  # the pool, and one that listens
SNAPSHOT_SECONDS = 5.5  # a search ends at its limit of five


@dataclass
class Samples:
    """What was measured, a list of (seconds, value) for each quantity."""

    begun: float = field(default_factory=time.monotonic)
    rss: list[tuple[float, float]] = field(default_factory=list)
    descriptors: list[tuple[float, float]] = field(default_factory=list)
    connections: list[tuple[float, float]] = field(default_factory=list)
    snapshot: list[tuple[float, float]] = field(default_factory=list)

    async def take(self, admin: AdminProcess, watcher: asyncpg.Connection) -> None:
        """One sample of each."""
        now = time.monotonic() - self.begun
        row = await watcher.fetchrow(
            "select count(*), coalesce(max(extract(epoch from clock_timestamp() - xact_start)) filter "
            "(where backend_xmin is not null), 0)::float8 as age "
            "from pg_stat_activity where datname = current_database() and application_name like $1",
            APPLICATION,
        )
        assert row is not None
        for values, value in (
            (self.rss, admin.rss), (self.descriptors, admin.descriptors), (self.connections, row["count"]),
            (self.snapshot, row["age"]),
        ):  # fmt: skip
            values.append((now, float(value)))

    @staticmethod
    def per_minute(values: list[tuple[float, float]]) -> float:
        """The slope over the second half."""
        half = values[len(values) // 2 :]
        return statistics.linear_regression([at for at, _ in half], [value for _, value in half]).slope * 60

    @staticmethod
    def grown(values: list[tuple[float, float]]) -> float:
        """The median of the last quarter above that of the one before it."""
        quarter = len(values) // 4
        third, last = values[-2 * quarter : -quarter], values[-quarter:]
        return statistics.median(v for _, v in last) - statistics.median(v for _, v in third)


@pytest.mark.long
async def test_mixed_load_leaves_no_slope(dsn: str, record_property: Callable[[str, object], None]) -> None:
    samples, load = Samples(), Load()
    watcher = await asyncpg.connect(dsn)
    try:
        async with opened(dsn) as pool:
            await fill(WorkerUtils(pool))
        async with admin_process(dsn) as admin:
            running = load.start(admin)
            while time.monotonic() - samples.begun < SECONDS:
                await asyncio.sleep(min(5.0, max(0.25, SECONDS / 500)))
                await samples.take(admin, watcher)
                assert admin.process.returncode is None, "the admin died"
            await load.stop(running)
            assert await admin.end(signal.SIGTERM) == 0
        await until_no_transaction(dsn)
    finally:
        await watcher.close()
    slope, fds = samples.per_minute(samples.rss), samples.per_minute(samples.descriptors)
    most, oldest = max(v for _, v in samples.connections), max(v for _, v in samples.snapshot)
    trend = f"rss {slope:+.2f} MB/min, descriptors {fds:+.2f}/min over the second half, " if SECONDS >= LONG else ""
    record_property(
        "figures",
        f"{SECONDS:.0f} s: {load.told}; rss {samples.rss[-1][1]:.0f} MB, descriptors {samples.descriptors[-1][1]:.0f}, "
        f"{trend}connections at most {most:.0f}, oldest snapshot {oldest:.1f} s",
    )

    assert load.unexpected == []
    assert most <= CONNECTIONS_MAX and oldest < SNAPSHOT_SECONDS
    assert samples.grown(samples.descriptors) <= 5
    if SECONDS >= LONG:
        assert slope < RSS_MB_PER_MINUTE and fds < 1
    else:
        assert samples.grown(samples.rss) < RSS_MB_SHORT


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
async def test_a_signal_under_load_leaves_no_transaction(
    dsn: str, record_property: Callable[[str, object], None], number: signal.Signals
) -> None:
    async with opened(dsn) as pool:
        await fill(WorkerUtils(pool))
    slowest, codes = 0.0, []
    for _ in range(SIGNALS):
        async with admin_process(dsn) as admin:
            load = Load()
            running = load.start(admin)
            async with asyncio.timeout(30):
                while load.answers["200"] < 20:
                    await asyncio.sleep(0.05)
            begun = time.monotonic()
            codes.append(await admin.end(number))
            await load.stop(running)
        await until_no_transaction(dsn)
        slowest = max(slowest, time.monotonic() - begun)
    left = await transactions(dsn)
    record_property(
        "figures", f"{number.name} x{SIGNALS}: open transactions {len(left)}, gone after {slowest:.1f} s at most"
    )
    assert left == []
    assert codes == [0 if number == signal.SIGTERM else -signal.SIGKILL] * SIGNALS


async def fill(utils: WorkerUtils) -> None:
    """Jobs to be read, some of them failed."""
    jobs = await utils.add_jobs(
        [JobSpec("soak", {"n": n, "pad": "x" * 500}, run_at="2100-01-01T00:00:00Z") for n in range(JOBS)]
    )
    await utils.permanently_fail_jobs([job.id for job in jobs[:500]], "Error: soak 17 says no")
