"""A dry run says what the verb then does, id by id, and leaves every row as it was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.jobs import AddOutcome, JobReport, JobSpec, Outcome, RemoveOutcome
from graphile_worker.worker_utils import WorkerUtils
from tests.support.table import Table

pytestmark = pytest.mark.any_schema


@pytest.fixture
async def table(utils: WorkerUtils) -> Table:
    """Jobs 1 ready, 2 used up, 3 running, 4 under an old lock, 5 scheduled with two attempts made; each has its key."""
    table = Table.of(utils)
    for n in range(1, 6):
        await utils.add_job("t", key=f"k{n}", queue=f"q{n}", max_attempts=3)
    await table.run("update {s}._private_jobs set attempts = 3 where id = 2")
    await table.lock(3, "1 minute")
    await table.lock(4, "5 hours")
    await table.run("update {s}._private_jobs set attempts = 2, run_at = now() + interval '1 day' where id = 5")
    return table


async def everything(table: Table) -> list[Any]:
    rows = await table.pool.fetch(f"select *, payload::text, xmin::text from {table.schema}._private_jobs order by id")
    queues = await table.pool.fetch(f"select *, xmin::text from {table.schema}._private_job_queues order by id")
    return [tuple(row) for row in (*rows, *queues)]


VERBS: dict[str, Callable[[WorkerUtils, bool], Awaitable[JobReport]]] = {
    "complete": lambda utils, dry: utils.complete_jobs([5, 99, 3, 1, 2, 4], dry_run=dry),
    "fail": lambda utils, dry: utils.permanently_fail_jobs([1, 2, 3, 4, 5, 99], "no", dry_run=dry),
    "run-now": lambda utils, dry: utils.run_now([1, 2, 3, 4, 5, 99], dry_run=dry),
    "run-next": lambda utils, dry: utils.run_next([1, 2, 3, 4, 5, 99], dry_run=dry),
    "run-now with attempts": lambda utils, dry: utils.run_now([1, 2, 5], max_attempts=1, dry_run=dry),
    "retry": lambda utils, dry: utils.retry([1, 2, 3, 4, 5, 99], dry_run=dry),
    "reschedule": lambda utils, dry: utils.reschedule_jobs([1, 2, 3, 4, 5, 99], max_attempts=2, dry_run=dry),
    "changed": lambda utils, dry: utils.complete_jobs([1, 2], revisions={1: 7}, dry_run=dry),
}


@pytest.mark.parametrize("name", VERBS)
async def test_a_verb_does_what_its_dry_run_said(utils: WorkerUtils, table: Table, name: str) -> None:
    before = await everything(table)

    said = await VERBS[name](utils, True)
    assert await everything(table) == before
    did = await VERBS[name](utils, False)

    assert [(r.id, r.outcome, r.reason) for r in said.results] == [(r.id, r.outcome, r.reason) for r in did.results]
    assert said.jobs == []
    assert Outcome.DONE in {result.outcome for result in said.results}


async def test_a_dry_run_checks_what_it_is_given(utils: WorkerUtils) -> None:
    wrongs: list[list[Any]] = [[], [0], ["1"]]
    for wrong in wrongs:
        with pytest.raises(InvalidInput):
            await utils.complete_jobs(wrong, dry_run=True)
    with pytest.raises(InvalidInput):
        await utils.retry([1], revisions={2: 0}, dry_run=True)


async def test_many_ids(utils: WorkerUtils, table: Table) -> None:
    report = await utils.retry(range(1, 3001), dry_run=True)
    assert (len(report.results), report.done) == (3000, 4)


@pytest.mark.parametrize(("key", "outcome", "id"), [
    ("k1", RemoveOutcome.REMOVED, 1), ("k2", RemoveOutcome.REMOVED, 2), ("k3", RemoveOutcome.KEY_RELEASED, 3),
    ("k4", RemoveOutcome.REMOVED, 4), ("none", RemoveOutcome.NOT_FOUND, None),
])  # fmt: skip
async def test_remove(utils: WorkerUtils, table: Table, key: str, outcome: RemoveOutcome, id: int | None) -> None:
    before = await everything(table)

    said = await utils.remove_job(key, dry_run=True)
    assert await everything(table) == before
    did = await utils.remove_job(key)

    assert (said.outcome, said.job and said.job.id) == (outcome, id)
    assert (did.outcome, did.job and did.job.id) == (outcome, id)


async def test_a_removal_that_is_not_as_expected(utils: WorkerUtils, table: Table) -> None:
    for dry_run in (True, False):
        for key, id, outcome in (
            ("k1", 2, None),
            ("k1", 1, RemoveOutcome.KEY_RELEASED),
            ("k3", 3, RemoveOutcome.REMOVED),
        ):
            report = await utils.remove_job(key, expected_id=id, expected_outcome=outcome, dry_run=dry_run)
            assert (report.outcome, report.job and report.job.key) == (RemoveOutcome.CHANGED, key)
        gone = await utils.remove_job("none", expected_id=1, dry_run=dry_run)
        assert gone.outcome is RemoveOutcome.NOT_FOUND


@pytest.mark.parametrize(("name", "value", "rule"), [
    ("expected_id", "1", "must be a whole number"), ("expected_id", 0, "must be between 1 and"),
    ("expected_outcome", RemoveOutcome.CHANGED, "must be removed or key_released"),
    ("expected_outcome", "gone", "must be removed or key_released"),
])  # fmt: skip
async def test_a_wrong_expectation_of_a_removal(utils: WorkerUtils, name: str, value: Any, rule: str) -> None:
    for dry_run in (True, False):
        with pytest.raises(InvalidInput, match=f"{name} {rule}"):
            await utils.remove_job("k1", dry_run=dry_run, **{name: value})


@pytest.mark.parametrize("mode", [None, "replace", "preserve-run-at", "unsafe-dedupe"])
@pytest.mark.parametrize("key", ["k1", "k2", "k3", "k4", "k5", "none", None])
async def test_add(utils: WorkerUtils, table: Table, key: str | None, mode: str | None) -> None:
    spec = JobSpec("t", {"a": 1}, key=key, job_key_mode=mode if key else None)
    before = await everything(table)

    said = await utils.plan_job(spec)
    assert await everything(table) == before
    [did] = await utils.add_jobs([spec])

    assert (said.outcome, said.previous_id) == (did.outcome, did.previous_id)
    assert said.outcome in AddOutcome


async def test_what_an_add_refuses_its_plan_refuses(utils: WorkerUtils, table: Table) -> None:
    for spec in (JobSpec(""), JobSpec("t", priority=40000), JobSpec("t", key=" "), JobSpec("t", job_key_mode="replace"),
                 JobSpec("t", run_at="yesterday"), JobSpec("t", key="k", job_key_mode="other")):  # fmt: skip
        with pytest.raises(InvalidInput):
            await utils.plan_job(spec)
