"""Verbs leave alone what somebody else has replaced or changed since it was looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.jobs import JobReport
from graphile_worker.worker_utils import WorkerUtils
from tests.support.table import Table

Act = Callable[[WorkerUtils, list[int], Mapping[int, int]], Awaitable[JobReport]]
Expecting = Callable[[WorkerUtils, list[int], Mapping[int, Mapping[str, Any]], bool], Awaitable[JobReport]]


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


VERBS: dict[str, Act] = {
    "complete": lambda utils, ids, seen: utils.complete_jobs(ids, revisions=seen),
    "fail": lambda utils, ids, seen: utils.permanently_fail_jobs(ids, revisions=seen),
    "retry": lambda utils, ids, seen: utils.retry(ids, revisions=seen),
    "run-now": lambda utils, ids, seen: utils.run_now(ids, revisions=seen),
    "run-next": lambda utils, ids, seen: utils.run_next(ids, revisions=seen),
    "reschedule": lambda utils, ids, seen: utils.reschedule_jobs(ids, priority=7, revisions=seen),
}


EXPECTING: dict[str, Expecting] = {
    "complete": lambda utils, ids, seen, dry: utils.complete_jobs(ids, expected=seen, dry_run=dry),
    "fail": lambda utils, ids, seen, dry: utils.permanently_fail_jobs(ids, expected=seen, dry_run=dry),
    "retry": lambda utils, ids, seen, dry: utils.retry(ids, expected=seen, dry_run=dry),
    "run-now": lambda utils, ids, seen, dry: utils.run_now(ids, expected=seen, dry_run=dry),
    "run-next": lambda utils, ids, seen, dry: utils.run_next(ids, expected=seen, dry_run=dry),
    "reschedule": lambda utils, ids, seen, dry: utils.reschedule_jobs(ids, priority=7, expected=seen, dry_run=dry),
}


@pytest.mark.parametrize("verb", VERBS)
async def test_a_verb_leaves_alone_what_was_replaced_since_somebody_looked(
    utils: WorkerUtils, table: Table, verb: str
) -> None:
    seen, other = await utils.add_job("t", {"old": True}, key="k"), await utils.add_job("t")
    await utils.add_job("t", {"new": True}, key="k")
    before = await table.row(seen.id)

    report = await VERBS[verb](utils, [seen.id, other.id], {seen.id: seen.revision, other.id: other.revision})

    assert [result.outcome.value for result in report.results] == ["changed", "done"]
    assert report.results[0].reason == "was replaced meanwhile (revision 1, not 0)"
    assert await table.row(seen.id) == before
    assert (await VERBS[verb](utils, [seen.id], {seen.id: 1})).done == 1


SINCE: dict[str, tuple[str, str]] = {  # what somebody else did, and what the verb says of it
    "a priority": ("priority = 5, updated_at = now()", "priority 5, not 1"),
    "an attempt": ("attempts = 1, run_at = now()", "attempts 1, not 0"),
    "fewer attempts": ("max_attempts = 3", "max_attempts 3, not 25"),
    "another time": ("run_at = '2031-01-01T00:00:00.5Z'", "run_at 2031-01-01T00:00:00.500Z, not 2030-01-01T00:00:00Z"),
    "no time of the calendar": ("run_at = 'infinity'", "run_at infinity, not 2030-01-01T00:00:00Z"),
    "only its last error": ("last_error = 'x', updated_at = '2031-01-01'", "updated_at 2031-01-01T00:00:00Z, not "),
}  # fmt: skip


@pytest.mark.any_schema
@pytest.mark.parametrize("change", SINCE)
@pytest.mark.parametrize("verb", EXPECTING)
async def test_a_verb_leaves_alone_what_is_not_as_expected(
    utils: WorkerUtils, table: Table, verb: str, change: str
) -> None:
    """Rescheduling leaves the revision as it is, so values tell who came between."""
    seen, other = [await utils.add_job("t", priority=1, run_at="2030-01-01T00:00:00Z") for _ in "ab"]
    names = ("priority", "attempts", "max_attempts", "run_at", "updated_at")
    expected = {job.id: {name: getattr(job, name) for name in names} for job in (seen, other)}
    sets, told = SINCE[change]
    await table.pool.execute(f"update {table.schema}._private_jobs set {sets} where id = $1", seen.id)
    before = await table.row(seen.id)

    looked = await EXPECTING[verb](utils, [seen.id, other.id], expected, True)
    report = await EXPECTING[verb](utils, [seen.id, other.id], expected, False)

    assert looked.results == report.results
    assert [result.outcome.value for result in report.results] == ["changed", "done"]
    assert str(report.results[0].reason).startswith(f"was changed meanwhile ({told}")
    assert await table.row(seen.id) == before
    assert (await EXPECTING[verb](utils, [seen.id], {seen.id: {"priority": None}}, False)).done == 1


@pytest.mark.parametrize(
    "expected",
    [
        {99: {"priority": 0}}, {"1": {"priority": 0}}, [1], {1: 0}, {1: {"priority": "0"}}, {1: {"priority": 32768}},
        {1: {"attempts": True}}, {1: {"run_at": "yesterday"}}, {1: {"run_at": 7}}, {1: {"updated_at": "2026-01-01T00:00:00"}},
        {1: {"revision": 0}}, {1: {"payload": "{}"}},
    ],
)  # fmt: skip
async def test_expected_values_that_cannot_be_are_refused(utils: WorkerUtils, expected: Any) -> None:
    await utils.add_job("t")
    with pytest.raises(InvalidInput, match="^expected "):
        await utils.complete_jobs([1], expected=expected)
    assert (await utils.complete_jobs([1], expected={})).done == 1


@pytest.mark.parametrize("seen", [{99: 0}, {1: -1}, {1: True}, {1: 2**31}, {1: "0"}, [1], {"1": 0}])
async def test_revisions_that_cannot_be_are_refused(utils: WorkerUtils, seen: Mapping[int, int]) -> None:
    await utils.add_job("t")
    with pytest.raises(InvalidInput, match="^revisions "):
        await utils.complete_jobs([1], revisions=seen)
    assert (await utils.complete_jobs([1])).done == 1
