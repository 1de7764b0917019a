"""Both servers on one database at the same time: every read, compared field by field."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode

from tests.contract.compare import compare_values
from tests.contract.driver import Driver
from tests.reference.conftest import Opener, Record
from tests.reference.questions import WILD, reads

# $1 = text; what our search promises, said in another way
CONTAINS = """
select coalesce(array_agg(j.id order by j.id), '{}')
from graphile_worker._private_jobs j
join graphile_worker._private_tasks t on t.id = j.task_id
left join graphile_worker._private_job_queues q on q.id = j.job_queue_id
where position(lower($1) in lower(concat_ws(
  e'\\x1f', j.id, t.identifier, q.queue_name, j.key, j.locked_by, j.last_error, j.payload::text))) > 0
"""
UNKNOWN = [0, 999, 10_401, 2**63 - 1]


async def test_every_read_of_both(both: Opener, record_property: Record) -> None:
    async with both() as two:
        ids = await two.ids()
        paths = reads([*ids, *UNKNOWN])
        answers = {path: (await two.theirs.get(path), await two.ours.get(phrase(path))) for path in paths}
    differing = {path: lines[:5] for path, answer in answers.items() if (lines := compare_values(*answer, "answer"))}
    empty = sum(answer["body"] == {"jobs": []} for answer, _ in answers.values())

    assert differing == {}
    figures = f"reads: {len(paths)} asked of both on one database of {len(ids)} jobs, 0 differ ({empty} empty lists)"
    record_property("figures", figures)


async def test_a_search_is_text_and_no_pattern(both: Opener) -> None:
    async with both() as two:
        wanted = {search: await two.connection.fetchval(CONTAINS, search) for search in WILD}

        assert {search: await found(two.ours, search) for search in WILD} == wanted
        assert {search: await found(two.theirs, search) for search in WILD} != wanted  # else WILD belongs to SEARCHES


def phrase(path: str) -> str:
    """The same read of ours: several words are one text where they are in quotes; the reference knows no words."""
    address, _, query = path.partition("?")
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    text = parameters.get("search", "")
    if not any(one.isspace() for one in text.strip()):
        return path
    quoted = f'"{text}"'
    return f"{address}?{urlencode(parameters | {'search': quoted})}"


async def found(driver: Driver, search: str) -> list[int]:
    """The ids of the jobs that contain a text."""
    answer = await driver.get(f"/api/jobs?limit=500&search={quote(search)}")
    return [job["id"] for job in answer["body"]["jobs"]]
