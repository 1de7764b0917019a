"""Every table by keyboard, and the focus, which never falls to the body."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from graphile_worker import JobSpec, WorkerUtils
from tests.browser.screen import Screen, eventually
from tests.browser.test_looking import seed

ROW = "() => document.activeElement.closest('tr')?.querySelector('.c-task a, .c-error a')?.textContent ?? document.activeElement.localName"
IN_ROW = "() => document.activeElement.closest('tr')?.dataset.id ?? document.activeElement.id"
PLACED = "() => document.activeElement !== document.body"
# keydown as a keyboard with another layout or Caps Lock sends it: the key, the code, whether Shift is held
SEND = """([key, code, shiftKey]) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true, cancelable: true }))"""


async def still(screen: Screen) -> None:
    """No refresh moves anything in between."""
    await screen.page.add_init_script("localStorage.setItem('gw-auto', '0')")


@pytest.mark.parametrize(
    ("view", "first", "second", "address"),
    [
        ("queues", "billing", "nightly", {"queue": "nightly"}),
        ("tasks", "send_email", "charge_card", {"identifier": "charge_card"}),
        ("errors", "card declined", "SMTP 550: no such mailbox", None),
        ("workers", "worker-1", "worker-2", {"worker": "worker-2"}),
    ],
)
async def test_j_k_enter_and_x_on_every_table(
    utils: WorkerUtils, screen: Screen, view: str, first: str, second: str, address: dict[str, str] | None
) -> None:
    await seed(utils)
    await utils.add_jobs([JobSpec("send_email"), JobSpec("send_email"), JobSpec("charge_card")])
    await utils.permanently_fail_jobs([6], "SMTP 551: no such mailbox")
    await utils.permanently_fail_jobs([8], "card declined")
    lock = "update graphile_worker._private_jobs set locked_at = now() - '1 min'::interval, locked_by = 'worker-2' where id = 7"
    await utils.database.pool.execute(lock)
    sort = {"queues": "name", "tasks": "-total", "errors": "-count", "workers": "id"}[view]
    await still(screen)
    await screen.open(f"?view={view}&sort={sort}")
    keys = screen.page.keyboard
    await keys.press("j")
    start = str(await screen.page.evaluate(ROW))
    names = await screen.page.locator("tbody tr").locator(".c-task a, .c-error a").all_inner_texts()
    assert first in names and second in names and start == names[0]
    for _ in range(names.index(second)):
        await keys.press("j")
    assert await screen.page.evaluate(ROW) == second
    await keys.press("k")
    await keys.press("j")
    assert await screen.page.evaluate(ROW) == second
    await keys.press("Enter")
    if address is not None:
        await screen.address(**address)
    await expect(screen.page.locator("tr[id^=row-]").first).to_be_visible()
    await screen.page.go_back()
    await expect(screen.page.locator(f"table.{view}")).to_be_visible()
    for key in ("j", *"kkkkkk"):
        if await screen.page.evaluate(ROW) != second:
            await keys.press(key)
    await keys.press("x")
    await expect(screen.selected).to_contain_text("that match")
    await keys.press("Escape")
    await expect(screen.selected).to_have_count(0)


async def test_page_and_all_that_match_are_selected_by_key_and_at_the_head(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_jobs([JobSpec("step")] * 70)
    await still(screen)
    await screen.open("?limit=50")
    keys = screen.page.keyboard
    await keys.press("*")
    await expect(screen.selected).to_contain_text("50 selected")
    head = screen.page.get_by_role("group", name="Selection")
    await head.get_by_role("button", name="Select all 70 that match").click()
    await expect(head).to_contain_text("All 70 that match are selected")
    await keys.press("Escape")
    await expect(screen.selected).to_have_count(0)
    assert await screen.page.evaluate(PLACED)
    await keys.press("Shift+X")
    await expect(screen.selected).to_contain_text("All 70 that match")
    await head.get_by_role("button", name="Clear").focus()
    await keys.press("Enter")
    await expect(screen.selected).to_have_count(0)
    await eventually(lambda: screen.page.evaluate(PLACED), True)


async def test_keys_count_by_their_position_and_with_caps_lock(utils: WorkerUtils, screen: Screen) -> None:
    await seed(utils)
    await still(screen)
    await screen.open("?view=queues&sort=name")
    for key, code in (("о", "KeyJ"), ("ξ", "KeyJ"), ("J", "KeyJ"), ("л", "KeyK")):
        await screen.page.evaluate(SEND, [key, code, False])
    assert await screen.page.evaluate(ROW) == "nightly"
    await screen.page.evaluate(SEND, ["п", "KeyG", False])
    await screen.page.evaluate(SEND, ["о", "KeyJ", False])
    await screen.address()
    await screen.shows("5", "4", "3", "2", "1")
    await screen.page.evaluate(SEND, ["Ч", "KeyX", True])
    await expect(screen.selected).to_contain_text("that match")
    await screen.page.keyboard.press("Escape")
    await screen.page.evaluate(SEND, ["x", "KeyX", True])  # Caps Lock and Shift
    await expect(screen.selected).to_contain_text("that match")


async def test_the_focus_goes_to_the_next_row_when_its_row_leaves(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_jobs([JobSpec("step")] * 5)
    await utils.permanently_fail_jobs([2, 3, 4], "broken")
    await still(screen)
    await screen.open("?state=failed")
    await screen.shows("4", "3", "2")
    await screen.page.get_by_role("button", name="Retry job 3", exact=True).focus()
    await screen.page.keyboard.press("Enter")
    await screen.shows("4", "2")
    await eventually(lambda: screen.page.evaluate(IN_ROW), "2")
    await screen.page.keyboard.press("k")
    assert await screen.page.evaluate(IN_ROW) == "4"
    await screen.page.keyboard.press("x")
    await expect(screen.selected).to_contain_text("1 selected")
    await screen.selected.get_by_role("button", name="Retry").focus()
    await screen.page.keyboard.press("Enter")
    await expect(screen.selected).to_have_count(0)
    await screen.shows("2")
    await eventually(lambda: screen.page.evaluate(IN_ROW), "2")
    await screen.page.get_by_role("button", name="Retry job 2", exact=True).focus()
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator("tr[id^=row-]")).to_have_count(0)
    await eventually(lambda: screen.page.evaluate(PLACED), True)


async def test_the_focus_returns_to_the_row_after_a_dialog_whose_button_is_gone(
    utils: WorkerUtils, screen: Screen
) -> None:
    await utils.add_jobs([JobSpec("step")] * 5)
    await still(screen)
    await screen.open()
    keys = screen.page.keyboard
    await keys.press("j")
    await keys.press("j")
    await keys.press("x")
    await screen.selected.get_by_role("button", name="Complete").focus()
    await keys.press("Enter")
    await expect(screen.dialog).to_be_visible()
    await screen.dialog.locator("#gw-go").focus()
    await keys.press("Enter")
    await expect(screen.dialog).to_have_count(0)
    await screen.shows("5", "3", "2", "1")
    await eventually(lambda: screen.page.evaluate(IN_ROW), "3")
    await keys.press("Enter")
    await screen.address(job="3")
    await keys.press("Escape")
    await eventually(lambda: screen.page.evaluate(IN_ROW), "3")


async def test_a_click_beside_every_control_leaves_no_focus(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_jobs([JobSpec("step")] * 3)
    await screen.open()
    await screen.page.keyboard.press("j")
    await screen.page.locator("#gw-bar h1").click()
    await screen.page.keyboard.press("r")
    await screen.page.wait_for_load_state("networkidle")
    assert not await screen.page.evaluate(PLACED)


async def test_forced_colors_mark_what_is_selected(utils: WorkerUtils, screen: Screen) -> None:
    await seed(utils)
    await still(screen)
    await screen.page.emulate_media(forced_colors="active")
    await screen.open("?state=ready")
    await screen.select("3")
    outline = "one => getComputedStyle(one).outlineStyle"
    assert await screen.row("3").evaluate(outline) == "solid"
    assert await screen.row("1").evaluate(outline) == "none"
    marked = screen.page.locator(".state-counts [aria-current], .item[aria-current]")
    assert await marked.evaluate_all(f"all => all.map({outline})") == ["solid", "solid"]


@pytest.mark.parametrize("view", ["jobs", "queues", "tasks", "errors", "workers"])
async def test_links_and_buttons_of_a_table_carry_their_row(utils: WorkerUtils, screen: Screen, view: str) -> None:
    await seed(utils)
    await utils.add_jobs([JobSpec("send_email"), JobSpec("charge_card")])
    await utils.permanently_fail_jobs([6, 7], "card declined")
    lock = "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'worker-2' where id = 1"
    await utils.database.pool.execute(lock)
    await screen.open(f"?view={view}&sort={'-id' if view == 'jobs' else ''}")
    await expect(screen.page.locator(f"table.{view} tbody tr").first).to_be_visible()
    names = (
        await screen.page.locator("tbody")
        .locator("a, button, input")
        .evaluate_all("all => all.filter(one => !one.closest('.c-queue')).map(one => one.ariaLabel ?? one.textContent)")
    )
    assert names and len(set(names)) == len(names)


async def test_suggestions_are_announced(utils: WorkerUtils, screen: Screen) -> None:
    await seed(utils)
    await screen.open()
    await screen.page.get_by_label("Filter by task").fill("charge")
    await screen.says("1 suggestion, first: charge_card, 2 jobs")
    await screen.page.keyboard.press("Control+k")
    await screen.page.keyboard.type("maintenance")
    await expect(screen.dialog.get_by_role("status")).to_have_text("2 lines, first: Maintenance screen")


async def test_the_position_of_a_payload_error_is_that_of_the_text_field(utils: WorkerUtils, screen: Screen) -> None:
    await screen.open()
    await screen.page.locator("#gw-tools").get_by_role("button", name="Add job").click()
    await screen.fill("identifier", "send_email")
    for payload, position in (('{\n  "to": "a",\n  "cc": }', "line 3 column 9"), ('\n\n{"to" 1}', "line 3 column 7")):
        await screen.fill("payload", payload)
        await screen.confirm()
        await expect(screen.dialog).to_contain_text(position)


async def test_a_dialog_without_a_field_gives_the_focus_to_a_button_and_not_to_the_fold_above_it(
    utils: WorkerUtils, screen: Screen
) -> None:
    await seed(utils)
    await still(screen)
    await screen.open("?state=failed")
    await screen.page.locator("[data-action=select-page], #gw-select-page").locator("visible=true").first.click()
    await screen.page.locator("#gw-a-complete").click()
    await expect(screen.dialog.locator("#gw-go")).to_be_focused()
    await screen.page.keyboard.press("Escape")
    held = (
        "update graphile_worker._private_job_queues set locked_at = now() - '5 hours'::interval, locked_by = 'worker-1'"
    )
    await utils.database.pool.execute(held)
    await screen.open("?view=queues")
    await screen.page.locator(".queues .c-lock button").first.click()
    await expect(screen.dialog.get_by_role("button", name="Cancel")).to_be_focused()
    await screen.page.keyboard.press("Enter")
    await expect(screen.dialog).to_have_count(0)
