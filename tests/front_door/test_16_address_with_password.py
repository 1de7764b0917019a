"""Case 16, and its kind: an address with user and password in it works, in Chromium and in Firefox."""

# ruff: noqa: F811
from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig
from tests.browser.conftest import browser, pool  # noqa: F401
from tests.browser.firefox import firefox
from tests.browser.screen import Screen, eventually, refresh_now
from tests.browser.serving import served
from tests.front_door.proxies import in_front

pytestmark = pytest.mark.asyncio(loop_scope="session")
PASSWORD = "s3cret-secret"


async def admin_of(utils: WorkerUtils) -> AdminServerConfig:
    """An admin behind HTTP Basic with a failed job."""
    await utils.add_job("send_email", {"to": "ada"}, max_attempts=3)
    await utils.permanently_fail_jobs([1], "gone")
    auth = AdminAuthConfig.basic("admin", PASSWORD)
    return AdminServerConfig(utils.database.pool, utils, listen_addr="127.0.0.1:0", auth=auth, freshness=0)


@pytest.mark.parametrize("place", ["/", "/queue/"])
async def test_in_chromium_everything_works(
    utils: WorkerUtils,
    browser: Browser,
    tmp_path: Path,
    place: str,
) -> None:
    async with served(await admin_of(utils)) as own:
        with in_front(
            tmp_path, own, f"location {place} {{ proxy_pass {own}/; proxy_set_header Host $http_host; }}"
        ) as address:
            context = await browser.new_context()
            screen = Screen(await context.new_page(), f"http://admin:{PASSWORD}@{address}{place.rstrip('/')}")
            await screen.open("?state=failed")
            await screen.shows("1")
            await expect(screen.page.locator("#gw-bar .live")).to_contain_text("live")
            await refresh_now(screen.page)
            await screen.open_job("1")
            await screen.page.locator("[data-action=copy-payload]").click()
            await screen.press("Retry")
            await screen.shows_notice("1 job retried")
            await screen.follow("?")
            await screen.shows("1")
            await screen.page.get_by_role("button", name="Export").click()
            async with screen.page.expect_download() as download:
                await screen.page.get_by_role("link", name="CSV").click()
            assert "send_email" in Path(await (await download.value).path()).read_text("utf-8")
            assert "s3cret" not in await screen.page.content()
            await context.close()
    assert screen.complaints == []


async def test_in_firefox_it_works_too(utils: WorkerUtils) -> None:
    async with served(await admin_of(utils)) as own, firefox() as tab:
        await tab.open(own.replace("http://", f"http://admin:{PASSWORD}@") + "/?job=1")
        await eventually(lambda: tab.evaluate("document.querySelectorAll('tr[id^=row-]').length"), 1)
        await eventually(
            lambda: tab.evaluate("document.querySelector('#gw-bar .live')?.textContent.startsWith('live')"), True
        )
        await tab.click("#gw-v-retry, #gw-job [data-action=job-action][data-name=retry]")
        done = "document.querySelector('#gw-toasts').textContent.includes('1 job retried')"
        await eventually(lambda: tab.evaluate(done), True)
