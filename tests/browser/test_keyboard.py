"""Everything by keyboard alone: no journey of this file touches the mouse."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, Route, expect

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from tests.browser.conftest import Opener
from tests.browser.screen import Screen, eventually, refresh_every
from tests.browser.test_looking import seed

MOVING = "() => document.getAnimations().map(one => one.animationName ?? one.transitionProperty)"
# How each element looks without the focus; then, of the focused one, its name and whether it looks different now.
LOOK = """const look = (one) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor } = getComputedStyle(one);
    const outline = outlineStyle === 'none' || outlineWidth === '0px' ? '' : outlineStyle + outlineWidth + outlineColor;
    return JSON.stringify([outline, boxShadow, borderColor]);
  };
  const around = (one) => [one, one.closest('.field, .find, label')].filter(Boolean);
"""
AS_IT_WAS = (
    "() => {" + LOOK + "window.was = new Map([...document.querySelectorAll('*')].map(one => [one, look(one)])) }"
)
CHANGED = (
    "() => {"
    + LOOK
    + """const one = document.activeElement, { left, right, top, bottom } = one.getBoundingClientRect();
  const seen = right > left && bottom > top && right > 0 && bottom > 0 && left < innerWidth && top < innerHeight;
  const name = one.ariaLabel || one.innerText?.trim().split(/\\n/)[0] || one.localName;
  return [name, seen && around(one).some((each) => window.was.has(each) && window.was.get(each) !== look(each))];
}"""
)


async def focused(page: Page) -> str:
    """What the focused element is: its id, else its name."""
    return str(
        await page.evaluate("() => document.activeElement.id || document.activeElement.getAttribute('aria-label')")
    )


async def test_find_walk_select_open_and_act(utils: WorkerUtils, screen: Screen) -> None:
    await seed(utils)
    await screen.open()
    keys = screen.page.keyboard
    await keys.press("/")
    await keys.type("no such mailbox")
    await screen.shows("2")
    await keys.press("Escape")
    await keys.press("j")
    await keys.press("x")
    await expect(screen.page.get_by_role("toolbar", name="Selected jobs")).to_contain_text("1 selected")
    await keys.press("Enter")
    await screen.address(search="no such mailbox", job="2")
    await eventually(lambda: focused(screen.page), "gw-job-close")
    await expect(screen.panel.locator(".facts")).to_be_visible()  # and with them its actions
    await keys.press("Tab")
    await keys.press("Enter")  # Retry
    await screen.shows_notice("1 job retried")
    await keys.press("Escape")
    await screen.address(search="no such mailbox")


async def test_go_to_every_screen(utils: WorkerUtils, screen: Screen) -> None:
    await seed(utils)
    await screen.open()
    for letter, view in (("q", "queues"), ("t", "tasks"), ("e", "errors"), ("w", "workers"), ("m", "maintenance")):
        await screen.page.keyboard.press("g")
        await screen.page.keyboard.press(letter)
        await screen.address(view=view)
    await screen.page.keyboard.press("g")
    await screen.page.keyboard.press("j")
    await screen.address()


async def test_k_goes_back_up_and_r_refreshes(utils: WorkerUtils, screen: Screen) -> None:
    await seed(utils)
    await screen.open()
    await refresh_every(screen.page, 0)
    await screen.page.locator("body").press("j")
    for key in ("j", "j", "k"):
        await screen.page.keyboard.press(key)
    await expect(screen.row("4").locator(".c-sel.focused")).to_be_attached()
    await utils.database.pool.execute("select graphile_worker.add_job('later')")
    await screen.page.keyboard.press("r")
    await screen.shows("6", "5", "4", "3", "2", "1")
    await expect(screen.row("4").locator(".c-sel.focused")).to_be_attached()


async def test_a_dialog_keeps_the_focus_inside_and_gives_it_back(utils: WorkerUtils, screen: Screen) -> None:
    await seed(utils)
    await screen.open("?job=2")
    await screen.panel.get_by_role("button", name="Complete").focus()
    await screen.page.keyboard.press("Enter")
    await expect(screen.dialog).to_be_visible()
    for _ in range(8):
        await screen.page.keyboard.press("Tab")
        inside = "() => document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        assert await screen.page.evaluate(inside)
    await screen.page.keyboard.press("Escape")
    await expect(screen.dialog).to_have_count(0)
    await eventually(lambda: focused(screen.page), "gw-v-complete")


async def test_the_palette_goes_anywhere(utils: WorkerUtils, screen: Screen) -> None:
    await seed(utils)
    await screen.open()
    keys = screen.page.keyboard
    await keys.press("Control+k")
    await keys.type("bil")
    await expect(screen.dialog.get_by_role("option", name="billing")).to_have_attribute("aria-selected", "true")
    await keys.press("Enter")
    await screen.shows("4", "3")
    await screen.address(queue="billing")
    await keys.press("Control+k")
    await keys.type("2")
    await keys.press("ArrowDown")
    await keys.press("ArrowUp")
    await keys.press("Enter")
    await screen.address(queue="billing", job="2")
    await expect(screen.panel.locator(".facts")).to_be_visible()
    await keys.press("Control+k")
    await keys.type("retry")
    await keys.press("Enter")
    await screen.shows_notice("1 job retried")


async def test_the_map_of_keys(utils: WorkerUtils, screen: Screen) -> None:
    await screen.open()
    await screen.page.keyboard.press("?")
    await expect(screen.dialog).to_contain_text("next, previous row")
    await screen.page.keyboard.press("Escape")
    await expect(screen.dialog).to_have_count(0)


async def test_twice_as_large_nothing_is_cut_off(utils: WorkerUtils, open_admin: Opener) -> None:
    """200 % zoom of a window of 1440 px is a window of 720 px."""
    await seed(utils)
    screen = await open_admin(size=(720, 450))
    for search in ("", "?job=2", "?view=queues", "?view=tasks", "?view=errors", "?view=workers", "?view=maintenance"):
        await screen.open(search)
        await eventually(lambda: screen.page.evaluate("() => document.documentElement.scrollWidth"), 720)


async def test_who_wants_no_motion_gets_none(utils: WorkerUtils, open_admin: Opener) -> None:
    """What moves while rows are on their way stands still, and is there."""
    await seed(utils)
    screen = await open_admin(AdminAuthConfig.bearer("correct horse battery"))
    gate = asyncio.Event()

    async def held(route: Route) -> None:
        await gate.wait()
        await route.continue_()

    async def stands_still(css: str) -> None:
        await expect(screen.page.locator(css).first).to_be_visible()
        await screen.page.emulate_media(reduced_motion="no-preference")
        assert await screen.page.evaluate(MOVING)
        await screen.page.emulate_media(reduced_motion="reduce")
        assert await screen.page.evaluate(MOVING) == []
        await expect(screen.page.locator(css).first).to_have_css("opacity", "1")

    await screen.page.emulate_media(reduced_motion="reduce")
    await screen.page.route("**/api/jobs?*", held)
    await screen.open("?job=2")
    await screen.log_in("correct horse battery")
    await expect(screen.panel.locator(".facts")).to_be_visible()
    await stands_still("#gw-table .skeleton i")
    gate.set()
    await screen.shows("5", "4", "3", "2", "1")
    gate.clear()
    await screen.follow("?state=failed")
    await stands_still("#gw-turning i")
    gate.set()
    await screen.shows("2")


async def test_a_box_with_the_focus_loses_its_tick_with_the_selection(utils: WorkerUtils, screen: Screen) -> None:
    await seed(utils)
    await screen.open()
    for name in ("Select all on this page", "Select job 3"):
        box = screen.page.get_by_label(name, exact=True)
        await box.focus()
        await screen.page.keyboard.press("Space")
        await expect(screen.selected).to_be_visible()
        await screen.page.keyboard.press("Escape")
        await expect(screen.selected).to_have_count(0)
        await expect(box).not_to_be_checked()


async def test_whoever_tabs_sees_where(utils: WorkerUtils, screen: Screen) -> None:
    """Through all of the jobs screen to the first rows, and each stop looks other than without the focus."""
    await seed(utils)
    await screen.page.add_init_script("localStorage.setItem('gw-auto', '0')")
    await screen.open()
    await screen.shows("5", "4", "3", "2", "1")
    await screen.page.evaluate(AS_IT_WAS)
    stops: list[str] = []
    for _ in range(100):
        await screen.page.keyboard.press("Tab")
        name, changed = await screen.page.evaluate(CHANGED)
        assert changed, f"{name} after {stops[-1:]}"
        stops.append(name)
        if name == "Select job 3":
            break
    assert stops[0] == "Skip to content" and stops[-1] == "Select job 3"
    assert {"Jobs", "Settings", "Search jobs", "Filter by task", "Select all on this page", "Run at"} <= set(stops)
    assert any(stop.startswith("report, job ") for stop in stops)
