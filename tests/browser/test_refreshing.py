"""What a person is doing outlives every refresh, and a server that goes away does not take the page with it."""

from __future__ import annotations

from playwright.async_api import expect

from graphile_worker import WorkerUtils
from tests.browser.screen import Screen, refresh_every, refresh_now


async def test_what_is_typed_and_ticked_outlives_a_refresh(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("first")
    await screen.open()
    await screen.shows("1")
    await refresh_every(screen.page, 2)
    await screen.page.locator("#gw-tools").get_by_role("button", name="Add job").click()
    await screen.fill("payload", '{"half": ')
    await screen.dialog.locator("#gw-in-identifier").press_sequentially("sec")
    await utils.add_job("meanwhile")
    await screen.shows("2", "1")
    await screen.dialog.locator("#gw-in-identifier").press_sequentially("ond")
    await expect(screen.dialog.locator("#gw-in-identifier")).to_have_value("second")
    await expect(screen.dialog.locator("#gw-in-identifier")).to_be_focused()
    await expect(screen.dialog.locator("#gw-in-payload")).to_have_value('{"half": ')
    await screen.page.keyboard.press("Escape")
    await expect(screen.dialog).to_have_count(0)
    await screen.select("1")
    await refresh_now(screen.page)
    await expect(screen.selected).to_contain_text("1 selected")
    await expect(screen.page.get_by_label("Select job 1", exact=True)).to_be_checked()


async def test_a_server_that_goes_away_and_comes_back(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("first")
    await screen.open()
    await screen.shows("1")
    await screen.page.route("**/api/**", lambda route: route.abort())
    await refresh_now(screen.page)
    banner = screen.page.locator("#gw-banners")
    await expect(banner).to_contain_text("Showing data from")
    await screen.shows("1")  # old rows are better than none, and the page says that they are old
    await utils.add_job("second")
    await screen.page.unroute("**/api/**")
    await banner.get_by_role("button", name="Try again").click()
    await screen.shows("2", "1")
    await expect(banner).to_be_empty()
    screen.unreachable()


async def test_a_word_on_a_button_follows_even_when_it_has_the_focus(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("pretty", {"a": [1, 2]})
    await screen.open("?job=1")
    await screen.press("Raw")
    await expect(screen.panel.locator("pre.json")).to_have_text('{"a": [1, 2]}')
    await screen.press("Pretty")
    await screen.press("Raw")
    await expect(screen.panel.get_by_role("button", name="Pretty")).to_be_focused()
