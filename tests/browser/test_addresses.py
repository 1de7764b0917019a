"""The address is the state: pasted, reloaded, gone back to and forward to, every screen is what it was."""

from __future__ import annotations

import re
from typing import Any

import pytest_asyncio
from playwright.async_api import expect

from graphile_worker import JobSpec, WorkerUtils
from graphile_worker.admin.client.model import url_state
from tests.browser.screen import Screen, eventually, refresh_every
from tests.browser.test_looking import seed

PAGES = 60  # jobs that stand each in a queue of its own
# An address of every screen, with filters, orders, pages and the open job, and a word that only it shows.
ADDRESSES = {
    "": "66 jobs · first page",
    "?state=failed": "1 job · first page",
    "?identifier=charge_card&identifier=report&sort=id": "task: charge_card",
    "?queue=billing&state=scheduled&priority_min=0&created_to=2999-01-01T00%3A00%3A00Z": "created before: 2999-01-01",
    "?key=mail-1&worker=nobody": "No job matches",
    "?worker=worker-1&attempts_max=3": "worker: worker-1",
    "?flag=slow": "flag: slow",
    "?error=SMTP+550%3A+no+such+mailbox": "error: SMTP 550: no such mailbox",
    "?search=Zo%C3%AB": "search: Zoë",
    "?sort=-priority&limit=50": "by priority, descending",
    "?run_at_from=2998-01-01T00%3A00%3A00Z": "run at from: 2998-01-01",
    "?job=2": "all 25 attempts are used",
    "?state=ready&job=3": "charge_card",
    "?view=queues": "63 queues",
    "?view=queues&search=bill&sort=-jobs": "1 matching queue",
    "?view=queues&limit=50&offset=50&sort=name": "51 – 63 of 63",
    "?view=queues&job=4": "same task",
    "?view=tasks&sort=-failed": "4 tasks",
    "?view=tasks&search=report": "1 matching task",
    "?view=errors&sort=-last": "SMTP 550: no such mailbox",
    "?view=workers&sort=id": "worker-1",
    "?view=maintenance": "Release old locks",
}
# One of every screen; the others came by a load of the page already, when their links were pasted.
RELOADED = {url_state.parse(search)[0]["view"]: search for search in ADDRESSES}.values()
# What a person would call the same screen: without what merely grows older.
SEEN = """() => {
  const words = (css) => [...document.querySelectorAll(css)].map((one) => one.innerText);
  const rows = [...document.querySelectorAll('#gw-screen tbody tr')].map((row) =>
    [...row.cells].filter((cell) => !cell.querySelector('time') && !/c-(lock|since|at)/.test(cell.className)).map((cell) => cell.innerText.replace(/\\n?longest .+/, '')));
  return {
    title: document.title, rows,
    here: words('[aria-current] span:not(.number, .detail, .desktop-only, .phone-only, .state, .rate)'), chips: words('.active-filter'), order: words('.sort-order'),
    sorted: [...document.querySelectorAll('[aria-sort]')].map((one) => one.innerText + one.ariaSort),
    search: document.querySelector('.gw-search')?.value, foot: words('.foot span'), blank: words('.empty-state h2'),
    limit: document.querySelector('.foot select')?.value, job: words('#gw-job h1, #gw-job .facts dt, #gw-job pre'),
    cards: words('.card h2'), banners: words('.banner'),
  };
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def jobs(utils: WorkerUtils) -> WorkerUtils:
    """The five jobs that other journeys know, one with a flag, and sixty in queues of their own."""
    await seed(utils)
    await utils.add_job("report", flags=["slow"])
    await utils.add_jobs([JobSpec("page", {"n": number}, queue=f"page-{number:02}") for number in range(PAGES)])
    return utils


async def seen(screen: Screen) -> dict[str, Any]:
    """The screen once all of it is there."""
    await expect(screen.page.locator("[aria-busy=true], .loading")).to_have_count(0)
    found: dict[str, Any] = await screen.page.evaluate(SEEN)
    return found


async def test_pasted_reloaded_back_and_forward(jobs: WorkerUtils, screen: Screen) -> None:
    pasted = {}
    for search, word in ADDRESSES.items():
        await screen.open(search)
        await expect(screen.page.locator("#gw-admin")).to_contain_text(word)
        pasted[search] = await seen(screen)
    assert len({str(one) for one in pasted.values()}) == len(ADDRESSES)  # no two of them are the same screen

    first, *others = ADDRESSES
    await screen.open(first)
    await refresh_every(screen.page, 0)
    await screen.page.evaluate("() => { window.same_page = true }")
    for search in others:
        await screen.follow(search)
        await eventually(lambda: seen(screen), pasted[search])
    for search in reversed([first, *others[:-1]]):
        await screen.page.go_back()
        await eventually(lambda: seen(screen), pasted[search])
    assert await screen.page.evaluate("() => window.same_page") is True
    for search in others:
        await screen.page.go_forward()
        await eventually(lambda: seen(screen), pasted[search])
        assert screen.page.url == f"{screen.base_url}/{search}"
        if search in RELOADED:
            await screen.page.reload()
            await eventually(lambda: seen(screen), pasted[search])


async def test_what_does_not_parse_is_named_and_the_rest_of_the_link_opens(jobs: WorkerUtils, screen: Screen) -> None:
    await screen.open(
        "?state=failed&priority_min=ten&identifier=send_email&sort=nonsense&created_from=yesterday&job=x2"
    )
    await screen.shows("2")
    banner = screen.page.locator("#gw-banners")
    for part in ("priority_min=ten", "sort=nonsense", "created_from=yesterday", "job=x2"):
        await expect(banner).to_contain_text(part)
    await expect(screen.page.locator(".active-filter")).to_have_count(2)
    await banner.get_by_role("button", name="Dismiss").click()
    await screen.address(state="failed", identifier="send_email")
    await expect(banner).to_be_empty()
    await screen.page.reload()
    await screen.shows("2")
    await expect(banner).to_be_empty()


async def test_a_job_opens_in_a_tab_of_its_own(screen: Screen, utils: WorkerUtils) -> None:
    """Middle click and ctrl click on a row, anywhere in it; the tab that was there stays as it is."""
    await seed(utils)
    await screen.open("?sort=id")
    for cell, click in (
        (".c-state", {"button": "middle"}),
        (".c-id", {"modifiers": ["ControlOrMeta"]}),
        (".c-pri", {"button": "middle"}),
    ):
        async with screen.page.context.expect_page() as opening:
            await screen.row("2").locator(cell).click(**click)
        tab = await opening.value
        await expect(tab).to_have_url(re.compile(r"\?sort=id&job=2$"))
        await tab.close()
    await screen.address(sort="id")
    await expect(screen.panel).to_have_count(0)
