"""Who may look and who may change something."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminUser
from tests.browser.conftest import Opener
from tests.browser.screen import refresh_every
from tests.browser.test_acting import stored

TOKEN = "correct horse battery staple"


@pytest.mark.parametrize("auth", [AdminAuthConfig.bearer(TOKEN), AdminAuthConfig.header(TOKEN, "X-Team-Token")])
async def test_a_token_is_asked_for_and_kept_for_this_tab(
    utils: WorkerUtils, open_admin: Opener, auth: AdminAuthConfig
) -> None:
    await utils.add_job("secret_work")
    screen = await open_admin(auth)
    await screen.open()
    box = screen.page.get_by_label("Token", exact=True)
    await box.fill("wrong")
    await box.press("Enter")
    await expect(screen.page.get_by_role("alert")).to_contain_text("The server refused this token.")
    assert "secret_work" not in await screen.page.content()
    screen.provoked(401)
    await box.fill(TOKEN)
    await screen.page.get_by_role("button", name="Use token").click()
    await screen.shows("1")
    kept = "store => Object.values(store === 'tab' ? sessionStorage : localStorage).join()"
    assert TOKEN in await screen.page.evaluate(kept, "tab")
    assert TOKEN not in await screen.page.evaluate(kept, "browser")
    await screen.page.reload()
    await screen.shows("1")
    await screen.page.get_by_label("Settings").click()
    await screen.page.get_by_role("button", name="Forget token").click()
    await expect(box).to_be_visible()
    assert "secret_work" not in await screen.page.content()
    assert TOKEN not in await screen.page.evaluate(kept, "tab")


async def test_read_only_offers_nothing_that_changes_something(utils: WorkerUtils, open_admin: Opener) -> None:
    await utils.add_job("work")
    await utils.permanently_fail_jobs([1], "broken")
    screen = await open_admin(read_only=True)
    await screen.open("?job=1")
    await expect(screen.panel.locator("pre.error")).to_have_text("broken")
    await expect(screen.page.locator("#gw-banners")).to_contain_text("Read only")
    await screen.select("1")
    await expect(screen.selected).to_be_visible()
    writes = "[data-action=job-action], [data-action=add-job], [data-action=remove-key]"
    await expect(screen.page.locator(writes).and_(screen.page.locator(":enabled"))).to_have_count(0)
    await expect(screen.page.locator(writes).first).to_be_disabled()
    await expect(screen.row("1").get_by_role("button", name="Retry")).to_have_count(0)


async def test_an_expired_login_says_so_keeps_everything_and_ends_when_it_is_renewed(
    utils: WorkerUtils, open_admin: Opener
) -> None:
    await utils.add_job("work")
    logged_in = [AdminUser("zoe", ["write"])]
    screen = await open_admin(AdminAuthConfig.host(lambda request: next(iter(logged_in), None)))
    await screen.open()
    await screen.shows("1")
    await refresh_every(screen.page, 2)
    await screen.select("1")
    await screen.press("Fail", screen.selected)
    await screen.fill("reason", "nobody needs it")

    zoe = logged_in.pop()
    await screen.page.locator("body").evaluate("() => document.querySelector('[data-action=refresh]').click()")

    banner = screen.page.locator("#gw-banners")
    await expect(banner).to_contain_text("You are not logged in any more. Log in again in another tab")
    await expect(banner).to_contain_text("Showing data from")
    await screen.confirm()
    await expect(screen.dialog.get_by_role("alert")).to_contain_text("You are not logged in any more.")
    await expect(screen.dialog.locator("#gw-in-reason")).to_have_value("nobody needs it")
    await screen.shows("1")

    logged_in.append(zoe)
    await screen.confirm()
    await screen.shows_notice("1 job marked as failed")
    await expect(banner).to_be_empty()
    assert await stored(utils, 1, "last_error") == ("nobody needs it",)
    screen.provoked(401)
