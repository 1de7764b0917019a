# ruff: noqa: F811
"""Case 18, and its kind: what answers in place of the admin is named, whatever was asked; nothing is lost or taken for done."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from tests.browser.conftest import browser, pool  # noqa: F401
from tests.browser.screen import Screen, refresh_every, refresh_now
from tests.browser.serving import Server
from tests.front_door.proxies import in_front
from tests.hardening.volume import volume

pytestmark = pytest.mark.asyncio(loop_scope="session")
HTML = '"<!doctype html><title>Log in</title><h1>Log in</h1>"'
ANSWERS = {  # in place of the API, and whether logging in may help
    "a redirect to a login page": ("302 /login", True),
    "a redirect to another site": ("302 http://127.0.0.1:1/login", True),
    "a redirect that keeps the method": ("307 http://login.example.com/", True),
    "a login page": (f"200 {HTML}", True),
    "an empty object": ('200 "{}"', True),
    "nothing": ('200 ""', True),
    "HTML with 401": (f"401 {HTML}", True),
    "HTML with 403": (f"403 {HTML}", True),
    "JSON with 401": ('401 \'{"error":"unauthorized","code":"unauthorized"}\'', True),
    "JSON with 403 of another CSRF token": ('403 \'{"error":"invalid csrf","code":"csrf"}\'', True),
    "HTML with 413": (f"413 {HTML}", False),
    "HTML with 502": (f"502 {HTML}", False),
    "HTML with 503": (f"503 {HTML}", False),
}
FEW = ["a redirect to another site", "a login page", "an empty object", "HTML with 401", "HTML with 502"]
KINDS = pytest.mark.parametrize("kind", volume(FEW, list(ANSWERS)))
SAID = "Something other than the admin answered"
EXPECTED = re.compile(r"status of (401|403|413|502|503)|net::ERR_|Failed to load")  # of the console


class Gate:
    """A proxy whose logins end, and are made again."""

    def __init__(self, flag: Path, screen: Screen) -> None:
        self.flag = flag
        self.screen = screen

    def close(self) -> None:
        """From now on something else answers."""
        self.flag.touch()

    def open(self) -> None:
        """From now on the admin answers."""
        self.flag.unlink()


@asynccontextmanager
async def gated(
    utils: WorkerUtils, browser: Browser, folder: Path, kind: str, auth: AdminAuthConfig | None = None
) -> AsyncIterator[Gate]:
    """A page behind a proxy that can answer in place of the API."""
    flag = folder / "ended"
    locations = (
        f"location / {{ {{pass}} }} location = /login {{ default_type text/html; return 200 {HTML}; }}"
        f"location /api/ {{ default_type text/html; if (-f {flag}) {{ return {ANSWERS[kind][0]}; }} {{pass}} }}"
    )
    async with Server(utils, auth=auth or AdminAuthConfig.none()) as server:
        with in_front(folder / "nginx", server.url, locations) as address:
            context = await browser.new_context(viewport={"width": 1440, "height": 900})
            screen = Screen(await context.new_page(), f"http://{address}", server)
            yield Gate(flag, screen)
            await context.close()
        assert [one for one in screen.complaints if not EXPECTED.search(one)] == []


@KINDS
async def test_every_request_of_the_page(utils: WorkerUtils, browser: Browser, tmp_path: Path, kind: str) -> None:
    await utils.add_job("send_email", {"text": "x" * 1000}, max_attempts=1)
    await utils.add_job("send_email", {"to": "ada"}, max_attempts=1)
    await utils.permanently_fail_jobs([1, 2], "gone " * 200)
    login = ANSWERS[kind][1]
    async with gated(utils, browser, tmp_path, kind) as gate:
        screen, page = gate.screen, gate.screen.page
        await screen.open("?state=failed")
        await screen.shows("2", "1")
        await refresh_every(page, 0)
        banner, toasts, alert = (
            page.locator("#gw-banners"),
            page.locator("#gw-toasts"),
            screen.dialog.get_by_role("alert"),
        )
        another = screen.dialog.get_by_role("link", name="Log in in another tab")
        gate.close()

        await refresh_now(page)  # reads
        await expect(banner).to_contain_text(SAID)
        await expect(banner).to_contain_text("Showing data from ")
        await expect(banner.get_by_role("link", name="Reload to log in")).to_have_count(1 if login else 0)
        await screen.shows("2", "1")

        await screen.row("1").hover()  # shows the buttons of the row
        await page.locator("#row-1 button[data-name=last_error]").click()  # an answer onto the clipboard
        await expect(toasts).to_contain_text(f"Nothing was copied. {SAID}")
        await page.get_by_label("Dismiss", exact=True).click()

        await page.locator("#gw-export-open").click()  # a download
        downloads: list[object] = []
        page.on("download", lambda one: downloads.append(one))
        await page.get_by_role("link", name="CSV").click()
        await expect(toasts).to_contain_text(f"Nothing was downloaded. {SAID}")
        assert downloads == [] and page.url.endswith("?state=failed")
        await page.get_by_label("Dismiss", exact=True).click()

        await page.get_by_label("Select job 2", exact=True).check()  # a write without fields
        await page.locator("#gw-acts").get_by_role("button", name="Complete", exact=False).first.click()
        await screen.confirm()
        await expect(alert).to_contain_text(SAID)
        await expect(alert).to_contain_text("It may or may not be done: look before you send it again.")
        await expect(another).to_have_count(1 if login else 0)
        await page.keyboard.press("Escape")
        await page.get_by_label("Select job 2", exact=True).uncheck()

        await page.locator("#gw-tools [data-action=add-job]").click()  # a write with fields
        await screen.fill("identifier", "send_email")
        await screen.fill("payload", '{"to": "grace"}')
        await screen.confirm()
        await expect(alert).to_contain_text(SAID)
        await expect(screen.dialog.locator("#gw-in-payload")).to_have_value('{"to": "grace"}')
        await expect(screen.dialog.locator("#gw-go")).to_be_enabled()
        if login:
            await expect(another).to_have_attribute("target", "_blank")
        assert await utils.database.pool.fetchval("select count(*) from graphile_worker._private_jobs") == 2

        gate.open()  # logged in again elsewhere: nothing was lost
        await screen.confirm()
        await expect(screen.dialog).to_have_count(0)
        await expect(banner).to_be_empty()
        text = "select payload::text from graphile_worker._private_jobs where id = 3"
        assert await utils.database.pool.fetchval(text) == '{"to": "grace"}'


@pytest.mark.parametrize("kind", volume(FEW[::3], list(ANSWERS)))
async def test_an_action_on_all_that_match_and_the_stream(
    utils: WorkerUtils, browser: Browser, tmp_path: Path, kind: str
) -> None:
    for _ in range(2):
        await utils.add_job("send_email", max_attempts=1)
    await utils.permanently_fail_jobs([1, 2], "gone")
    async with gated(utils, browser, tmp_path, kind) as gate:
        screen, page = gate.screen, gate.screen.page
        await screen.open("?state=failed&limit=50")
        await screen.shows("2", "1")
        await page.locator("[data-action=select-page]").check()
        await page.evaluate("document.querySelector('#gw-every')?.click()")
        gate.close()
        await page.locator("#gw-acts").get_by_role("button", name="Fail", exact=False).first.click()
        await screen.fill("reason", "given up")
        await screen.page.locator("#gw-go:not([disabled])").or_(screen.dialog.get_by_role("alert")).first.wait_for()
        if await page.locator("#gw-go").is_enabled():
            await screen.confirm()
        await expect(screen.dialog.get_by_role("alert")).to_contain_text(SAID)
        await expect(screen.dialog.locator("#gw-in-reason")).to_have_value("given up")
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Clear selection").click()
        await refresh_every(page, 0)
        await refresh_every(page, 2)  # opens the stream anew
        await expect(page.locator("#gw-banners")).to_contain_text(SAID)
        gate.open()
        await expect(page.locator("#gw-banners")).to_be_empty()
        await expect(page.locator("#gw-bar .live")).to_contain_text("live")


@pytest.mark.parametrize("kind", volume(FEW[:3], FEW))
async def test_a_token_survives_it_and_an_export_is_no_login_page(
    utils: WorkerUtils, browser: Browser, tmp_path: Path, kind: str
) -> None:
    await utils.add_job("send_email")
    token = "correct horse battery"
    async with gated(utils, browser, tmp_path, kind, AdminAuthConfig.bearer(token)) as gate:
        screen, page = gate.screen, gate.screen.page
        await screen.open()
        await screen.log_in(token)
        await screen.shows("1")
        gate.close()
        downloads: list[object] = []
        page.on("download", lambda one: downloads.append(one))
        await page.locator("#gw-export-open").click()
        await page.get_by_role("button", name="CSV").click()
        await expect(page.locator("#gw-toasts")).to_contain_text(f"Nothing was downloaded. {SAID}")
        assert downloads == []
        await refresh_now(page)
        await expect(page.locator("#gw-banners")).to_contain_text(SAID)
        await expect(page.locator("form.login")).to_have_count(0)
        assert await page.evaluate("sessionStorage.getItem('gw-token')") == token
        gate.open()
        await refresh_now(page)
        await expect(page.locator("#gw-banners")).to_be_empty()
        await screen.shows("1")


@pytest.mark.parametrize("kind", ["a login page", "HTML with 502"])
async def test_a_login_at_the_panel_is_no_login_there(
    utils: WorkerUtils, browser: Browser, tmp_path: Path, kind: str
) -> None:
    token = "correct horse battery"
    async with gated(utils, browser, tmp_path, kind, AdminAuthConfig.bearer(token)) as gate:
        screen, page = gate.screen, gate.screen.page
        await screen.open()
        panel = page.locator("form.login")
        await panel.locator("input").fill(token)
        screen.provoked(401)
        gate.close()
        await page.keyboard.press("Enter")
        await expect(panel.get_by_role("alert")).to_contain_text(SAID)
        await expect(panel.locator("input")).to_have_value(token)
        assert await page.evaluate("sessionStorage.getItem('gw-token')") is None
        gate.open()
        await panel.get_by_role("button").click()
        await expect(panel).to_have_count(0)
