"""The same page in Firefox: it starts, filters, opens, acts and follows the address."""

from __future__ import annotations

import pytest

from graphile_worker import WorkerUtils
from tests.browser.firefox import firefox
from tests.browser.screen import Screen, eventually
from tests.browser.test_looking import seed

IDS = "[...document.querySelectorAll('tr[id^=row-]')].map(row => row.dataset.id).join()"
SEARCH = "location.search"


async def test_a_journey_in_firefox(utils: WorkerUtils, screen: Screen) -> None:
    await seed(utils)
    async with firefox() as tab:
        await tab.open(screen.base_url + "/")
        await eventually(lambda: tab.evaluate(IDS), "5,4,3,2,1")
        await tab.click(".state-counts a[href='?state=failed']")
        await eventually(lambda: tab.evaluate(IDS), "2")
        await tab.click("#row-2 .c-task a")
        await eventually(lambda: tab.evaluate(SEARCH), "?state=failed&job=2")
        await eventually(lambda: tab.evaluate("document.querySelector('.explanation b')?.textContent"), WILL_NOT)
        await tab.click("#gw-v-retry")
        await eventually(
            lambda: tab.evaluate("document.querySelector('.toast.result')?.innerText.includes('1 job retried')"), True
        )
        assert (
            await utils.database.pool.fetchval("select attempts from graphile_worker._private_jobs where id = 2")
        ) == 0
        await tab.evaluate("history.back()")
        await eventually(lambda: tab.evaluate(SEARCH), "?state=failed")
        await eventually(lambda: tab.evaluate(IDS), "")
        await tab.press("g", "q")
        await eventually(lambda: tab.evaluate("document.querySelector('h1').textContent"), "Queues")
        await eventually(lambda: tab.evaluate("!!document.querySelector('.queues a')"), True)
        await tab.press("?")
        await eventually(lambda: tab.evaluate("!!document.querySelector('dialog:modal')"), True)


@pytest.mark.long
async def test_markup_in_data_is_text_in_firefox_too(utils: WorkerUtils, screen: Screen) -> None:
    evil = "<img src=x onerror=window.ran=1>"
    await utils.add_job(evil, {"x": evil}, queue=evil)
    async with firefox() as tab:
        await tab.open(screen.base_url + "/?job=1")
        await eventually(
            lambda: tab.evaluate("document.querySelector('pre.json')?.textContent.includes('onerror')"), True
        )
        assert await tab.evaluate("window.ran === undefined && !document.querySelector('img')")


WILL_NOT = "It will not run again: all 25 attempts are used."
