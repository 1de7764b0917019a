"""What went wrong stays in sight: below the bar when the list is scrolled, and in the panel that covers the banner."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from graphile_worker import JobSpec, WorkerUtils
from tests.browser.conftest import DESK, Opener
from tests.browser.screen import Screen, refresh_every, refresh_now
from tests.browser.test_accessibility import PHONE, axe, obstacles

__all__ = ["axe"]

# Where the bar, the banners and the head of the table stand in the window.
POSITIONS = """() => {
  const at = (css) => document.querySelector(css).getBoundingClientRect();
  const sticky = getComputedStyle(document.querySelector(".jobs th")).position === "sticky" ? ".jobs th" : ".jobs thead";
  const [bar, banners, head] = [at("#gw-bar"), at("#gw-banners"), at(sticky)];
  return { bar: bar.bottom, top: banners.top, bottom: banners.bottom, head: head.height ? head.top : banners.bottom };
}"""


async def cut_off(screen: Screen) -> None:
    """Nobody answers any more; the page notices."""
    await screen.page.route("**/api/**", lambda route: route.abort())
    await refresh_now(screen.page)
    await expect(screen.page.locator(".live.stale")).to_be_visible()


@pytest.mark.parametrize("size", [DESK, (768, 1024), PHONE])
async def test_the_banner_stays_in_sight_and_covers_no_head(
    utils: WorkerUtils, open_admin: Opener, axe: str, size: tuple[int, int]
) -> None:
    await utils.add_jobs([JobSpec("step")] * 100)
    screen = await open_admin(size=size)
    await screen.page.add_init_script("localStorage.setItem('gw-auto', '0')")  # only the button tries again
    await screen.open("?identifier=step")
    await screen.scroll_to(1500)
    await cut_off(screen)
    await expect(screen.page.locator("#gw-banners")).to_contain_text(
        "The admin server does not answer. Showing data from"
    )
    await screen.page.wait_for_function(f"() => {{ const at = ({POSITIONS})(); return at.head === at.bottom }}")
    at = await screen.page.evaluate(POSITIONS)
    assert await screen.page.evaluate("scrollY") > 1000
    assert at["top"] == at["bar"] and 0 < at["bottom"] - at["top"] <= size[1] / 3
    await screen.page.evaluate("document.querySelector('#gw-banners').style.height = '60.4px'")  # as if zoomed
    await screen.page.wait_for_function(
        f"() => {{ const at = ({POSITIONS})(); return Math.abs(at.head - at.bottom) < 0.1 }}"
    )
    await screen.page.evaluate("document.querySelector('#gw-banners').style.height = ''")
    await expect(screen.page.locator(".table-panel.outdated")).to_be_attached()
    assert await obstacles(screen, axe) == []  # old rows are as easy to read as others
    await screen.page.unroute("**/api/**")
    await screen.page.locator("#gw-banners").get_by_role("button", name="Try again").click()
    await expect(screen.page.locator("#gw-banners")).to_be_empty()
    await screen.page.wait_for_function(
        "() => document.documentElement.style.getPropertyValue('--banners-height') === '0px'"
    )
    screen.unreachable()


@pytest.mark.parametrize("size", [(768, 1024), PHONE])
async def test_the_panel_that_covers_the_banner_says_the_same(
    utils: WorkerUtils, open_admin: Opener, axe: str, size: tuple[int, int]
) -> None:
    await utils.add_job("step")
    screen = await open_admin(size=size)
    await screen.page.add_init_script("localStorage.setItem('gw-auto', '0')")  # only the button tries again
    await screen.open("?job=1")
    await expect(screen.panel.locator(".facts")).to_be_visible()
    await screen.page.route("**/api/**", lambda route: route.abort())
    await screen.page.keyboard.press("r")
    banner = screen.panel.locator(".banner")
    await expect(banner).to_contain_text("The admin server does not answer. Showing data from")
    await expect(banner).to_be_in_viewport(ratio=1)
    assert await obstacles(screen, axe, "#gw-job") == []
    await screen.page.unroute("**/api/**")
    await banner.get_by_role("button", name="Try again").click()
    await expect(banner).to_have_count(0)
    screen.unreachable()


async def test_rows_that_are_selected_do_not_hide_that_nobody_answers(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_jobs([JobSpec("step")] * 3)
    await screen.open("?identifier=step")
    await refresh_every(screen.page, 2)
    await screen.select("1", "2")
    await screen.page.route("**/api/**", lambda route: route.abort())
    await screen.press("Complete", screen.selected)
    await screen.confirm()
    await expect(screen.dialog.get_by_role("alert")).to_contain_text("The admin server does not answer.")
    await screen.dialog.get_by_role("button", name="Cancel").click()
    banner = screen.page.locator("#gw-banners")
    await expect(banner).to_contain_text("The admin server does not answer. Showing data from")
    await expect(screen.page.locator("#gw-bar .live")).to_contain_text("stale")
    await screen.page.unroute("**/api/**")
    await expect(banner).to_be_empty()  # by itself
    await expect(screen.page.locator("#gw-bar .live")).to_contain_text("paused")
    await expect(screen.selected).to_contain_text("2 selected")
    screen.unreachable()
