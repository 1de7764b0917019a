"""Both servers write to one database in the same moment: nothing is lost, done twice, or answered with a fault."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.contract.requests import Case
from tests.reference.conftest import Opener, Record
from tests.reference.side_by_side import Both

ROUNDS = 40
ABREAST = 4  # requests to each of the two at the same time
LATER = "2995-01-01T00:00:00Z"


def case(path: str, **body: Any) -> Case:
    """One write."""
    return Case(path, "POST", path, body)


async def at_once(two: Both, *cases: Case) -> tuple[list[dict[str, Any]], int]:
    """The bodies of what was done when both are asked all of this together, and how often the reference gave up.

    It answers 500 where PostgreSQL ends a deadlock of its statements (nothing is done); ours says `busy`, per job.
    """
    theirs = asyncio.gather(*(two.theirs.send(case) for case in cases))
    ours = asyncio.gather(*(two.ours.send(case) for case in cases))
    answers = [*await ours, *await theirs]
    assert {answer.status_code for answer in answers[: len(cases)]} == {200}, [answer.text for answer in answers]
    done = [answer.json() for answer in answers if answer.status_code == 200]
    return done, len(answers) - len(done)


async def test_both_write_at_once(both: Opener, record_property: Record) -> None:
    async with both() as two:
        given_up = 0
        for number in range(ROUNDS):
            key = f"race {number}"
            keyed = case(
                "/api/jobs", identifier=f"race {number % 7}", queue=f"race {number % 5}", key=key, run_at=LATER
            )
            added, failed = await at_once(two, *[keyed] * ABREAST)
            assert failed == 0
            [row] = await two.connection.fetch("select * from graphile_worker._private_jobs where key = $1", key)
            assert {answer["jobs"][0]["id"] for answer in added} == {row["id"]}
            assert row["revision"] == 2 * ABREAST - 1

            ids = [row["id"], *[10_000 + 8 * number + place for place in range(1, 9)]]
            before = set(ids) & set(await two.ids())
            moved = case("/api/jobs/action", action="reschedule", ids=ids, priority=number)
            done = case("/api/jobs/action", action="complete", ids=ids[::-1])
            answers, failed = await at_once(two, moved, done, done)
            given_up += failed
            completed = [
                job["id"] for body in answers if body["message"].startswith("Completed") for job in body["jobs"]
            ]
            assert sorted(completed) == sorted(before - set(await two.ids()))
        assert await two.connection.fetchval("select count(*) from graphile_worker._private_job_retirements") == 0
    writes = ROUNDS * (2 * ABREAST + 6)
    figures = f"at once: {writes} writes of both to one database at the same time, 0 lost, 0 done twice"
    record_property("figures", f"{figures}; the reference gave up {given_up}, ours none")
