"""What holds for every command: JSON in two forms, dry runs that only look, and nothing of the data that moves a cursor."""

from __future__ import annotations

import json
import re

import pytest

from graphile_worker.cli.lazy_group import COMMANDS
from tests.cli.support import Program, Ran, rows
from tests.cli.terminal import Terminal

EVIL = "x\x1b[2J\x9b\u202e\u2028\x07"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]")
LOOK = ["list", "count", "show 1", "stats", "queues", "workers", "errors", "crontabs", "doctor", "watch --count 1", "export",
        "export --column payload.a", "roles --viewer reader"]  # fmt: skip
WRITE = [
    "migrate", f"add {EVIL}", "complete 1", "fail 1", "run-now 1", "run-next 1", "retry 1", "reschedule 1 --priority 7", "change-payload 1 --payload 7",
    f"remove {EVIL}",
    "complete --state ready --yes", "fail --state all --yes", "run-now --state ready --yes", "run-next --state ready --yes", "retry --state failed --yes",
    "reschedule --state all --now --yes", "cleanup --yes", f"force-unlock {EVIL} --yes", "sweep-stale-workers",
    "release-old-locks --older-than 20m",
]  # fmt: skip
SERVE = {
    "admin",
    "admin-user",
    "healthcheck",
    "demo",
    "completion",
}  # admin-user and healthcheck have tests of their own


@pytest.fixture
async def program(dsn: str) -> Program:
    """Jobs of each state, and whatever can hold text holds what a terminal would obey."""
    evil = "E'" + "".join(f"\\u{ord(c):04x}" for c in EVIL) + "'"
    await rows(dsn, f"select graphile_worker.add_job({evil}, json_build_object({evil}, {evil}), queue_name => {evil} || n,"
                    f" job_key => case n when 1 then {evil} end, flags => array[{evil}]) from generate_series(1, 4) n")  # fmt: skip
    await rows(dsn, f"update graphile_worker._private_jobs set last_error = {evil} || e'\\n' || {evil}")
    await rows(dsn, "update graphile_worker._private_jobs set attempts = max_attempts where id = 2")
    await rows(dsn, f"update graphile_worker._private_jobs set locked_at = now() - interval '1 hour', locked_by = {evil}"
                    " where id = 3")  # fmt: skip
    await rows(dsn, f"update graphile_worker._private_jobs set locked_at = now() - interval '1 hour',"
                    f" locked_by = {evil} || 2 where id = 4")  # fmt: skip
    await rows(
        dsn, f"update graphile_worker._private_job_queues set locked_at = now(), locked_by = {evil} where id = 3"
    )
    await rows(dsn, "insert into graphile_worker._private_workers (id, last_heartbeat_at, metadata)"
                    f" values ({evil}, now() - interval '1 hour', json_build_object('host', {evil}))")  # fmt: skip
    return Program(dsn)


async def contents(dsn: str) -> list[str]:
    """Every row of every table, with the transaction that wrote it."""
    tables = await rows(dsn, "select tablename as name from pg_tables where schemaname = 'graphile_worker' order by 1")
    found = []
    for table in tables:
        found += await rows(dsn, f"select t.xmin::text, t.* from graphile_worker.{table['name']} t order by t.*::text")
    return [str(row) for row in found]


def test_every_command_is_in_these_tests() -> None:
    assert {line.split()[0] for line in [*LOOK, *WRITE]} | SERVE == set(COMMANDS)


def nothing_raw(ran: Ran) -> Ran:
    """What was printed has no control characters but ends of lines and tabs."""
    assert not RAW.search(ran.out) and not RAW.search(ran.err), ran
    return ran


@pytest.mark.parametrize("line", LOOK)
async def test_a_look_in_three_forms(program: Program, dsn: str, line: str) -> None:
    before = await contents(dsn)
    plain, document, lines = (nothing_raw(program(*line.split(), *form)) for form in ([], ["--json"], ["--ndjson"]))
    with Terminal(program, *line.split()) as terminal:
        terminal.ended()

    assert plain.out and not any(start in terminal.raw for start in (EVIL[:5], *EVIL[5:]))
    assert [json.loads(one) for one in lines.out.splitlines()]
    assert all(
        json.loads(one) for one in ([document.out] if not line.startswith("export") else document.out.splitlines())
    )
    assert await contents(dsn) == before


@pytest.mark.parametrize("line", WRITE, ids=lambda line: line.replace(EVIL, "…"))
async def test_a_write_looks_only_before_it_is_done(program: Program, dsn: str, line: str) -> None:
    before = await contents(dsn)
    words, document = (nothing_raw(program(*line.split(" "), "--dry-run", *form)) for form in ([], ["--json"]))
    assert (words.code, document.code) == (0, 0) and words.out and json.loads(document.out)
    assert await contents(dsn) == before

    done = nothing_raw(program(*line.split(" "), "--ndjson"))
    assert done.code == 0 and [json.loads(one) for one in done.out.splitlines()]
    assert (await contents(dsn) == before) == (line == "migrate")
