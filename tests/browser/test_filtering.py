"""Filtering the jobs: suggestions, pasted lists, bounds and flags, and how many jobs that leaves."""

from __future__ import annotations

from playwright.async_api import expect

from graphile_worker import WorkerUtils
from tests.browser.conftest import Opener
from tests.browser.screen import Screen, eventually

PASTE = """([css, text]) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.querySelector(css).dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


async def suggested(screen: Screen, name: str) -> list[str]:
    """What a box offers."""
    found = await screen.page.locator(f"#gw-l-{name} option").evaluate_all("all => all.map(one => one.value)")
    return [str(one) for one in found]


async def test_a_box_suggests_names_of_the_whole_table(utils: WorkerUtils, screen: Screen) -> None:
    for number in range(60):
        await utils.add_job("send_email" if number else "send_fax_rarely", queue=f"q{number % 3}")
    await screen.open("?limit=50")
    await screen.page.locator(".f-identifier input").press_sequentially("send_f")
    await eventually(lambda: suggested(screen, "identifier"), ["send_fax_rarely"])
    await expect(screen.page.locator(".f-identifier input")).to_have_value("send_f")
    await screen.page.locator(".f-queue input").focus()
    await eventually(lambda: suggested(screen, "queue"), ["q0", "q1", "q2"])


async def test_the_way_on_from_a_box_is_free(utils: WorkerUtils, screen: Screen) -> None:
    """What was typed is a filter when the box is left; Enter stays for the next name."""
    await utils.add_job("send_email", queue="mailers")
    await screen.open()
    box, next_box = screen.page.locator(".f-identifier input"), screen.page.locator(".f-queue input")
    await box.press_sequentially("send_email")
    await box.press("Tab")
    await expect(screen.page.locator(".active-filter")).to_have_count(1)
    await expect(next_box).to_be_focused()
    await expect(box).to_have_value("")
    await next_box.press_sequentially("mailers")
    await next_box.press("Enter")
    await expect(screen.page.locator(".active-filter")).to_have_count(2)
    await expect(next_box).to_be_focused()
    await expect(next_box).to_have_value("")


async def test_another_order_and_page_size_leave_the_focus_where_it_is(utils: WorkerUtils, screen: Screen) -> None:
    for priority in (1, 2):
        await utils.add_job("send_email", priority=priority)
    await screen.open()
    sort = screen.page.get_by_role("link", name="Pri", exact=True)
    for order in (["2", "1"], ["1", "2"]):
        await sort.focus()
        await sort.press("Enter")
        await screen.shows(*order)
        await expect(screen.page.locator("#gw-sort-priority")).to_be_focused()
    size = screen.page.get_by_label("Rows per page")
    await size.focus()
    await size.select_option("50")
    await screen.address(sort="priority", limit="50")
    await expect(screen.page.locator("#gw-turning i")).to_have_count(0)
    await expect(size).to_be_focused()


async def test_typed_text_survives_refreshes(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("send_email")
    await screen.open("?queue=none")
    await screen.page.locator("#gw-more-open").click()
    await screen.page.get_by_label("Priority from").fill("12")
    await screen.page.locator(".f-key input").press_sequentially("wel")
    for _ in range(2):
        async with screen.page.expect_response(lambda answer: "/api/jobs/count" in answer.url):
            await screen.page.evaluate("document.querySelector('[data-action=refresh]').click()")
    await expect(screen.page.get_by_label("Priority from")).to_have_value("12")
    await expect(screen.page.locator(".f-key input")).to_have_value("wel")


async def test_pasted_lines_are_several_values(utils: WorkerUtils, screen: Screen) -> None:
    for name in ("one", "two", "three", "four"):
        await utils.add_job(name)
    await screen.open()
    await screen.page.locator(".f-identifier input").fill("o")
    await screen.page.locator(".f-identifier input").press("End")
    await screen.page.evaluate(PASTE, [".f-identifier input", "ne\r\ntwo\nthree, four \n"])
    await screen.shows("4", "3", "2", "1")
    await expect(screen.page.locator(".active-filter")).to_have_count(4)
    await expect(screen.page.locator(".f-identifier input")).to_have_value("")


async def test_bounds_flags_and_keys_behind_more(utils: WorkerUtils, screen: Screen) -> None:
    for priority in range(5):
        await utils.add_job("step", priority=priority, key=f"k{priority}", flags=["slow"] if priority % 2 else None)
    await screen.open()
    await screen.page.locator("#gw-more-open").click()
    await screen.page.get_by_label("Priority from").fill("1")
    await screen.page.get_by_label("Created before", exact=True).fill("2999-01-01T12:00:00")
    await screen.page.locator("#gw-more").get_by_role("button", name="Apply").click()
    await screen.shows("5", "4", "3", "2")
    await expect(screen.page.locator("#gw-more")).to_be_hidden()
    await expect(screen.page.locator(".active-filters")).to_contain_text("created before: 2999-01-01 12:00")
    await screen.filter("flag", "slow")
    await screen.shows("4", "2")
    await expect(screen.page.locator(".active-filters")).to_contain_text("2 jobs match")
    await screen.filter("key", "k3, k4")
    await screen.shows("4")
    await screen.page.go_back()
    await screen.shows("4", "2")
    await screen.page.locator(".active-filter", has_text="flag: slow").get_by_role("link").click()
    await screen.shows("5", "4", "3", "2")


async def test_a_number_out_of_range_stays_in_its_box(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("step")
    await screen.open()
    await screen.page.locator("#gw-more-open").click()
    box = screen.page.get_by_label("Attempts from")
    await box.fill("-1")
    await screen.page.locator("#gw-more").get_by_role("button", name="Apply").click()
    await expect(box).to_have_value("-1")
    await expect(box).to_be_focused()
    await screen.address()


async def test_the_sheet_of_a_phone_has_every_filter(utils: WorkerUtils, open_admin: Opener) -> None:
    await utils.add_job("step", priority=3)
    await utils.add_job("step", priority=9)
    screen = await open_admin(size=(390, 844))
    await screen.open()
    await screen.page.get_by_role("button", name="Filters").click()
    await screen.page.get_by_label("Priority to").fill("5")
    await screen.page.get_by_role("button", name="Apply").click()
    await screen.shows("1")
    await expect(screen.page.locator("#gw-filters")).to_be_hidden()
    assert await screen.page.evaluate("document.documentElement.scrollWidth") <= 390
