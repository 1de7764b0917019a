"""The second file: what the first screen does not need is loaded when it is needed, and a failure loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Locator, Route, expect

from graphile_worker import WorkerUtils
from tests.browser.screen import Screen

FILE = "**/admin_ui_more.bin*"


class Loads:
    """The requests for the file, which wait until `go` is set."""

    def __init__(self) -> None:
        self.count = 0
        self.go = asyncio.Event()

    async def __call__(self, route: Route) -> None:
        self.count += 1
        await self.go.wait()
        await route.continue_()


async def click(screen: Screen, css: str, times: int = 1) -> None:
    """Clicks without a pointer that has moved."""
    await screen.page.evaluate(
        "([css, times]) => { for (let n = 0; n < times; n++) document.querySelector(css).click() }", [css, times]
    )


async def test_the_first_screen_does_without_it(utils: WorkerUtils, screen: Screen) -> None:
    job = await utils.add_job("send_email")
    loads = Loads()
    await screen.page.route(FILE, loads)
    await screen.open()
    await screen.open_job(str(job.id))
    await expect(screen.panel).to_contain_text("send_email")
    await screen.page.keyboard.press("Escape")
    await screen.page.get_by_role("searchbox").fill("nothing")
    await expect(screen.page.get_by_text("No job matches")).to_be_visible()
    assert loads.count <= 1  # the pointer was over a control
    loads.go.set()


async def test_it_is_loaded_before_a_control_is_used(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("send_email")
    loads = Loads()
    loads.go.set()
    await screen.page.route(FILE, loads)
    await screen.open()
    assert loads.count == 0
    async with screen.page.expect_response(FILE):
        await screen.page.get_by_role("button", name="Add job").first.hover()
    await screen.page.get_by_role("button", name="Add job").first.click()
    await expect(screen.page.locator("dialog")).to_contain_text("Add job")
    assert loads.count == 1


async def test_an_action_before_it_has_come_acts_once_and_later_events_wait(utils: WorkerUtils, screen: Screen) -> None:
    job = await utils.add_job("send_email", run_at=datetime.now(UTC) + timedelta(days=1))
    other = await utils.add_job("send_email")
    loads = Loads()
    await screen.page.route(FILE, loads)
    await screen.open()
    await screen.shows(str(other.id), str(job.id))
    posts: list[str] = []
    screen.page.on("request", lambda one: posts.append(one.url) if one.method == "POST" else None)
    await click(screen, f"#row-{job.id} [data-action=job-action]", times=3)
    await click(screen, f"#row-{other.id} .c-task a")
    await expect(screen.page.locator("#gw-toasts")).to_contain_text("Loading this part of the page")
    await screen.address()  # the row that was clicked after it waits too
    assert posts == []
    loads.go.set()
    await expect(screen.page.locator("#gw-toasts .result")).to_contain_text("1")
    await screen.address(job=str(other.id))
    assert len(posts) == 1 and loads.count == 1
    await expect(screen.page.locator("#gw-toasts")).not_to_contain_text("Loading this part")


@pytest.mark.parametrize("typed_before", range(4))
async def test_what_is_typed_before_the_palette_opens_is_in_its_field(
    utils: WorkerUtils, screen: Screen, typed_before: int
) -> None:
    await utils.add_job("send_email", queue="billing")
    loads = Loads()
    await screen.page.route(FILE, loads)
    await screen.open()
    keys = screen.page.keyboard
    await keys.press("Control+k")
    for letter in "bil"[:typed_before]:
        await keys.press(letter)
    loads.go.set()
    field = screen.dialog.get_by_role("combobox")
    await expect(field).to_have_value("bil"[:typed_before])
    await keys.type("bil"[typed_before:])
    await expect(screen.dialog.get_by_role("option", name="billing")).to_have_attribute("aria-selected", "true")
    await keys.press("Enter")
    await screen.address(queue="billing")


async def _add_without(utils: WorkerUtils, screen: Screen, answer: Callable[[Route], Awaitable[None]]) -> Locator:
    """The error toast after a click on Add job, where this answers in place of the second file."""
    await utils.add_job("send_email")
    await screen.page.route(FILE, answer)
    await screen.open()
    await screen.page.get_by_role("button", name="Add job").first.click()
    return screen.page.locator("#gw-toasts .toast.bad")


@pytest.mark.parametrize("failure", ["offline", "404", "damaged"])
async def test_a_file_that_does_not_come(utils: WorkerUtils, screen: Screen, failure: str) -> None:
    async def fail(route: Route) -> None:
        if failure == "offline":
            await route.abort()
        elif failure == "404":
            await route.fulfill(status=404, body="not here")
        else:
            answer = await route.fetch()
            await route.fulfill(response=answer, body=(await answer.body())[:-9])

    toast = await _add_without(utils, screen, fail)
    await expect(toast).to_contain_text("Not done, because a part of the page is not loaded.")
    await expect(toast.get_by_role("link", name="Reload")).to_be_visible()
    await expect(screen.page.locator("dialog")).to_have_count(0)
    await screen.page.get_by_role("link", name="Queues").first.click()  # a screen of the file
    await expect(screen.page.locator("#gw-screen")).to_contain_text("This screen is not loaded")
    await screen.page.unroute(FILE)
    await screen.page.locator("#gw-screen").get_by_role("button", name="Try again").click()
    await expect(screen.page.locator("#gw-screen tbody")).to_contain_text("no queue")
    await expect(screen.page.locator("dialog")).to_have_count(0)
    _provoked(screen, failure)


async def test_try_again_does_what_was_not_done(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("send_email")
    await screen.page.route(FILE, lambda route: route.abort())
    await screen.open()
    await screen.page.keyboard.press("?")
    toast = screen.page.locator("#gw-toasts .toast.bad")
    await expect(toast).to_contain_text("The admin server does not answer.")
    await screen.page.unroute(FILE)
    await toast.get_by_role("button", name="Try again").click()
    await expect(screen.page.locator("dialog")).to_contain_text("Keyboard")
    await expect(toast).to_have_count(0)
    screen.unreachable()


async def test_the_file_of_another_version_is_not_taken(utils: WorkerUtils, screen: Screen) -> None:
    async def other(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, headers=answer.headers | {"x-graphile-worker-admin-build": "another"})

    toast = await _add_without(utils, screen, other)
    await expect(toast).to_contain_text("The admin has been updated since this page was loaded.")
    await expect(toast.get_by_role("button", name="Try again")).to_have_count(0)
    await screen.page.unroute(FILE)
    await toast.get_by_role("link", name="Reload").click()
    await expect(screen.page.locator("html[data-ready='1']")).to_be_attached()
    await screen.page.get_by_role("button", name="Add job").first.click()
    await expect(screen.page.locator("dialog")).to_contain_text("Add job")


async def test_a_screen_of_the_file_comes_with_its_address(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("send_email", queue="mail")
    loads = Loads()
    await screen.page.route(FILE, loads)
    await screen.open("?view=queues")
    await expect(screen.page.locator("#gw-screen")).to_contain_text("mail")  # as the server has drawn it
    assert loads.count == 1
    loads.go.set()
    await screen.page.get_by_role("link", name="Held only").click()
    await screen.address(view="queues", held="true")
    await expect(screen.page.locator("#gw-screen")).to_contain_text("Nothing matches")
    assert loads.count == 1


def _provoked(screen: Screen, failure: str) -> None:
    if failure == "offline":
        screen.unreachable()
    elif failure == "404":
        screen.provoked(404)
