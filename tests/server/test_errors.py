"""What failed jobs failed of: fingerprints, their groups, and the filter that finds exactly the jobs of each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from graphile_worker.admin.api.jobs.filters import BLANK, JobFilter
from graphile_worker.admin.api.tables import samples
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener
from tests.support.roles import acting_as, login
from tests.support.table import Table
from tests.support.templates import Databases

# what is different from job to job, and what is not
FINGERPRINTS = {
    "Error: SMTP 550 mailbox unavailable for user42\n    at send (mailer.js:12)": "Error: SMTP 550 mailbox unavailable for user…",
    "no job 5f0c8a34-c92b-487c-82f7-46ffeed50485 here": "no job … here",
    "no job DEADBEEF-dead-beef-dead-beefdeadbeef here": "no job … here",
    "507f1f77bcf86cd799439011 is gone": "… is gone",
    "at 0xdeadBEEF": "at …",
    "a bad cafe, a facade": "a bad cafe, a facade",
    "took 1,234.5 ms of 12:30:01.5": "took … ms of …",
    "450 no mailbox <björn.dubois+7@mail.example.com>, greylisted": "… no mailbox <…>, greylisted",
    "to=ada@example.com: refused": "to=…: refused",
    "@decorated or a@b": "@decorated or a@b",
    "connect ECONNREFUSED 10.0.0.1:5432": "connect ECONNREFUSED …:5432",
    "-5 at 2026-01-02T03:04:05Z": "-… at …-…-…T…Z",
    'unknown column "a \\"b\\" c" of "t"': "unknown column … of …",
    'no quote " is closed here': "no quote …",
    '5" pipe': '…" pipe',
    "Can't read 'a b' or 'O'Brien' of `c`": "Can't read … or … of …",
    "they can't, they won't": "they can't, they won't",
    "the dogs' bone": "the dogs' bone",
    'Traceback (most recent call last):\n  File "a.py", line 7, in <module>\nKeyError: 12\n': "KeyError: …",
    "Traceback (most recent call last):"
    + "\n  File" * 100
    + "\r\nValueError: no user 7\r\n\r\n": "ValueError: no user …",
    "Traceback (most recent call last)": "Traceback (most recent call last)",
    "key='x', b'y'": "key=…, b'y'",
    "  \r\n\t \n\x0b\f first line \t\r\nsecond": "first line",
    "one\rtwo": "one",
    "ошибка № 7 \u202e <b>": "ошибка № … \u202e <b>",
    "…": "…",
    "": BLANK,
    " \r\n ": BLANK,
    "x" * 300: "x" * 200,
    "a 1 " * 100: ("a … " * 50).strip(),
    '"' + "q" * 1000 + '" ends': "…",
    " " * 400 + "too late": BLANK,
}
HOSTILE = [
    *FINGERPRINTS,
    *('"', "'", "`", "\\", '\\"', '"\\', "'\\'", "''''", '"a\'b`c"', "`\"'", '"' * 399, "'" * 401, '"\\' * 300, "a'b" * 200),
    *("%", "_", "100% _ \\% \\_", "100% of 7", "50x of 7", "%%", "\\%", "…%…", "* and … and 1", "* and 1 and …", "**"),
    *("a" * 199 + " b", "a" * 199 + " c", "ü" * 401, "😀 1 " * 120, "e\u0301 1", "é 1", "\u2028x", "\xa0x", "\ufeffx", "\x01\x1b[2J 1\x7f"),
    *("1" * 5_000_000, "x" * 5_000_000, "\n" * 5_000_000 + "x", "\n" * 100 + "x 1\n" + "y" * 5_000_000, "Traceback (most recent call last):\n" + "z" * 5_000_000, '{"a": 1}' * 600_000),
    *("\r\n\r\na 1\r\n", "a 2\r", "a 3", "A 3", "a\t3", "a  3", BLANK, " (empty) ", "; drop table jobs; --", "{use:matches} $1 $$"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine reads all of these few jobs too."""
    monkeypatch.setattr(samples, "FAILED_SECONDS", 10.0)


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


async def fail(utils: WorkerUtils, table: Table, errors: Sequence[str | None], task: str = "t") -> list[int]:
    """A failed job for each error; their ids."""
    await utils.add_job(task)
    made = await table.pool.fetch(
        f"insert into {table.schema}._private_jobs (task_id, attempts, max_attempts, last_error)"
        f" select (select id from {table.schema}._private_tasks where identifier = $2), 3, 3, e.error"
        f" from unnest($1::text[]) with ordinality as e (error, place) order by e.place returning id",
        errors,
        task,
    )
    return [row["id"] for row in made]


async def matching(door: Door, filter: dict[str, Any]) -> list[int]:
    """The ids a list finds, as many as are counted."""
    jobs = (await door.get("/api/jobs", params=filter | {"payload": "preview"})).json()["jobs"]
    counted = (await door.get("/api/jobs/count", params=filter)).json()
    assert counted["count"] == len(jobs), filter
    return [job["id"] for job in jobs]


async def matching_everywhere(door: Door, filter: dict[str, Any]) -> list[int]:
    """The same ids out of the export, a search in slices and a bulk verb."""
    found = await matching(door, filter)
    sliced = (await door.get("/api/jobs", params=filter | {"payload": "preview", "partial": "true"})).json()
    exported = (await door.get("/api/jobs/export", params=filter)).text.split("\n")[:-1]
    preview = (await door.post("/api/jobs/bulk", {"action": "retry", "dry_run": True, "filter": filter})).json()
    assert [job["id"] for job in sliced["jobs"]] == [json.loads(line)["id"] for line in exported] == found
    assert (preview["count"], preview["sample"]) == (len(found), found[:5]), filter
    return found


@pytest.mark.any_schema
async def test_fingerprints(door: Door, utils: WorkerUtils, table: Table) -> None:
    ids = await fail(utils, table, list(FINGERPRINTS))
    rows = (await door.answer("/api/errors?limit=500"))["errors"]
    assert {row["fingerprint"]: row["count"] for row in rows} == Counter(FINGERPRINTS.values())
    for row in rows:
        same = [id for id, name in zip(ids, FINGERPRINTS.values(), strict=True) if name == row["fingerprint"]]
        assert row["job"] == same[-1]
        error = list(FINGERPRINTS)[ids.index(same[-1])]
        assert row["example"] == told(error)
        assert (await door.answer(f"/api/jobs/{same[-1]}"))["error_fingerprint"] == row["fingerprint"]
    assert (await door.answer(f"/api/jobs/{(await utils.add_job('t')).id}"))["error_fingerprint"] is None


def told(error: str) -> str:
    """The beginning of an error; of Python's traceback what it ends with."""
    return error.rstrip().splitlines()[-1] if error.startswith("Traceback (most") else error[:300]


async def test_the_filter_finds_the_jobs_of_each_group(door: Door, utils: WorkerUtils, table: Table) -> None:
    ids = await fail(utils, table, [*HOSTILE, None])
    await fail(utils, table, HOSTILE[:5], "other")
    await table.run(
        "update {s}._private_jobs set locked_at = now() where last_error = $1 and id > $2", HOSTILE[0], ids[-1]
    )
    answer = await door.answer("/api/errors?limit=500")
    assert (answer["looked"], answer["complete"], answer["has_more"]) == (len(HOSTILE) + 4, True, False)

    seen: list[int] = []
    for place, row in enumerate(answer["errors"]):
        ask = matching if place % 8 else matching_everywhere
        found = await ask(door, {"state": ["failed"], "error": [row["fingerprint"]]})
        assert (len(found), max(found)) == (row["count"], row["job"]), row
        seen += found
    assert len(seen) == len(set(seen)) == answer["looked"]
    assert set(seen) >= set(ids[:-1]) and ids[-1] not in seen

    names = [row["fingerprint"] for row in answer["errors"]]
    assert len(names) == len(set(names))
    for some in (names[:8], names[:9], names[-8:]):
        among = await matching_everywhere(door, {"state": ["failed"], "error": some})
        assert len(among) == sum(row["count"] for row in answer["errors"] if row["fingerprint"] in some)
    assert await matching(door, {"error": ["a 1", "x 1", "%", "no job %", "x" * 201, "No job … here"][1:]}) == [
        id for id, error in zip(ids, HOSTILE, strict=False) if error == "%"
    ]


async def test_a_group_is_retried(door: Door, utils: WorkerUtils, table: Table) -> None:
    ids = await fail(utils, table, [f"no mailbox {n}" for n in range(5)] + ["no mailbox", "other 1"])
    await table.run("update {s}._private_jobs set locked_at = now(), locked_by = 'w' where id = $1", ids[0])
    filter = {"state": "failed", "error": "no mailbox …"}
    step = (await door.post("/api/jobs/bulk", {"action": "retry", "filter": filter})).json()
    assert (step["outcomes"], step["next"]) == ({"done": 4}, None)
    rows = (await door.answer("/api/errors"))["errors"]
    assert [(row["fingerprint"], row["count"]) for row in rows] == [("no mailbox", 1), ("other …", 1)]
    assert (await table.row(ids[0]))["attempts"] == 3


async def test_what_a_row_says(door: Door, utils: WorkerUtils, table: Table) -> None:
    for place, task in enumerate(("a", "b", "c", "d", "e", "f", "gone")):
        await fail(utils, table, ["no 1"] * (7 - place), task)
    await fail(utils, table, ["yes\n" + "y" * 400])
    await table.run("delete from {s}._private_tasks where identifier = 'gone'")
    times = "timestamptz '2001-01-01Z' + id * interval '1 day'"
    await table.run("alter table {s}._private_jobs disable trigger user")
    await table.run(f"update {{s}}._private_jobs set updated_at = {times}, run_at = '2000-01-01Z'")
    answer = await door.answer("/api/errors")
    assert list(answer) == ["age_ms", "errors", "total", "has_more", "complete", "as_of", "looked", "retrying_read"]
    no, yes = answer["errors"]
    assert [no["fingerprint"], no["count"], no["task_count"]] == ["no …", 28, 7]
    assert no["tasks"] == [{"task_identifier": name, "count": 7 - n, "retrying": 0} for n, name in enumerate("abcde")]
    assert (no["first_at"], no["last_at"]) == ("2001-01-03T00:00:00Z", "2001-02-05T00:00:00Z")
    assert (no["job"], no["example"]) == (35, "no 1")
    assert (yes["example"], yes["tasks"]) == (
        "yes\n" + "y" * 296,
        [{"task_identifier": "t", "count": 1, "retrying": 0}],
    )

    await table.run("update {s}._private_jobs set updated_at = 'infinity' where id = 35")
    for sort, first in {
        "-last": "no …",
        "last": "yes",
        "name": "no …",
        "-name": "yes",
        "count": "yes",
        "first": "no …",
    }.items():
        rows = (await door.answer(f"/api/errors?sort={sort}&limit=1"))["errors"]
        assert [row["fingerprint"] for row in rows] == [first], sort
    assert (await door.answer("/api/errors?search=YE"))["total"] == 1
    lost = (await door.answer("/api/errors"))["errors"][0]["tasks"]
    assert len(lost) == 5
    await table.run("delete from {s}._private_jobs where attempts = 3 and id < 30")
    assert any(
        "its row is missing" in task["task_identifier"]
        for task in (await door.answer("/api/errors"))["errors"][0]["tasks"]
    )


async def test_only_the_newest_jobs_are_looked_at(
    door: Door, utils: WorkerUtils, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fail(utils, table, [*("old",) * 5, *("new",) * 3])
    for most, found in {8: {"old": 5, "new": 3}, 7: {"old": 4, "new": 3}, 3: {"new": 3}, 1: {"new": 1}}.items():
        monkeypatch.setattr(samples, "FAILED_MAX", most)
        answer = await door.answer("/api/errors")
        assert {row["fingerprint"]: row["count"] for row in answer["errors"]} == found
        assert (answer["looked"], answer["complete"]) == (most, most == 8)
    monkeypatch.setattr(samples, "FAILED_SECONDS", 0.0)
    answer = await door.answer("/api/errors")
    assert ([row["count"] for row in answer["errors"]], answer["looked"], answer["complete"]) == ([1], 1, False)


async def test_groups_beyond_those_kept(
    door: Door, utils: WorkerUtils, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fail(utils, table, ["a", "b", "b", "c", "c", "c"])
    monkeypatch.setattr(samples, "ROWS_MAX", 2)
    answer = await door.answer("/api/errors")
    assert ([row["fingerprint"] for row in answer["errors"]], answer["complete"]) == (["c", "b"], False)


async def test_wrong_values(door: Door) -> None:
    for value, status in {"x" * 1000: 200, "x" * 1001: 400, "\0": 400, "\\": 200, "(": 200, "%": 200}.items():
        answer = await door.get("/api/jobs", params={"error": value})
        assert (answer.status_code, answer.json().get("field", "error")) == (status, "error"), value
    wrong: tuple[dict[str, Any], ...] = ({"error": ""}, {"error": []}, {"error": [""]}, {"error": ["a", ""]})
    for filter in wrong:
        answer = await door.post("/api/jobs/bulk", {"action": "retry", "filter": filter})
        assert (answer.status_code, answer.json()["field"]) == (400, "error"), filter
    assert JobFilter(errors=["a"]).matches_all is False


async def test_a_role_that_may_not_look(
    utils: WorkerUtils, table: Table, dsn: str, open_door: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fail(utils, table, ["no"])
    role = await login(table.pool, "viewer")
    await table.run(f"grant usage on schema {{s}} to {role}")
    async with acting_as(dsn, role) as theirs:
        monkeypatch.setattr(utils, "database", theirs.database)
        refused = await open_door().get("/api/errors")
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied"), refused.text
        await table.run(f"grant select on all tables in schema {{s}} to {role}")
        await table.run("alter table {s}._private_jobs enable row level security")
        for path in ("/api/errors", "/api/jobs?error=no"):
            assert (await open_door().get(path)).json()["code"] == "row_security"


async def test_a_database_without_unicode(
    databases: Databases, open_door: Opener, monkeypatch: pytest.MonkeyPatch, utils: WorkerUtils
) -> None:
    async with databases.encoded("LATIN1") as theirs:
        await fail(theirs, Table.of(theirs), ["é 1 und 2", "é 3 und 4", "* 5"])
        monkeypatch.setattr(utils, "database", theirs.database)
        door = open_door()
        rows = (await door.answer("/api/errors"))["errors"]
        assert {row["fingerprint"]: row["count"] for row in rows} == {"é * und *": 2, "* *": 1}
        assert len((await door.get("/api/jobs", params={"error": "é * und *"})).json()["jobs"]) == 2
