"""An action on all that match a filter: preview, steps, stop, going on, and the report."""

from __future__ import annotations

import asyncio
import re

import pytest_asyncio
from playwright.async_api import Locator, Route, expect

from graphile_worker import JobSpec, WorkerUtils
from tests.browser.screen import Screen

ADD = """
insert into graphile_worker._private_jobs (task_id, payload, attempts, max_attempts)
select t.id, '{}', case when i % 2 = 0 then 5 else 0 end, 5
from generate_series(1, $1) i, (select id from graphile_worker._private_tasks limit 1) t"""
LEFT = "select count(*) from graphile_worker._private_jobs where attempts >= max_attempts"


@pytest_asyncio.fixture(loop_scope="session")
async def jobs(utils: WorkerUtils) -> WorkerUtils:
    """2,401 jobs, of which 1,200 have failed."""
    await utils.add_job("import")
    await utils.database.pool.execute(ADD, 2400)
    return utils


async def choose_all(screen: Screen, amount: str) -> None:
    """From the box in the head to all that match."""
    await screen.page.get_by_label("Select all on this page").check()
    await screen.selected.get_by_role("button", name=re.compile("all .* that match")).click()
    await expect(screen.selected).to_contain_text(f"All {amount} that match")


async def complete_all(screen: Screen, search: str, amount: str) -> Locator:
    """What an address lists, all of it; gives the report."""
    await screen.open(search)
    await choose_all(screen, amount)
    await screen.press("Complete…", screen.selected)
    await screen.confirm()
    return screen.page.get_by_label("Progress", exact=True)


async def test_retry_all_failed_and_read_the_report(jobs: WorkerUtils, screen: Screen) -> None:
    pool = jobs.database.pool
    await pool.execute(
        "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w-1' where id in (3, 1003)"
    )
    await screen.open("?state=failed&limit=50")
    await choose_all(screen, "1,198")
    await screen.press("Retry…", screen.selected)
    await expect(screen.dialog.locator("h1")).to_have_text("Retry 1,198 jobs?")
    await expect(screen.dialog).to_contain_text("state failed")
    await expect(screen.dialog.locator(".note code").first).to_have_text("5")
    await pool.execute("update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w-2' where id = 777")
    await screen.confirm()
    report = screen.page.get_by_label("Progress", exact=True)
    await expect(report.locator("header")).to_contain_text("1,197 jobs retried")
    await expect(screen.page.get_by_label("Selected jobs")).to_have_count(0)
    await screen.shows()
    assert await pool.fetchval(LEFT) == 3
    async with screen.page.expect_download() as waiting:
        await report.get_by_role("button", name="Report as CSV").click()
    text = (await (await waiting.value).path()).read_text("utf-8")
    assert text.startswith('"id","outcome","reason"\n') and text.count('"done"') == 1197
    await report.get_by_role("button", name="Dismiss report").click()
    await expect(report).to_have_count(0)


async def test_the_ids_that_were_left_alone_are_copied(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_jobs([JobSpec("import")] * 60)
    await utils.database.pool.execute(
        "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w-1' where id in (7, 58)"
    )
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    report = await complete_all(screen, "?limit=50", "60")
    await expect(report.locator("header")).to_contain_text("58 jobs completed")
    await report.get_by_role("button", name="Copy ids not done").click()
    await screen.shows_notice("Copied 2 ids")
    copied = await screen.page.evaluate("() => navigator.clipboard.readText()")
    left = await utils.database.pool.fetch("select id from graphile_worker._private_jobs")
    assert sorted(copied.split()) == sorted(str(row["id"]) for row in left) == ["58", "7"]


async def test_stop_in_between_and_go_on(jobs: WorkerUtils, screen: Screen) -> None:
    pool = jobs.database.pool
    gate = asyncio.Event()

    async def slow(route: Route) -> None:
        if '"cursor":"' in (route.request.post_data or ""):
            await gate.wait()
        await route.continue_()

    await screen.page.route("**/api/jobs/bulk*", slow)
    report = await complete_all(screen, "?state=failed&limit=50", "1,200")
    await expect(report.locator("header")).to_contain_text("Completing · 500 of 1,200")
    assert await pool.fetchval(LEFT) == 700
    await report.get_by_role("button", name="Stop").click()
    gate.set()
    await expect(report.locator("header")).to_contain_text("Stopped: 1,000 jobs completed")
    assert await pool.fetchval(LEFT) == 200
    await report.get_by_role("button", name="Go on").click()
    await expect(report.locator("header")).to_contain_text("1,200 jobs completed")
    assert await pool.fetchval(LEFT) == 0
    assert await pool.fetchval("select count(*) from graphile_worker._private_jobs") == 1201


async def test_a_lost_connection_says_what_was_done(jobs: WorkerUtils, screen: Screen) -> None:
    cut = "**/api/jobs/bulk*"

    async def broken(route: Route) -> None:
        if '"cursor":"' in (route.request.post_data or ""):
            await route.abort()
        else:
            await route.continue_()

    await screen.page.route(cut, broken)
    await screen.open("?state=failed&limit=50")
    await choose_all(screen, "1,200")
    await screen.press("Fail…", screen.selected)
    await screen.fill("reason", "given up")
    await screen.confirm()
    report = screen.page.get_by_label("Progress", exact=True)
    await expect(report).to_contain_text("Broken off: 500 jobs marked as failed")
    await expect(report).to_contain_text("The jobs of the last step may or may not be done.")
    await screen.page.unroute(cut)
    await report.get_by_role("button", name="Go on").click()
    await expect(report.locator("header")).to_contain_text("1,200 jobs marked as failed")
    screen.complaints = [one for one in screen.complaints if "net::ERR_FAILED" not in one]
    query = "select count(*) from graphile_worker._private_jobs where last_error = 'given up'"
    assert await jobs.database.pool.fetchval(query) == 1200
