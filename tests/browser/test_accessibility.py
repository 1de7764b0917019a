"""Nothing that axe-core knows of keeps anybody out, in both themes; menus, dialogs and phones: walks/test_every_place.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from scripts.assets.packages import package
from tests.browser.conftest import Opener
from tests.browser.screen import Screen
from tests.browser.test_controls import jobs
from tests.browser.test_looking import seed

__all__ = ["jobs"]

ROOT = Path(__file__).parents[2]
PHONE = (390, 844)
LONG = "a_task_" + "with_a_very_long_name_" * 4
SCREENS = (
    "?job=2&state=failed&limit=50", "?identifier=x&search=y", "?view=queues", "?view=tasks", "?view=errors", "?view=workers", "?view=maintenance",
)  # fmt: skip
# Boxes that leave the window, and boxes that scroll sideways, beside what is meant to.
WIDE = """() => [...document.querySelectorAll('*')].filter((one) => {
  if (!one.checkVisibility({ visibilityProperty: true }) || one.closest('svg, .visually-hidden, .skip, .action-buttons')) return false;
  const { left, right, width } = one.getBoundingClientRect(), { overflowX } = getComputedStyle(one);
  if (one.matches('main, nav, dialog, :popover-open, .drawer, .toast, .selection-bar, .btn') && width && (left < 0 || right > innerWidth)) return true;
  return ['auto', 'scroll'].includes(overflowX) && one.scrollWidth > one.clientWidth;
}).map((one) => `${one.localName}#${one.id}.${one.className}`).concat(
  document.documentElement.scrollWidth > innerWidth ? ['the page'] : [])"""


@pytest.fixture(scope="session")
def axe() -> str:
    """The program that looks for obstacles."""
    return (package("axe-core", ROOT / ".build", Path(__file__).with_name("packages.lock")) / "axe.min.js").read_text(
        "utf-8"
    )


# Every rule in the light; in the dark those that look at colors.
RUN = """async ([region, rules]) =>
  (await axe.run(region ? [...document.querySelectorAll(region)] : document, rules ? { runOnly: rules } : {})).violations"""


async def obstacles(screen: Screen, axe: str, region: str = "") -> list[str]:
    """What axe-core finds on the page as it stands, or in a part of it: theme, rule, and the markup that breaks it."""
    if not await screen.page.evaluate("() => 'axe' in window"):
        await screen.page.evaluate(f"() => {{ {axe} }}")
    found = []
    for theme, rules in (("light", None), ("dark", ["color-contrast", "link-in-text-block"])):
        await screen.page.emulate_media(color_scheme="dark" if rules else "light", reduced_motion="reduce")
        for one in await screen.page.evaluate(RUN, [region, rules]):
            found += [f"{theme} {one['id']}: {node['html'][:160]}" for node in one["nodes"]]
    return found


async def test_no_screen_keeps_anybody_out(jobs: WorkerUtils, screen: Screen, axe: str) -> None:
    faults = []
    for address in SCREENS:
        await screen.open(address)
        await expect(screen.page.locator("[aria-busy=true], .loading")).to_have_count(0)
        faults += [f"{address}: {one}" for one in await obstacles(screen, axe)]
    assert faults == []


async def test_no_screen_is_wider_than_a_phone(jobs: WorkerUtils, open_admin: Opener) -> None:
    await jobs.add_job(LONG, queue="q" * 100, key="k" * 200)
    screen = await open_admin(size=PHONE)
    for address in SCREENS:
        await screen.open(address)
        await expect(screen.page.locator("[aria-busy=true], .loading")).to_have_count(0)
        assert await screen.page.evaluate(WIDE) == [], address


async def test_nor_does_what_may_only_be_read_or_cannot_be(utils: WorkerUtils, open_admin: Opener, axe: str) -> None:
    await seed(utils)
    screen = await open_admin(read_only=True)
    await screen.open("?job=2")
    await screen.select("1")
    assert await obstacles(screen, axe) == [], "read only"
    await screen.open("?view=maintenance")
    assert await obstacles(screen, axe) == [], "maintenance, read only"
    await screen.page.route("**/api/jobs?*", lambda route: route.abort())
    await screen.follow("?limit=50")
    await expect(screen.page.locator(".empty-state")).to_contain_text("The rows could not be loaded")
    assert await obstacles(screen, axe) == [], "error"
    screen.unreachable()


async def test_the_login_does_not(open_admin: Opener, axe: str) -> None:
    screen = await open_admin(AdminAuthConfig.bearer("correct horse battery"))
    await screen.open()
    await expect(screen.page.get_by_label("Token", exact=True)).to_be_visible()
    screen.provoked(401)
    assert await obstacles(screen, axe) == []


async def test_what_does_would_be_found(utils: WorkerUtils, screen: Screen, axe: str) -> None:
    await seed(utils)
    await screen.open()
    await screen.page.evaluate(
        "() => document.querySelectorAll('[aria-label]').forEach(one => one.removeAttribute('aria-label'))"
    )
    assert [one for one in await obstacles(screen, axe) if one.startswith("light label: ")]


async def test_also_where_only_one_theme_does(utils: WorkerUtils, screen: Screen, axe: str) -> None:
    await screen.open()
    await screen.page.add_style_tag(content="@media (prefers-color-scheme: dark) { h1 { color: #111 !important } }")
    found = await obstacles(screen, axe)
    assert found and all(one.startswith("dark color-contrast: <h1") for one in found)
