"""Both servers on one database: every write by one, then by the other on equal rows; answers and rows left compared."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.compare import compare
from tests.contract.requests import Case
from tests.reference import writes
from tests.reference.conftest import Opener, Record
from tests.reference.side_by_side import Both

RELEASED = {"locked_at": None, "locked_by": None}


async def test_every_write_of_both(both: Opener, record_property: Record) -> None:
    async with both() as two:
        kinds = {
            kind: await two.connection.fetch(writes.ROWS.format(condition=condition))
            for kind, condition in writes.KINDS.items()
        }
        ids = {kind: [row["id"] for row in rows] for kind, rows in kinds.items()}
        keys = {kind: rows[0]["key"] for kind, rows in kinds.items() if rows[0]["key"]}
        old = {str(id) for kind in ids if "old lock" in kind for id in ids[kind]}
        cases = [*writes.actions(ids), *writes.adds(keys), *writes.removals(keys), *writes.maintenance()]
        differing = {case.name: lines for case in cases if (lines := await by_both(two, case, old))}

    assert differing == {}
    record_property(
        "figures", f"writes: {len(cases)} done by both on equal rows of {len(ids)} kinds, 0 leave other rows"
    )


@pytest.mark.parametrize(
    ("what", "rows", "cases"),
    [("sweeps", writes.ABANDONED, writes.sweeps()), ("cleanups", writes.NOBODY, writes.cleanups())],
)
async def test_sweeps_and_cleanups(
    both: Opener, record_property: Record, what: str, rows: str, cases: list[Case]
) -> None:
    async with both(rows) as two:
        differing = {case.name: lines for case in cases if (lines := await by_both(two, case, set()))}

    assert differing == {}
    record_property("figures", f"{what}: {len(cases)} done by both on equal rows, 0 leave other rows")


async def by_both(two: Both, case: Case, old_locks: set[str]) -> list[str]:
    """What differs, but for three things that are right: the order, released old locks, the word on a running job."""
    theirs, ours = await two.theirs.ask(case), await two.ours.ask(case)
    assert (theirs["status"], ours["status"]) == (200, 200), (case, theirs["body"], ours["body"])
    for answer in (theirs, ours):
        if isinstance(jobs := answer["body"].get("jobs"), list):
            jobs.sort(key=lambda job: job["id"])
        before, colon, names = answer["body"]["message"].partition("worker(s): ")
        answer["body"]["message"] = before + colon + ", ".join(sorted(names.split(", ")))
    if case.name == f"remove: {writes.RUNNING}":
        theirs["body"] = {"outcome": "key_released"}
    for id, row in ours["left"].get("jobs", {}).items():
        if case.path == "/api/jobs/action" and id in old_locks and row:  # our actions take the lock of the dead away
            ours["left"]["jobs"][id] = without_release(row)
    if case.path == "/api/jobs/action":  # and our answers say so
        for job, told in zip(ours["body"]["jobs"], theirs["body"]["jobs"], strict=True):
            if str(job["id"]) in old_locks and job.items() >= RELEASED.items():
                job |= {column: told[column] for column in RELEASED}
    return [line[:400] for line in compare(theirs, ours)]


def without_release(row: dict[str, Any]) -> dict[str, Any]:
    """A changed row without the release of its lock, which must be there."""
    assert row.items() >= RELEASED.items(), row
    return {column: value for column, value in row.items() if column not in RELEASED}
