"""Upkeep from the command line: what is printed where, as JSON, and the exit codes."""

from __future__ import annotations

import pytest

from graphile_worker.worker_utils import WorkerUtils
from tests.cli.support import Program, rows
from tests.support.roles import login

OLD = "5 hours"


@pytest.fixture
def program(dsn: str) -> Program:
    return Program(dsn)


async def held(dsn: str, program: Program, worker: str, age: str = OLD, queue: str = "q") -> int:
    """A job of a queue that this worker took that long ago; its id."""
    id: int = program("add", "send", "--queue", queue, "--json").value["id"]
    lock = f"set locked_at = now() - interval '{age}', locked_by = '{worker}'"
    await rows(dsn, f"update graphile_worker._private_jobs {lock}, attempts = attempts + 1 where id = {id}")
    await rows(dsn, f"update graphile_worker._private_job_queues {lock} where queue_name = '{queue}'")
    return id


async def holders(dsn: str) -> list[str]:
    found = await rows(dsn, "select locked_by from graphile_worker.jobs where locked_at is not null order by 1")
    return [row["locked_by"] for row in found]


async def test_release_old_locks(dsn: str, program: Program) -> None:
    id = await held(dsn, program, "pool-\x1b[31m")
    await held(dsn, program, "pool-2", "10 minutes", "young")

    dry = program("release-old-locks", "--dry-run")
    assert (dry.code, dry.err) == (0, "")
    first, header, job, queue = dry.out.splitlines()
    assert first == "Would release 1 job and 1 queue"
    assert header.split("\t") == ["kind", "id", "task", "queue", "worker", "locked_at"]
    assert job.startswith(f"job\t{id}\tsend\tq\tpool-\\x1b[31m\t20") and job.endswith("+00:00")
    assert queue.split("\t")[:4] == ["queue", "1", "-", "q"]
    assert len(await holders(dsn)) == 2

    real = program("release-old-locks")
    assert (real.code, real.out, real.err) == (0, "Released 1 job and 1 queue\n", "")
    assert await holders(dsn) == ["pool-2"]
    assert program("release-old-locks").out == "No locks older than 4 h\n"
    assert program("release-old-locks", "--older-than", "1h30m").out == "No locks older than 1 h 30 min\n"


async def test_release_old_locks_as_json_and_what_stays(dsn: str, program: Program) -> None:
    id = await held(dsn, program, "pool-1")
    await rows(dsn, "update graphile_worker._private_jobs set attempts = max_attempts")
    await held(dsn, program, "gone", queue="other")
    await rows(
        dsn, "insert into graphile_worker._private_workers values ('gone', now() - interval '1 hour', now(), null)"
    )

    dry, real = program("release-old-locks", "--dry-run", "--json").value, program("release-old-locks", "--json").value

    assert (dry.pop("dry_run"), real.pop("dry_run")) == (True, False)
    for lock in (*dry["locks"], *real["locks"]):
        lock.pop("age_secs")
    assert dry == real
    assert (real["jobs"], real["queues"], real["used_up"], real["busy"]) == (1, 1, 1, 0)
    assert [(lock["kind"], lock["id"]) for lock in real["locks"]] == [("job", id), ("queue", 1)]
    stays = program("release-old-locks")
    assert (stays.code, stays.out) == (0, "Released 0 jobs and 0 queues\n")
    assert stays.err == "2 kept: its worker sends no heartbeats any more: sweep stale workers\n"


async def test_an_attempt_that_is_gone_is_said(dsn: str, program: Program) -> None:
    await held(dsn, program, "pool-1")
    await rows(dsn, "update graphile_worker._private_jobs set attempts = max_attempts")
    assert program("release-old-locks").err == "1 of them used all attempts and count as failed: retry them\n"


async def test_sweep(dsn: str, program: Program) -> None:
    await held(dsn, program, "gone", "20 minutes")
    await rows(dsn, "insert into graphile_worker._private_workers values ('gone', '2026-01-02 03:04:05Z', now(), null)")

    dry = program("sweep-stale-workers", "--dry-run")
    assert (dry.code, dry.out) == (0, "Would recover 1 worker(s): gone\n")
    assert dry.err == "gone: last heartbeat 2026-01-02T03:04:05Z, held 1 job, 1 queue\n"
    assert program("sweep-stale-workers", "--dry-run", "--json").value == {
        "worker_ids": ["gone"],
        "recovered_count": 0,
        "details": [{"worker_id": "gone", "last_heartbeat_at": "2026-01-02T03:04:05Z", "jobs": 1, "queues": 1}],
    }
    assert program("sweep-stale-workers", "--json").value["recovered_count"] == 1
    assert await holders(dsn) == []


async def test_cleanup(dsn: str, program: Program) -> None:
    program("add", "send", "--queue", "q")
    program("fail", "1")

    dry = program("cleanup", "--dry-run")
    assert (dry.code, dry.out) == (0, "Would delete 1 failed job, 1 queue, 1 task identifier\n")
    assert "gc-job-queues: would delete 1" in dry.err
    counts = {"delete-permanently-failed-jobs": 1, "gc-job-queues": 1, "gc-task-identifiers": 1}
    assert program("cleanup", "--dry-run", "--json").value == {
        "cleanup_tasks": ["DeletePermanentlyFailedJobs", "GcTaskIdentifiers", "GcJobQueues"],
        "deleted": counts,
        "skipped": {},
        "refused": [],
        "dry_run": True,
    }
    assert len(await rows(dsn, "select from graphile_worker.jobs")) == 1
    real = program("cleanup")
    assert (real.code, real.out) == (0, "Cleanup complete\n")
    assert real.err.splitlines() == [f"{task}: deleted {count}" for task, count in counts.items()]


async def test_task_identifiers_while_a_worker_looks_alive(dsn: str, program: Program) -> None:
    await rows(dsn, "insert into graphile_worker._private_tasks (identifier) values ('unused')")
    await rows(dsn, "select graphile_worker.worker_heartbeat('w')")

    asked, named, forced = (
        program("cleanup"),
        program("cleanup", "gc-task-identifiers"),
        program("cleanup", "gc-task-identifiers", "--force", "gc-task-identifiers"),
    )

    skipped = "gc-task-identifiers: skipped, a worker sent a heartbeat in the last 5 minutes"
    assert (asked.code, asked.err.splitlines()[-1]) == (0, skipped)  # not named, so not missed
    assert (named.code, named.out, named.err) == (1, "Cleanup not complete\n", skipped + "\n")
    assert (forced.code, forced.err) == (0, "gc-task-identifiers: deleted 1\n")


async def test_force_unlock(dsn: str, program: Program) -> None:
    await held(dsn, program, "w1")
    await rows(dsn, "update graphile_worker._private_jobs set locked_at = '2026-01-02 03:04:05Z'")

    dry = program("force-unlock", "w1", "--dry-run")
    assert (dry.code, dry.out) == (0, "Would unlock 1 worker\n")
    assert dry.err == "w1: 1 job, 1 queue, since 2026-01-02T03:04:05Z\n"
    told = program("force-unlock", "w1", "nobody", "--dry-run", "--json")
    assert (told.code, told.value["unlocked_workers"], told.value["dry_run"]) == (1, ["w1"], True)
    assert told.value["holders"][0]["worker_id"] == "w1"
    assert await holders(dsn) == ["w1"]
    real = program("force-unlock", "w1", "nobody")
    assert (real.code, real.out) == (1, "Unlocked 1 worker id(s)\n")
    assert real.err == "worker nobody not done (not_found): it holds no lock\n"
    assert await holders(dsn) == []


async def test_migrate(dsn: str, empty_dsn: str, program: Program) -> None:
    assert program("migrate", "--dry-run").out == "Nothing to migrate\n"
    new = Program(empty_dsn)

    dry = new("migrate", "--dry-run")
    assert (dry.code, dry.err) == (0, "found no schema\n")
    assert dry.out.startswith("Would apply 22 migrations: 1, 2, 3")
    value = new("migrate", "--dry-run", "--json").value
    assert (value["migrated"], value["verdict"], value["would_apply"]) == (False, "missing", list(range(1, 23)))
    assert new("migrate").out == "Migrations complete\n"
    nothing = {"migrated": True, "applied": [], "found": "migration 22", "closed_to": []}
    assert new("migrate", "--json").value == nothing


async def test_migrate_names_the_roles_that_need_their_recipe_again(utils: WorkerUtils, program: Program) -> None:
    role = await login(utils.database.pool, "operator")
    await utils.database.pool.execute(f"grant usage on schema graphile_worker to {role}")
    await utils.database.pool.execute("drop table graphile_worker._private_job_retirements")
    for line in (["migrate", "--dry-run"], ["migrate"]):
        ran = program(*line)
        assert ran.code == 0
        assert f'not its new tables: "{role}". As the owner run for each what `graphile-worker roles` prints' in ran.err


USAGE = [
    "release-old-locks --older-than 14m", "release-old-locks --older-than 5y", "release-old-locks --older-than 0",
    "release-old-locks job", "cleanup --force gc-job-queues", "cleanup gc-job-queues --force gc-task-identifiers",
    "cleanup --force", "force-unlock", "force-unlock --dry-run", "migrate now",
]  # fmt: skip


@pytest.mark.parametrize("line", USAGE)
def test_usage_errors(program: Program, line: str) -> None:
    ran = program(*line.split())
    assert (ran.code, ran.out) == (2, "")


def test_a_missing_schema_exits_3(empty_dsn: str) -> None:
    for line in ("release-old-locks", "release-old-locks --dry-run", "cleanup --dry-run", "force-unlock w --dry-run"):
        ran = Program(empty_dsn)(*line.split())
        assert (ran.code, ran.out) == (3, ""), line
        assert "graphile-worker migrate" in ran.err, line


@pytest.mark.parametrize(("line", "words"), [
    ("force-unlock w1", "Unlocked 1 worker id(s)\n"), ("release-old-locks", "Released 50 jobs and 0 queues\n"),
])  # fmt: skip
async def test_locks_that_went_before_the_connection_broke(dsn: str, program: Program, line: str, words: str) -> None:
    """What went is said, and of what nothing is known; the command has not done what it was asked for."""
    for statement in (
        "insert into graphile_worker._private_tasks (identifier) values ('t')",
        "insert into graphile_worker._private_jobs (task_id, locked_at, locked_by)"
        f" select 1, now() - interval '{OLD}', 'w1' from generate_series(1, 120)",
        "create function end_it() returns trigger language plpgsql as"
        " $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$",
        "create trigger end_it before update on graphile_worker._private_jobs"
        " for each row when (new.id = 60) execute function end_it()",
    ):
        await rows(dsn, statement)

    ran = program(*line.split())

    assert (ran.code, ran.out) == (1, words)
    broke = "the connection to the database broke"
    assert ran.err == f"50 locks not done: {broke}\n20 locks not tried: {broke}\n"
    assert len(await holders(dsn)) == 70
