"""What looks wrong in the rows is found, and lost rows are mended so that jobs run again."""

from __future__ import annotations

import pytest

from graphile_worker.core.diagnosis import health
from graphile_worker.core.diagnosis.health import Diagnosis, diagnose
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.maintenance.repair import RepairReport, repair
from graphile_worker.worker_utils import WorkerUtils
from tests.support.table import Table


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    return Table.of(utils)


async def look(utils: WorkerUtils) -> Diagnosis:
    """What doctor would say."""
    return await diagnose(utils.queue)


async def lose(utils: WorkerUtils, table: Table) -> dict[str, int]:
    """Jobs whose task and queue rows are gone, as a racing collector leaves them: {what: job id}."""
    jobs = {
        "task": await utils.add_job("lost", key="a"),
        "queue": await utils.add_job("t", queue="lost"),
        "both": await utils.add_job("lost", queue="lost"),
        "fine": await utils.add_job("t", queue="q"),
    }
    await table.run("delete from {s}._private_tasks where identifier = 'lost'")
    await table.run("delete from {s}._private_job_queues where queue_name = 'lost'")
    return {what: job.id for what, job in jobs.items()}


@pytest.mark.any_schema
async def test_a_healthy_queue_has_nothing_to_say(utils: WorkerUtils) -> None:
    await utils.add_job("t", queue="q")

    found = await look(utils)

    assert (found.findings, found.healthy) == ((), True)


@pytest.mark.any_schema
async def test_jobs_without_their_rows_are_found_and_mended(utils: WorkerUtils, table: Table) -> None:
    ids = await lose(utils, table)
    lost = (await table.row(ids["task"]))["task_id"], (await table.row(ids["queue"]))["job_queue_id"]

    found = await look(utils)
    assert [finding.code for finding in found.findings] == ["lost_tasks", "lost_queues"]
    assert f"{lost[0]} (2 jobs, like job {ids['task']})" in found.findings[0].message
    assert not found.healthy

    report = await repair(utils.queue)

    assert report == RepairReport([], {lost[0]: f"lost task {lost[0]}"}, {lost[1]: f"lost queue {lost[1]}"})
    assert (await look(utils)).healthy
    both = await table.row(ids["both"])
    assert (both["identifier"], both["queue_name"]) == (f"lost task {lost[0]}", f"lost queue {lost[1]}")
    assert (await table.row(ids["fine"]))["queue_name"] == "q"
    assert await repair(utils.queue) == RepairReport([], {}, {})
    assert (await utils.add_job("lost", queue="lost")).id > ids["fine"]


@pytest.mark.parametrize("name", ["t", "lost", "brand new"])
async def test_who_knows_which_task_it_was_gives_its_jobs_back(utils: WorkerUtils, table: Table, name: str) -> None:
    ids = await lose(utils, table)
    lost = (await table.row(ids["task"]))["task_id"]

    report = await repair(utils.queue, {lost: name})

    assert report.given == [ids["task"], ids["both"]]
    assert report.tasks == {}
    assert {(await table.row(ids[what]))["identifier"] for what in ("task", "both")} == {name}
    assert (await look(utils)).healthy


async def test_an_id_that_is_not_lost_keeps_its_name(utils: WorkerUtils, table: Table) -> None:
    job = await utils.add_job("t")

    assert (await repair(utils.queue, {job.task_id: "other"})).given == []
    assert (await table.row(job.id))["identifier"] == "t"


@pytest.mark.parametrize("names", [{0: "t"}, {2**31: "t"}, {1: ""}, {1: "x" * 129}, {1: "a\0"}])
async def test_names_that_cannot_be_are_refused(utils: WorkerUtils, names: dict[int, str]) -> None:
    with pytest.raises(InvalidInput, match="^task "):
        await repair(utils.queue, names)


async def test_old_locks_are_said_with_their_age(utils: WorkerUtils, table: Table) -> None:
    for age in ("3 hours", "5 hours", "3 days"):
        await table.lock((await utils.add_job("t")).id, age, age)

    [finding] = (await look(utils)).findings

    assert (finding.code, finding.level) == ("old_locks", "warning")
    assert finding.message == "2 jobs have been locked for more than 4 hours, the longest for 72 hours (by 2 workers)."


async def test_a_sequence_near_its_end_is_said(utils: WorkerUtils, table: Table) -> None:
    await table.run("select setval('{s}.tasks_id_seq', 1500000000)")
    await table.run("select setval('{s}.job_queues_id_seq', 2147483000)")

    found = await look(utils)

    assert [(one.level, one.message[:40]) for one in found.findings] == [
        ("error", "The sequence job_queues_id_seq is 100% u"),
        ("warning", "The sequence tasks_id_seq is 70% used up"),
    ]


async def test_a_check_that_takes_too_long_is_said_instead_of_left_out(
    utils: WorkerUtils, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "TIMEOUT", 0.5)

    async with table.held("_private_jobs"):
        found = await look(utils)

    assert "took longer than" in found.findings[0].message
    assert not found.healthy


@pytest.mark.any_schema
async def test_a_task_that_workers_pass_over_is_found(utils: WorkerUtils, table: Table) -> None:
    """A job of `mail` waits since an hour while workers took a later job of `other`."""
    await utils.add_job("mail")
    await utils.add_job("mail", queue="q")  # a queue could have kept it from being taken
    await utils.add_job("mail", flags=["heavy"])  # and so could a flag
    await utils.add_job("mail", priority=9)  # the other one comes before it
    await utils.add_job("other", priority=5)
    await table.run(
        "update {s}._private_jobs set run_at = now() - interval '2 hours', updated_at = now() - interval '1 hour'"
    )
    await table.run("update {s}._private_jobs set run_at = now() - interval '20 minutes' where id = 5")
    assert (await look(utils)).healthy  # nothing was taken

    await table.lock(5, "5 minutes")
    (found,) = (await look(utils)).findings
    assert (found.code, found.level) == ("passed_over", "warning")
    assert "no job of these tasks runs: mail (1 job, for 1 h)." in found.message

    await table.lock(4, "1 minute")  # a job of the task runs: there is a worker for it
    assert (await look(utils)).healthy


async def test_a_job_that_waits_since_minus_infinity_is_passed_over_without_a_duration(
    utils: WorkerUtils, table: Table
) -> None:
    await utils.add_job("mail")
    await utils.add_job("other", priority=5)
    await table.run("update {s}._private_jobs set run_at = '-infinity', updated_at = '-infinity'")
    await table.run("update {s}._private_jobs set run_at = now() - interval '20 minutes' where id = 2")
    await table.lock(2, "5 minutes")
    (found,) = (await look(utils)).findings
    assert "no job of these tasks runs: mail (1 job)." in found.message


@pytest.mark.any_schema
async def test_a_job_that_became_ready_later_was_not_passed_over(utils: WorkerUtils, table: Table) -> None:
    await utils.add_job("mail")
    await utils.add_job("other", priority=5)
    await table.lock(2, "2 hours")
    await table.run(
        "update {s}._private_jobs set run_at = now() - interval '1 hour', updated_at = now() - interval '1 hour' where id = 1"
    )
    assert (await look(utils)).healthy
    await table.run(
        "update {s}._private_jobs set locked_at = now() where id = 2; update {s}._private_jobs set run_at = now(), updated_at = now() where id = 1"
    )
    assert (await look(utils)).healthy  # it is ready for seconds only
