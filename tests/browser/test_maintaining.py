"""Maintenance: each operation says what it would touch, asks, does exactly that, and says what it did."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.core.database.transactions import Database, connect
from tests.browser.conftest import Opener
from tests.browser.screen import Screen
from tests.support.roles import as_role, login
from tests.support.table import Table


@dataclass
class Work:
    """Something to do for one operation: what makes it of the jobs 1 to 3, its outcome before and after, and what it changes."""

    made: str
    now: str
    named: str
    outcome: str
    look: str
    left: list[Any]


HOLDERS = "select locked_by from {s}._private_jobs order by id"
WORK = {
    "Delete failed jobs": Work(
        "update {s}._private_jobs set attempts = max_attempts where id = 2",
        "1 now", "gone for good", "Cleanup complete: 1 deleted",
        "select id from {s}._private_jobs order by 1", [1, 3],
    ),
    "Remove unused queues": Work(
        "insert into {s}._private_job_queues (queue_name) values ('idle')",
        "1 now", "nobody holds", "Cleanup complete: 1 deleted",
        "select queue_name from {s}._private_job_queues", ["mailers"],
    ),
    "Release jobs of stale workers": Work(
        "select {s}.worker_heartbeat('alive'), {s}.worker_heartbeat('gone');"
        "update {s}._private_workers set last_heartbeat_at = now() - interval '1 hour' where id = 'gone';"
        "update {s}._private_jobs set locked_at = now() - interval '20 min', locked_by = (array['gone', 'alive', 'node'])[id]",
        "1 worker, 1 job", "gone", "Released 1 job of gone",
        HOLDERS, [None, "alive", "node"],
    ),
    "Force unlock": Work(
        "update {s}._private_jobs set locked_at = now(), locked_by = 'pool-' || id",
        "3 lock holders", "pool-3", "Released 2 jobs (1, 3) of pool-1, pool-3",
        HOLDERS, [None, "pool-2", None],
    ),
    "Migrate": Work(
        "drop table {s}._private_job_retirements; delete from {s}.migrations where id = 22",
        "2 optional steps", "Would record: 22.", "Migrations complete",
        "select id from {s}.migrations where id > 20 order by 1", [21, 22],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORK)
async def test_an_operation_says_what_there_is_to_do_and_does_just_that(
    utils: WorkerUtils, screen: Screen, name: str
) -> None:
    table, work = Table.of(utils), WORK[name]

    async def found() -> list[Any]:
        return [row[0] for row in await table.pool.fetch(work.look.replace("{s}", table.schema))]

    for queue in ("mailers", None, None):
        await utils.add_job("send_email", queue=queue)
    await table.run(work.made)
    utils.queue.forget()
    before = await found()
    await screen.open("?view=maintenance")
    shown = screen.page.locator(f'.card[aria-label="{name}"]')
    await expect(shown.locator("footer")).to_contain_text(work.now)
    if name == "Force unlock":
        await shown.get_by_label("Worker ids").fill("pool-1, pool-3")

    await card(screen, name)
    await expect(screen.dialog).to_contain_text(work.named)
    assert await found() == before != work.left
    await screen.confirm()

    await expect(shown.locator("footer")).to_contain_text(work.outcome)
    await screen.says(re.compile(re.escape(f"{name}: {work.outcome}")))
    await expect(screen.page.locator("#gw-toasts .toast")).to_have_count(0)  # one message once
    assert await found() == work.left


async def card(screen: Screen, name: str) -> None:
    """Presses the button of one card; its dialog opens."""
    await screen.page.locator(f'.card[aria-label="{name}"] footer button').click()


async def test_old_locks_are_previewed_by_age_and_released(utils: WorkerUtils, screen: Screen) -> None:
    table = Table.of(utils)
    old, older = [await utils.add_job("send_email", queue="mailers", max_attempts=1), await utils.add_job("import")]
    await table.lock(old.id, "2 hours", "pool-a")
    await table.lock(older.id, "5 hours", "pool-b")
    await table.run("update {s}._private_jobs set attempts = 1 where id = $1", old.id)
    await screen.open("?view=maintenance")
    shown = screen.page.locator('.card[aria-label="Release old locks"]')
    await expect(shown).to_contain_text("1 job, 0 queues")
    await expect(shown).to_contain_text(f"job {older.id} · import")
    await shown.locator("select").select_option("3600")
    await expect(shown).to_contain_text("2 jobs, 1 queue")
    await expect(shown).to_contain_text("1 of them has no attempt left and will count as failed")

    await card(screen, "Release old locks")
    await expect(screen.dialog).to_contain_text("pool-a")
    await screen.confirm()

    await expect(shown).to_contain_text("Released 2 jobs and 1 queue")
    assert await table.pool.fetchval("select count(*) from graphile_worker.jobs where locked_at is not null") == 0
    assert (await table.row(old.id))["attempts"] == 1


async def test_task_names_are_left_alone_until_somebody_ticks_the_box(utils: WorkerUtils, screen: Screen) -> None:
    table = Table.of(utils)
    await table.run("insert into {s}._private_tasks (identifier) values ('unused')")
    await table.run("select {s}.worker_heartbeat('graphile_worker_1')")
    await screen.open("?view=maintenance")
    shown = screen.page.locator('.card[aria-label="Remove unused task names"]')
    await expect(shown).to_contain_text("1 now, skipped")

    await card(screen, "Remove unused task names")
    await screen.confirm()
    await expect(shown).to_contain_text("No task identifier deleted: a worker sent a heartbeat in the last 5 minutes")
    assert await table.pool.fetchval("select count(*) from graphile_worker._private_tasks") == 1

    await card(screen, "Remove unused task names")
    await screen.dialog.get_by_label("Remove them although workers may be alive").check()
    await screen.confirm()
    await expect(shown).to_contain_text("1 deleted")
    assert await table.pool.fetchval("select count(*) from graphile_worker._private_tasks") == 0


async def test_what_a_viewer_may_not_do_is_disabled_with_the_reason(utils: WorkerUtils, open_admin: Opener) -> None:
    job = await utils.add_job("send_email")
    owner, owner_pool = utils.database, utils.database.pool
    viewer = await login(owner_pool, "viewer", "bypassrls")
    await owner_pool.execute(f"grant usage on schema graphile_worker to {viewer}")
    await owner_pool.execute(f"grant select on all tables in schema graphile_worker to {viewer}")
    dsn = f"postgresql://x@127.0.0.1:{await owner_pool.fetchval('show port')}/"
    dsn += await owner_pool.fetchval("select current_database()")
    utils.database = Database(await connect(as_role(dsn, viewer)))
    try:
        screen = await open_admin()
        await screen.open(f"?job={job.id}")
        complete = screen.panel.get_by_role("button", name="Complete")
        await expect(complete).to_be_disabled()
        assert f'The role "{viewer}" may not' in str(await complete.get_attribute("title"))
        await expect(screen.page.locator("#gw-banners")).to_contain_text(
            f'Read only: role "{viewer}" may look, not act.'
        )
        await expect(screen.page.locator(".connection")).to_contain_text("read only")
        await screen.open("?view=maintenance")
        await expect(screen.page.locator(".health")).to_contain_text(f"graphile-worker roles --operator {viewer}")
        await expect(screen.page.locator('.card[aria-label="Delete failed jobs"] footer button')).to_be_disabled()
    finally:
        await utils.database.pool.close()
        utils.database = owner
