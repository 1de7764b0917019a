"""Saved views, similar names in the empty state, and values of the payload as columns."""

from __future__ import annotations

from playwright.async_api import expect

from graphile_worker import WorkerUtils
from tests.browser.screen import Screen


async def test_a_view_is_saved_opened_renamed_and_deleted(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("send_email", {"customer": {"id": 42}}, queue="mails")
    await utils.add_job("resize")
    await screen.open("?queue=mails&sort=id")
    page, menu = screen.page, screen.page.locator("#gw-views")
    await page.locator("#gw-views-open").click()
    await menu.get_by_label("Name of the view").fill("<i>mails")
    await menu.get_by_label("Name of the view").press("Enter")
    await expect(menu.locator("a.view")).to_have_text("<i>mails")
    await expect(menu.get_by_label("Name of the view")).to_have_value("")

    await screen.open()
    await screen.shows("2", "1")
    await page.locator("#gw-views-open").click()
    await menu.locator("a.view").click()
    await screen.address(queue="mails", sort="id")
    await screen.shows("1")
    await expect(menu).to_be_hidden()

    await page.locator("#gw-views-open").click()
    await menu.get_by_role("button", name="Rename <i>mails").click()
    box = menu.get_by_label("New name of <i>mails")
    await expect(box).to_be_focused()
    await box.fill("mails")
    await box.press("Enter")
    await expect(menu.locator("a.view")).to_have_text("mails")
    await menu.get_by_role("button", name="Delete mails").click()
    await expect(menu.locator("a.view")).to_have_count(0)
    await expect(menu.get_by_label("Name of the view")).to_be_focused()


async def test_the_focus_stays_in_the_menu_of_views(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("send_email", queue="mails")
    await screen.open("?queue=mails")
    page, menu = screen.page, screen.page.locator("#gw-views")
    await page.locator("#gw-views-open").click()
    box = menu.get_by_label("Name of the view")
    for name in ("one", "two"):
        await box.fill(name)
        await box.press("Enter")
        await expect(box).to_have_value("")
        await expect(box).to_be_focused()
    await menu.get_by_role("button", name="Rename two").click()
    field = menu.get_by_label("New name of two")
    await field.fill("one")
    await field.press("Enter")
    await expect(menu.get_by_role("alert")).to_have_text("Another view is called one")
    await expect(field).to_have_value("one")
    await expect(field).to_be_focused()
    await field.press("Escape")
    await expect(menu).to_be_visible()
    await expect(field).to_have_count(0)
    await expect(menu.get_by_role("alert")).to_have_count(0)
    await expect(menu.get_by_role("button", name="Rename two")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()


async def test_the_palette_saves_and_opens_views(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("send_email", queue="mails")
    await screen.open("?queue=mails")
    await screen.page.keyboard.press("Control+k")
    await screen.page.keyboard.type("save view")
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.get_by_label("Name of the view")).to_be_focused()
    await screen.page.keyboard.type("Monday")
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator("#gw-views a.view")).to_have_text("Monday")
    await screen.page.keyboard.press("Escape")
    await screen.open("?view=workers")
    await screen.page.keyboard.press("Control+k")
    await screen.page.keyboard.type("monday")
    await screen.page.keyboard.press("Enter")
    await screen.address(queue="mails")
    await screen.shows("1")


async def test_a_view_of_another_time_drops_and_names_a_filter(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("send_email", queue="mails")
    await screen.open("?queue=mails")
    await screen.page.locator("#gw-views-open").click()
    await screen.page.get_by_label("Name of the view").fill("old")
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator("#gw-views a.view")).to_have_count(1)
    await screen.page.evaluate(
        "for (const key of Object.keys(localStorage)) if (key.startsWith('gw-views:')) "
        "localStorage[key] = localStorage[key].replace('queue=mails', 'queue=mails&state=sleeping')"
    )
    await screen.open()
    await screen.page.locator("#gw-views-open").click()
    await screen.page.locator("#gw-views a.view").click()
    await screen.shows("1")
    await expect(screen.page.locator("#gw-banners")).to_contain_text("state=sleeping")


async def test_did_you_mean(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("send_email")
    await screen.open("?identifier=send_emial")
    sentence = screen.page.locator(".unknown-name")
    await expect(sentence).to_have_text("No task is called send_emial. Did you mean send_email?")
    await sentence.get_by_role("link", name="send_email").click()
    await screen.address(identifier="send_email")
    await screen.shows("1")


async def test_a_value_of_the_payload_is_a_column(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("send_email", {"customer": {"id": "<b>42"}})
    await screen.open()
    await screen.page.get_by_role("button", name="Settings").click()
    box = screen.page.get_by_label("Add a value of the payload as a column")
    await box.fill("customer.id")
    await box.press("Enter")
    await screen.address(payload_path="customer.id")
    await expect(screen.page.locator("td.c-value")).to_have_text("<b>42")
    await expect(screen.page.locator("th.c-value")).to_have_text("customer.id")
    await expect(box).to_have_value("")
    await screen.page.reload()
    await expect(screen.page.locator("td.c-value")).to_have_text("<b>42")
    await screen.page.get_by_role("button", name="Settings").click()
    await screen.page.get_by_role("link", name="Remove column customer.id").click()
    await expect(screen.page.locator("td.c-value")).to_have_count(0)
