"""Two queues behind one server: the page switches between them, and nothing of the one is done to the other."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import expect

from graphile_worker import WorkerUtils
from tests.browser.conftest import Opener
from tests.browser.screen import Screen, refresh_now
from tests.browser.test_acting import stored
from tests.support.templates import Databases

ARCHIVE = "the archive & more"


@pytest_asyncio.fixture(loop_scope="session")
async def archive(databases: Databases) -> AsyncIterator[WorkerUtils]:
    """A queue in another database."""
    async with databases.queue("graphile_worker") as utils:
        yield utils


@pytest_asyncio.fixture(loop_scope="session")
async def both(utils: WorkerUtils, archive: WorkerUtils, open_admin: Opener) -> Screen:
    """A page on both: jobs 1 and 2 here, job 1 there."""
    await utils.add_job("here", queue="near")
    await utils.add_job("here")
    await archive.add_job("there", queue="far")
    return await open_admin(name="main", others={ARCHIVE: archive})


async def choose(screen: Screen, name: str) -> None:
    await screen.page.get_by_label("Database").select_option(name)


async def test_switching_shows_the_other_queue_on_the_same_screen(both: Screen) -> None:
    await both.open("?identifier=here")
    await both.shows("2", "1")
    await both.select("1")
    await choose(both, ARCHIVE)
    await both.address(db=ARCHIVE)
    await both.shows("1")
    await expect(both.row("1")).to_contain_text("there")
    await expect(both.selected).to_have_count(0)
    await both.page.get_by_role("link", name="Queues").click()
    await both.address(db=ARCHIVE, view="queues")
    await expect(both.page.locator("#gw-screen tbody")).to_contain_text("far")
    await choose(both, "main")
    await both.address(view="queues")
    await expect(both.page.locator("#gw-screen tbody")).to_contain_text("near")
    await both.page.go_back()
    await expect(both.page.locator("#gw-screen tbody")).to_contain_text("far")
    await both.page.reload()
    await expect(both.page.get_by_label("Database")).to_have_value(ARCHIVE)
    await expect(both.page.locator("#gw-screen tbody")).to_contain_text("far")


async def test_an_action_reaches_only_the_queue_that_is_shown(
    both: Screen, utils: WorkerUtils, archive: WorkerUtils
) -> None:
    await both.open("?db=the+archive+%26+more&job=1")
    await expect(both.panel.locator("h1")).to_have_text("there")
    await both.press("Fail")
    await both.fill("reason", "too old")
    await both.confirm()
    await both.shows_notice("1 job marked as failed")
    assert await stored(archive, 1, "last_error") == ("too old",)
    assert await stored(utils, 1, "last_error") == (None,)
    await both.page.get_by_role("navigation", name="State").get_by_role("link", name="All").click()
    await both.page.get_by_role("button", name="Add job").click()
    await both.fill("identifier", "new")
    await both.confirm()
    await both.shows("2", "1")
    assert await stored(archive, 2, "task_identifier") == ("new",)
    assert await stored(utils, 3, "id") is None


async def test_a_link_to_a_queue_that_is_not_there_says_which_there_are(both: Screen) -> None:
    await both.open("?db=gone")
    blank = both.page.locator(".empty-state")
    await expect(blank).to_contain_text("There is no database gone here.")
    await expect(blank).to_contain_text(f"There are: main, {ARCHIVE}.")
    async with both.page.expect_response(lambda answer: answer.status == 404):
        await refresh_now(both.page)
    await blank.get_by_role("link", name="Open the first").click()
    await both.shows("2", "1")
    await both.address()
    await choose(both, ARCHIVE)
    await both.shows("1")
    both.provoked(404)
