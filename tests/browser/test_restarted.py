"""A tab that outlives its server: it keeps what it has, comes back by itself, and what was typed can still be sent."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from tests.browser.conftest import Opener
from tests.browser.screen import Screen, refresh_every
from tests.browser.test_acting import stored

TOKEN = "correct horse battery staple"


async def log_in(screen: Screen) -> None:
    """Where the page asks for a token, it gets it."""
    if screen.server.options["auth"].mode in ("bearer", "header"):
        await screen.log_in(TOKEN)


@pytest.mark.parametrize(
    "auth",
    [AdminAuthConfig.none(), AdminAuthConfig.basic("zoe", "a password"), AdminAuthConfig.bearer(TOKEN)],
    ids=lambda auth: auth.mode,
)
async def test_a_tab_outlives_its_server(utils: WorkerUtils, open_admin: Opener, auth: AdminAuthConfig) -> None:
    """Without a secret to derive it from, the new server has another CSRF token: the tab asks for it by itself."""
    await utils.add_job("import")
    screen = await open_admin(auth)
    await screen.open("?identifier=import")
    await log_in(screen)
    await screen.shows("1")
    await refresh_every(screen.page, 2)
    await screen.page.evaluate("() => { window.same_page = true }")
    await screen.page.locator("#gw-tools").get_by_role("button", name="Add job").click()
    await screen.fill("identifier", "import")
    await screen.fill("payload", '{"file": 7}')

    await screen.server.stop()

    await screen.confirm()
    await expect(screen.dialog.get_by_role("alert")).to_contain_text("The admin server does not answer.")
    banner = screen.page.locator("#gw-banners")
    await expect(banner).to_contain_text("The admin server does not answer. Showing data from")
    await expect(screen.page.locator("#gw-bar .live")).to_contain_text("stale ·")
    await screen.shows("1")
    await utils.add_job("import", {"meanwhile": True})

    async with screen.page.expect_response("**/api/session"):
        await screen.server.start()

    await screen.shows("2", "1")
    await expect(banner).to_be_empty()
    await expect(screen.page.locator("#gw-bar .live")).to_contain_text("live")
    screen.unreachable()
    await expect(screen.dialog.locator("#gw-in-payload")).to_have_value('{"file": 7}')
    await screen.confirm()
    await expect(screen.dialog).to_have_count(0)
    await screen.shows("3", "2", "1")
    text = "select payload::text from graphile_worker._private_jobs where id = 3"
    assert await utils.database.pool.fetchval(text) == '{"file": 7}'
    assert await screen.page.evaluate("() => window.same_page") is True


async def test_an_action_in_a_tab_of_the_former_server(utils: WorkerUtils, screen: Screen) -> None:
    """Nobody noticed the restart: the first thing that happens afterwards is the write."""
    await utils.add_job("import")
    await screen.open()
    await refresh_every(screen.page, 0)
    await screen.open_job("1")
    await screen.press("Fail")
    await screen.fill("reason", "the file is gone")

    await screen.server.stop()
    await screen.server.start()
    await screen.confirm()

    await screen.shows_notice("1 job marked as failed")
    assert await stored(utils, 1, "last_error") == ("the file is gone",)
    screen.provoked(403)


async def test_a_server_that_comes_back_read_only(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("import")
    await screen.open("?job=1")
    await expect(screen.page.locator("#gw-bar .live")).to_contain_text("live")
    await screen.press("Fail")
    await screen.fill("reason", "the file is gone")

    await screen.server.stop()
    await screen.server.start(read_only=True)

    await expect(screen.page.locator("#gw-banners")).to_contain_text("Read only")
    await screen.confirm()
    await expect(screen.dialog.get_by_role("alert")).to_contain_text("read-only")
    await expect(screen.dialog.locator("#gw-in-reason")).to_have_value("the file is gone")
    await screen.page.keyboard.press("Escape")
    await expect(screen.panel.get_by_role("button", name="Fail")).to_be_disabled()
    assert await stored(utils, 1, "last_error") == (None,)
    screen.unreachable()
    screen.provoked(403)
