"""Nothing that axe-core knows of keeps anybody out: every screen and dialog, in both themes, on a desk and on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from graphile_worker import JobSpec, WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from scripts.assets.packages import package
from tests.browser.conftest import DESK, Opener
from tests.browser.screen import Screen
from tests.browser.test_looking import seed

ROOT = Path(__file__).parents[2]
PHONE = (390, 844)
SCREENS = (
    "",
    "?job=2",
    "?state=failed&search=nothing",
    "?view=queues",
    "?view=tasks",
    "?view=errors",
    "?view=workers",
    "?view=maintenance",
)


@pytest.fixture(scope="session")
def axe() -> str:
    """The program that looks for obstacles."""
    return (package("axe-core", ROOT / ".build", Path(__file__).with_name("packages.lock")) / "axe.min.js").read_text(
        "utf-8"
    )


async def obstacles(screen: Screen, axe: str) -> list[str]:
    """What axe-core finds on the page as it stands: the rule, and the markup that breaks it."""
    await screen.page.evaluate(f"() => {{ {axe} }}")
    found = await screen.page.evaluate("async () => (await axe.run()).violations")
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_no_screen_keeps_anybody_out(
    utils: WorkerUtils, open_admin: Opener, axe: str, size: tuple[int, int], theme: str
) -> None:
    await seed(utils)
    screen = await open_admin(size=size)
    await screen.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for search in SCREENS:
        await screen.open(search)
        await expect(screen.page.locator("[aria-busy=true]")).to_have_count(0)
        assert await obstacles(screen, axe) == [], search


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_no_dialog_does(utils: WorkerUtils, screen: Screen, axe: str, theme: str) -> None:
    await seed(utils)
    await screen.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    await screen.open("?job=2")
    for button in ("Add again…", "Complete", "Reschedule", "Fail"):
        await screen.panel.get_by_role("button", name=button).click()
        await expect(screen.dialog).to_be_visible()
        assert await obstacles(screen, axe) == [], button
        await screen.page.keyboard.press("Escape")
    await screen.page.keyboard.press("Escape")
    await screen.page.keyboard.press("?")
    await expect(screen.dialog).to_be_visible()
    assert await obstacles(screen, axe) == [], "keys"
    await screen.page.keyboard.press("Escape")
    await screen.page.keyboard.press("Control+k")
    await expect(screen.dialog).to_be_visible()
    assert await obstacles(screen, axe) == [], "palette"
    await screen.page.keyboard.press("Escape")
    await screen.page.get_by_label("Settings").click()
    assert await obstacles(screen, axe) == [], "settings"


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_no_menu_or_report_of_the_jobs_does(utils: WorkerUtils, screen: Screen, axe: str, theme: str) -> None:
    await utils.add_jobs([JobSpec("step") for _ in range(60)])
    await screen.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    await screen.open("?limit=50")
    for opener in ("#gw-more-open", "#gw-export-open"):
        await screen.page.locator(opener).click()
        assert await obstacles(screen, axe) == [], opener
        await screen.page.keyboard.press("Escape")
    await screen.page.get_by_label("Select all on this page").check()
    await screen.page.locator("#gw-take-open").click()
    assert await obstacles(screen, axe) == [], "copy"
    await screen.page.keyboard.press("Escape")
    await screen.page.get_by_label("Select all on this page").check()
    await screen.page.locator("#gw-every").click()
    await screen.press("Reschedule…", screen.selected)
    await expect(screen.dialog.locator("h1")).to_have_text("Reschedule 60 jobs?")
    assert await obstacles(screen, axe) == [], "all that match"
    await screen.fill("priority", "3")
    await screen.confirm()
    await screen.told("60 jobs rescheduled")
    assert await obstacles(screen, axe) == [], "report"


async def test_the_login_does_not(open_admin: Opener, axe: str) -> None:
    screen = await open_admin(AdminAuthConfig.bearer("correct horse battery"))
    await screen.open()
    await expect(screen.page.get_by_label("Token", exact=True)).to_be_visible()
    assert await obstacles(screen, axe) == []


async def test_what_does_would_be_found(utils: WorkerUtils, screen: Screen, axe: str) -> None:
    await seed(utils)
    await screen.open()
    await screen.page.evaluate(
        "() => document.querySelectorAll('[aria-label]').forEach(one => one.removeAttribute('aria-label'))"
    )
    assert [one for one in await obstacles(screen, axe) if one.startswith("label: ")]
