"""The page behind nginx at a prefix nobody told it of, entered without the last slash."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, expect

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig
from tests.browser.screen import Screen
from tests.browser.serving import served
from tests.embedding.nginx import PLAIN, proxying


async def test_looking_and_acting_through_nginx(utils: WorkerUtils, browser: Browser, tmp_path: Path) -> None:
    await utils.add_job("send_email", {"to": "ada"}, max_attempts=3)
    await utils.permanently_fail_jobs([1], "gone")
    auth = AdminAuthConfig.none()
    async with served(AdminServerConfig(utils.database.pool, utils, listen_addr="127.0.0.1:0", auth=auth)) as own:
        with proxying(tmp_path, own.removeprefix("http://"), "nginx.conf", **PLAIN) as (address,):
            context = await browser.new_context()
            screen = Screen(await context.new_page(), f"{address}/queue")
            await screen.page.goto(f"{address}/queue")
            await expect(screen.page.locator("html[data-ready='1']")).to_be_attached()
            assert screen.page.url.startswith(f"{address}/queue/")
            await screen.shows("1")
            await screen.open_job("1")
            assert screen.page.url == f"{address}/queue/?job=1"
            await screen.press("Retry")
            await screen.shows_notice("1 job retried")
            await context.close()
    assert screen.complaints == []
