"""What stands where rows are not, each reached as it comes about."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Route, expect

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from tests.browser.conftest import Opener
from tests.browser.screen import Screen, refresh_now


async def test_first_load_has_the_shape_of_what_comes(utils: WorkerUtils, open_admin: Opener) -> None:
    await utils.add_job("step")
    screen = await open_admin(AdminAuthConfig.bearer("correct horse battery"))
    gate = asyncio.Event()

    async def held(route: Route) -> None:
        await gate.wait()
        await route.continue_()

    await screen.page.route("**/api/jobs?*", held)
    await screen.open()
    await screen.log_in("correct horse battery")
    await expect(screen.page.locator("#gw-table [aria-busy=true] .skeleton")).to_have_count(12)
    await expect(screen.page.locator("#gw-table .visually-hidden")).to_have_text("Loading")
    gate.set()
    await screen.shows("1")


async def test_an_empty_table_says_how_to_add_a_job(screen: Screen) -> None:
    await screen.open()
    blank = screen.page.locator(".empty-state")
    await expect(blank).to_contain_text("No jobs in this schema")
    await expect(blank).to_contain_text("graphile-worker add my_task")
    await blank.get_by_role("button", name="Add job").click()
    await screen.fill("identifier", "step")
    await screen.confirm()
    await screen.shows("1")


async def test_no_match_says_which_filters_to_drop(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("step", priority=7)
    await screen.open("?identifier=step&queue=nowhere&priority_min=5&search=xyz")
    blank = screen.page.locator(".empty-state")
    await expect(blank).to_contain_text("No job matches")
    await expect(blank.get_by_role("link")).to_have_text(
        [re.compile("Remove “task: "), re.compile("Remove “queue: "), "Clear search", "Remove ranges"]
    )
    await blank.get_by_role("link", name="Remove “queue").click()
    await screen.address(identifier="step", priority_min="5", search="xyz")
    await blank.get_by_role("link", name="Clear search").click()
    await screen.shows("1")


async def test_rows_that_cannot_be_read_say_why_with_the_request(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("step")
    async with utils.database.pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("lock table graphile_worker._private_jobs in access exclusive mode")
            await screen.open()
            blank = screen.page.locator(".empty-state")
            await expect(blank).to_contain_text("The rows could not be loaded")
            await expect(blank.locator("code")).not_to_be_empty()
        await blank.get_by_role("button", name="Try again").click()
    await screen.shows("1")
    screen.provoked(503)


async def test_what_is_refused_says_by_what(utils: WorkerUtils, open_admin: Opener) -> None:
    await utils.add_job("step")
    await utils.permanently_fail_jobs([1], "no")
    screen = await open_admin(read_only=True)
    await screen.open()
    add = screen.page.locator("#gw-tools").get_by_role("button", name="Add job")
    await expect(add).to_be_disabled()
    await expect(add).to_have_attribute("title", "This admin is read only")
    await screen.select("1")
    for label in ("Retry", "Reschedule", "Fail", "Complete"):
        await expect(screen.selected.get_by_role("button", name=label)).to_be_disabled()
    await expect(screen.selected.get_by_role("button", name="Copy")).to_be_enabled()


async def test_old_rows_say_that_they_are_old(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("step")
    await screen.open("?identifier=step")
    await screen.shows("1")
    await screen.page.route("**/api/**", lambda route: route.abort())
    await refresh_now(screen.page)
    await expect(screen.page.locator(".live.stale")).to_contain_text("stale")
    await expect(screen.page.locator(".table-panel.outdated")).to_be_visible()
    await expect(screen.page.locator(".active-filters")).to_contain_text("1 job matches")
    screen.unreachable()
