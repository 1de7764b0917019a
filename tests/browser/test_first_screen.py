"""The first screen arrives drawn, is taken over in place, and is of use with scripts off."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Browser, Request, Route, expect

from graphile_worker import WorkerUtils
from tests.browser.conftest import Opener
from tests.browser.screen import Screen

DRAWN = "document.getElementById('gw-admin').innerHTML"
# Counts the frames that show a row until the interpreter is instantiated.
FRAMES = """let frames = 0;
const count = () => {
  if (document.querySelector("tr[id^=row-]")) frames += 1;
  requestAnimationFrame(count);
};
requestAnimationFrame(count);
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = (...given) => {
  window.framesBefore = frames;
  return instantiate(...given);
};"""
_TIMES = re.compile(r"\b(now|\d+ (s|min)( ago)?)\b| value=\"\"")


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine draws the same."""
    monkeypatch.setattr("graphile_worker.admin.server.page.document.WAIT", 20.0)


async def test_taken_over_without_another_request_and_without_a_change(utils: WorkerUtils, screen: Screen) -> None:
    for number in range(5):
        await utils.add_job("send_email", {"n": number}, queue="mailers")
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url.removeprefix(screen.base_url))

    screen.page.on("request", note)
    await screen.page.add_init_script(
        f"addEventListener('DOMContentLoaded', () => {{ window.early = {DRAWN}; "
        "window.row = document.querySelector('tr[id^=row-]'); });"
    )
    await screen.open("?queue=mailers")
    assert [one for one in asked if one.startswith("/api")] == []
    early, late = await screen.page.evaluate("window.early"), await screen.page.evaluate(DRAWN)
    assert _TIMES.sub("", late) == _TIMES.sub("", early)
    assert await screen.page.evaluate("window.row.isConnected")  # the very row: nothing was made anew


async def test_the_rows_have_a_frame_before_the_interpreter_starts(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("send_email", {"n": 1})
    await screen.page.add_init_script(FRAMES)
    await screen.open()
    assert await screen.page.evaluate("window.framesBefore") >= 1


async def test_what_is_typed_before_the_program_stands_is_heard_when_it_does(
    utils: WorkerUtils, screen: Screen
) -> None:
    wanted = await utils.add_job("send_email", {"n": 1})
    await utils.add_job("resize_image", {"n": 2})
    let_go = asyncio.Event()

    async def hold(route: Route) -> None:
        await let_go.wait()
        await route.continue_()

    await screen.page.route("**/*.wasm*", hold)
    await screen.page.goto(f"{screen.base_url}/", wait_until="commit")
    await expect(screen.page.locator("tr[id^=row-]")).to_have_count(2)
    await screen.page.get_by_role("searchbox").press_sequentially("send_em")
    let_go.set()
    await screen.shows(str(wanted.id))
    await screen.address(search="send_em")
    await expect(screen.page.get_by_role("searchbox")).to_have_value("send_em")


async def test_without_scripts_it_lists_filters_pages_and_opens(
    utils: WorkerUtils, browser: Browser, open_admin: Opener
) -> None:
    jobs = [await utils.add_job("send_email", {"n": n}, queue="mailers" if n % 2 else None) for n in range(60)]
    served = await open_admin()
    context = await browser.new_context(java_script_enabled=False)
    screen = Screen(page := await context.new_page(), served.base_url)
    await page.goto(f"{served.base_url}/?limit=50")
    await page.get_by_role("link", name="Older").click()
    await screen.shows(*[str(job.id) for job in reversed(jobs[:10])])
    await page.goto(f"{served.base_url}/")
    await page.get_by_role("link", name="mailers").first.click()
    await expect(page.locator("tr[id^=row-]")).to_have_count(30)
    await page.get_by_role("searchbox").fill(str(jobs[1].id))
    await page.get_by_role("searchbox").press("Enter")
    await screen.address(queue="mailers", search=str(jobs[1].id))
    await page.locator(f"#row-{jobs[1].id} .c-task a").click()
    await expect(page.get_by_role("complementary")).to_contain_text("Ready.")
    await expect(page.get_by_role("button")).to_have_count(0)
    await page.get_by_role("link", name="Close (Esc)").click()
    await expect(page.get_by_role("complementary")).to_have_count(0)
    await context.close()
