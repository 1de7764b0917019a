"""Maintenance: each operation says what it would touch, asks, does exactly that, and says what it did."""

from __future__ import annotations

from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.core.capabilities import forget
from graphile_worker.core.database import connect
from tests.browser.conftest import Opener
from tests.browser.screen import Screen
from tests.support.roles import as_role, login
from tests.support.table import Table


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

    await expect(shown).to_contain_text("Released 2 job(s) and 1 queue(s)")
    assert await table.pool.fetchval("select count(*) from graphile_worker.jobs where locked_at is not null") == 0
    assert (await table.row(old.id))["attempts"] == 1


async def test_task_names_are_left_alone_until_somebody_ticks_the_box(utils: WorkerUtils, screen: Screen) -> None:
    table = Table.of(utils)
    await table.run("insert into {s}._private_tasks (identifier) values ('unused')")
    await table.run("select {s}.worker_heartbeat('graphile_worker_1')")
    await screen.open("?view=maintenance")
    shown = screen.page.locator('.card[aria-label="Remove unused task names"]')
    await expect(shown).to_contain_text("1 now, left alone")

    await card(screen, "Remove unused task names")
    await screen.confirm()
    await expect(shown).to_contain_text("skipped, a worker sent a heartbeat in the last 5 minutes")
    assert await table.pool.fetchval("select count(*) from graphile_worker._private_tasks") == 1

    await card(screen, "Remove unused task names")
    await screen.dialog.get_by_label("Remove them although workers may be alive").check()
    await screen.confirm()
    await expect(shown).to_contain_text("1 deleted")
    assert await table.pool.fetchval("select count(*) from graphile_worker._private_tasks") == 0


async def test_what_a_viewer_may_not_do_is_disabled_with_the_reason(utils: WorkerUtils, open_admin: Opener) -> None:
    job = await utils.add_job("send_email")
    owner_pool = utils.database.pool
    viewer = await login(owner_pool, "viewer", "bypassrls")
    await owner_pool.execute(f"grant usage on schema graphile_worker to {viewer}")
    await owner_pool.execute(f"grant select on all tables in schema graphile_worker to {viewer}")
    dsn = f"postgresql://x@127.0.0.1:{await owner_pool.fetchval('show port')}/"
    dsn += await owner_pool.fetchval("select current_database()")
    utils.database.pool = await connect(as_role(dsn, viewer))
    forget(utils.database, utils.schema)
    try:
        screen = await open_admin()
        await screen.open(f"?job={job.id}")
        complete = screen.panel.get_by_role("button", name="Complete")
        await expect(complete).to_be_disabled()
        assert f'The role "{viewer}" may not' in str(await complete.get_attribute("title"))
        await expect(screen.page.locator("#gw-banners")).to_contain_text("not offered are add, complete")
        await screen.open("?view=maintenance")
        await expect(screen.page.locator(".health")).to_contain_text(f"graphile-worker roles --operator {viewer}")
        await expect(screen.page.locator('.card[aria-label="Delete failed jobs"] footer button')).to_be_disabled()
    finally:
        await utils.database.pool.close()
        utils.database.pool = owner_pool
