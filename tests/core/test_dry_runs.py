"""A dry run asks for the rights of the real one: who may not do it is told so before anybody plans with its answer.

Everybody with the permission to read may request previews.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from graphile_worker.core.exceptions import PermissionDenied
from graphile_worker.core.jobs import JobSpec
from graphile_worker.core.locks.old_locks import preview_old_locks, release_old_locks
from graphile_worker.core.locks.sweep import preview_sweep, sweep
from graphile_worker.worker_utils import WorkerUtils
from tests.support.roles import acting_as, login
from tests.support.table import Table

Run = Callable[[WorkerUtils, bool], Awaitable[Any]]
SPEC, KEYED = JobSpec("t"), JobSpec("t", key="k")
RUNS: dict[str, Run] = {
    "add": lambda utils, dry: utils.plan_job(SPEC) if dry else utils.add_jobs([SPEC]),
    "add with a key": lambda utils, dry: utils.plan_job(KEYED) if dry else utils.add_jobs([KEYED]),
    "complete": lambda utils, dry: utils.complete_jobs([1], dry_run=dry),
    "fail": lambda utils, dry: utils.permanently_fail_jobs([1], dry_run=dry),
    "run-now": lambda utils, dry: utils.run_now([1], dry_run=dry),
    "run-next": lambda utils, dry: utils.run_next([1], dry_run=dry),
    "retry": lambda utils, dry: utils.retry([1], dry_run=dry),
    "reschedule": lambda utils, dry: utils.reschedule_jobs([1], priority=1, dry_run=dry),
    "change-payload": lambda utils, dry: utils.change_payload(1, {"new": 1}, dry_run=dry),
    "remove-by-key": lambda utils, dry: utils.remove_job("k", dry_run=dry),
    "cleanup": lambda utils, dry: utils.cleanup(dry_run=dry),
    "force-unlock": lambda utils, dry: utils.force_unlock_workers(["w"], dry_run=dry),
    "release-old-locks": lambda utils, dry: release_old_locks(utils.queue, dry_run=dry),
    "sweep-stale-workers": lambda utils, dry: sweep(utils.queue, dry_run=dry),
}


@pytest.fixture
async def reader(utils: WorkerUtils, dsn: str) -> AsyncIterator[WorkerUtils]:
    """Sees everything and may change nothing; job 1 has an old lock."""
    table = Table.of(utils)
    user = await login(utils.database.pool, "reader", "bypassrls")
    await table.run(f"grant usage on schema {{s}} to {user}; grant select on all tables in schema {{s}} to {user}")
    await utils.add_job("t", key="k")
    await table.lock(1, "5 hours", "w")
    async with acting_as(dsn, user) as theirs:
        yield theirs


@pytest.mark.parametrize("name", RUNS)
async def test_who_may_not_do_it_is_refused_alike(utils: WorkerUtils, reader: WorkerUtils, name: str) -> None:
    said = []
    for dry in (False, True):
        with pytest.raises(PermissionDenied) as caught:
            await RUNS[name](reader, dry)
        said.append((caught.value.message, caught.value.hint))

    assert said[0] == said[1]
    await RUNS[name](utils, True)


async def test_a_right_that_was_given_counts_at_once(utils: WorkerUtils, reader: WorkerUtils) -> None:
    """What is remembered refuses nobody."""
    with pytest.raises(PermissionDenied):
        await reader.complete_jobs([1], dry_run=True)
    await utils.database.pool.execute(
        f"grant all on all tables in schema {utils.schema.quoted} to public;"
        f"grant execute on all functions in schema {utils.schema.quoted} to public"
    )
    assert (await reader.complete_jobs([1], dry_run=True)).done == 1


async def test_a_preview_is_shown_to_who_may_only_look(reader: WorkerUtils) -> None:
    assert (await preview_old_locks(reader.queue)).jobs == 1
    assert (await preview_sweep(reader.queue)).workers == []
