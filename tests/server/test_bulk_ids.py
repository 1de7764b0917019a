"""One verb on ids that are named, a step at a time: as many as a request has room for."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from graphile_worker.admin.api.bulk import batches
from graphile_worker.admin.api.requests import BULK_IDS_MAX
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener
from tests.server.steps import BULK, post, run
from tests.support.table import Table

pytestmark = pytest.mark.usefixtures("whole_steps")


@pytest.fixture
async def table(utils: WorkerUtils) -> Table:
    """1,200 failed jobs, ids 1 to 1,200."""
    table = Table.of(utils)
    await table.run("insert into {s}._private_tasks (identifier) values ('t')")
    await table.run("insert into {s}._private_jobs (task_id, attempts) select 1, 25 from generate_series(1, 1200) n")
    return table


async def untouched(table: Table) -> bool:
    """Whether all jobs are as the fixture made them."""
    query = f"select count(*) from {table.schema}._private_jobs where attempts = 25 and locked_at is null"
    return bool(await table.pool.fetchval(query) == 1200)


async def test_a_preview_counts_the_ids_that_are_jobs_and_names_the_first(door: Door, table: Table) -> None:
    told = await post(door, action="retry", ids=[9999, 30, 20, 30, *range(1, 11)], dry_run=True)

    assert (told["message"], told["count"], told["more"], told["sample"]) == (
        "Would look at 12 jobs", 12, False, [30, 20, 1, 2, 3],
    )  # fmt: skip
    nothing = await post(door, action="retry", ids=[9999], dry_run=True)
    assert (nothing["count"], nothing["sample"]) == (0, [])
    assert await untouched(table)


async def test_each_id_is_reported_once_in_the_order_asked(door: Door, table: Table) -> None:
    ids = [*range(1200, 0, -1), 7, 7, 1200]
    steps = await run(door, action="retry", ids=ids)

    assert [len(step["results"]) for step in steps] == [500, 500, 200]
    assert [result["id"] for step in steps for result in step["results"]] == list(range(1200, 0, -1))
    assert [step["message"] for step in steps] == ["Retried 500 job(s)", "Retried 500 job(s)", "Retried 200 job(s)"]
    assert await table.pool.fetchval(f"select count(*) from {table.schema}._private_jobs where attempts = 0") == 1200


async def test_the_last_step_says_so_though_it_is_full(door: Door, table: Table) -> None:
    assert [len(step["results"]) for step in await run(door, action="retry", ids=list(range(1, 501)))] == [500]
    assert [len(step["results"]) for step in await run(door, action="retry", ids=list(range(1, 502)))] == [500, 1]


async def test_a_step_says_what_it_left_alone_and_stopping_is_not_asking_again(door: Door, table: Table) -> None:
    await table.lock(2, "1 minute")
    first = await post(door, action="complete", ids=[2, 9999, *range(3, 1201)])

    assert first["outcomes"] == {"done": 498, "running": 1, "not_found": 1}
    assert [result["outcome"] for result in first["results"][:3]] == ["running", "not_found", "done"]
    assert first["results"][1]["reason"] == "job 9999 not found"
    assert await table.pool.fetchval(f"select count(*) from {table.schema}._private_jobs") == 1200 - 498


async def test_a_step_ends_after_its_time_and_goes_on_where_it_was(
    door: Door, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PAGE_SECONDS", 0.0)
    steps = await run(door, action="fail", ids=list(range(120, 0, -1)), reason="enough")

    assert [len(step["results"]) for step in steps] == [50, 50, 20]
    assert steps[1]["results"][0]["id"] == 70


async def test_every_verb_takes_its_own_members(door: Door, table: Table) -> None:
    for verb, more in (("reschedule", {"priority": 7}), ("run-now", {"attempts": 3}), ("fail", {"reason": "enough"})):
        assert (await post(door, action=verb, ids=[5], **more))["outcomes"] == {"done": 1}
    row = await table.row(5)
    assert (row["priority"], row["attempts"], row["last_error"]) == (7, 25, "enough")
    refused = await door.post(BULK, {"action": "reschedule", "ids": [5]})
    assert refused.json()["error"] == "provide run_at, priority, attempts, or max_attempts"


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({}, "filter", "is required, or `ids`"),
        ({"ids": None}, "filter", "is required, or `ids`"),
        ({"ids": None, "filter": None}, "filter", "is required, or `ids`"),
        ({"ids": [1], "filter": {"state": "all"}}, "ids", "give one of them"),
        ({"ids": [], "filter": {"state": "all"}}, "ids", "give one of them"),
        ({"ids": []}, "ids", "select at least one job"),
        ({"ids": [], "dry_run": True}, "ids", "select at least one job"),
        ({"ids": [0]}, "ids", "between 1 and"),
        ({"ids": [-1, 1]}, "ids", "between 1 and"),
        ({"ids": [2**63]}, "ids", ""),
        ({"ids": [1.5]}, "ids", "whole number"),
        ({"ids": ["1"]}, "ids", "whole number"),
        ({"ids": [True]}, "ids", "whole number"),
        ({"ids": [None]}, "ids", "whole number"),
        ({"ids": 1}, "ids", "a list"),
        ({"ids": "1"}, "ids", "a list"),
        ({"id": [1]}, "id", "did you mean `ids`?"),
        ({"ids": [1, 2], "cursor": "x"}, "cursor", "take `next` of a step"),
        ({"ids": [1, 2], "cursor": "1-2"}, "cursor", "belongs to other jobs"),
        ({"ids": [1, 2], "cursor": "ids-1-3"}, "cursor", "belongs to other jobs"),
        ({"ids": [1, 2], "cursor": f"ids-1-{2**63}"}, "cursor", "take `next` of a step"),
        ({"filter": {"state": "all"}, "cursor": "ids-1-2"}, "cursor", "belongs to a list of ids"),
        ({"ids": [1, 2], "revisions": {"1": 0}}, "revisions", "is not a member"),
    ],
)
async def test_bad_input_changes_nothing(door: Door, table: Table, body: dict[str, Any], field: str, says: str) -> None:
    answer = await door.post(BULK, {"action": "retry", **body})

    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text
    assert says in answer.json()["error"]
    assert await untouched(table)


async def test_what_is_null_was_not_given(door: Door, table: Table) -> None:
    assert (await post(door, action="retry", ids=[1], filter=None, cursor=None))["outcomes"] == {"done": 1}
    assert (await post(door, action="retry", ids=None, filter={"state": "failed"}))["outcomes"] == {"done": 500}


async def test_as_many_as_a_body_has_room_for_and_more_are_told_of_the_filter(door: Door, table: Table) -> None:
    most = list(range(1, BULK_IDS_MAX + 1))
    assert (await post(door, action="retry", ids=most, dry_run=True))["count"] == 1200
    more = await door.post(BULK, {"action": "retry", "ids": [*most, most[-1] + 1]})
    assert (more.status_code, more.json()["field"], more.json()["hint"]) == (
        400, "ids", "To act on more, send a filter in place of ids.",
    )  # fmt: skip
    longer = await door.post(BULK, json.dumps({"action": "retry", "ids": list(range(1, 400_000))}))
    assert longer.status_code == 413
    assert "POST a filter" in longer.json()["hint"]
    assert await untouched(table)


async def test_rights_and_the_audit_are_those_of_the_other_writes(
    open_door: Opener, table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    closed = open_door(read_only=True)
    with caplog.at_level(logging.INFO):
        assert (await closed.post(BULK, {"action": "retry", "ids": [1], "dry_run": True})).status_code == 403
        await post(open_door(), action="retry", ids=[3, 9999])
    events = [json.loads(record.getMessage()) for record in caplog.records if record.name == "graphile_worker.audit"]
    assert [(event["audit"], event.get("ids"), event.get("outcomes")) for event in events] == [
        ("refused", None, None), ("write", [3, 9999], {"done": 1, "not_found": 1}),
    ]  # fmt: skip
