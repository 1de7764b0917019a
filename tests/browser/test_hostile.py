"""Whatever stands in the database is shown as text, and nothing of it runs."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.admin.client.text.html import visible
from graphile_worker.core.jobs import RawJson
from tests.browser.screen import Screen

EVIL = '<img src=x onerror="window.ran=1">\'"&<script>window.ran=1</script>'
DEPTH = 7000


async def nothing_ran(screen: Screen) -> None:
    """No hostile text became an element or a program."""
    assert await screen.page.evaluate("() => window.ran ?? 'nothing'") == "nothing"
    assert await screen.page.locator("img, #gw-admin script, body > script:not(#gw-seed)").count() == 0


async def test_markup_in_every_text_of_a_job(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job(EVIL, {EVIL: EVIL}, queue=EVIL, key=EVIL, flags=[EVIL])
    await utils.permanently_fail_jobs([1], EVIL)
    await screen.open("?job=1")
    await expect(screen.panel.locator("h1")).to_have_text(EVIL)
    await expect(screen.panel.locator("pre.error")).to_have_text(EVIL)
    for cell in (".c-task", ".c-queue", ".c-key", ".c-err"):
        await expect(screen.row("1").locator(cell)).to_have_text(EVIL)
    await screen.page.keyboard.press("Escape")
    await screen.row("1").locator(".c-queue a").click()
    await screen.address(queue=EVIL)
    await expect(screen.page.locator(".active-filters")).to_contain_text(EVIL)
    await screen.shows("1")
    await nothing_ran(screen)


async def endless(utils: WorkerUtils, lines: int) -> str:
    """The error of job 1; every line differs, so what is lost or doubled in the middle is noticed."""
    error = "\n".join(f"{EVIL} é 日本 😀 \u202e\u2028\t\\u0000 {number}" for number in range(lines))
    await utils.add_job("endless")
    await utils.database.pool.execute("update graphile_worker._private_jobs set last_error = $1", error)
    return error


async def test_an_error_of_megabytes_is_shown_cut(utils: WorkerUtils, screen: Screen) -> None:
    error = await endless(utils, 60_000)
    assert len(error) > 5_000_000
    await screen.open("?job=1")
    shown = screen.panel.locator("pre.error")
    await expect(screen.panel).to_contain_text("of text; copy has all of it")
    text = await shown.evaluate("pre => pre.textContent")
    assert text.startswith(visible(error[:1000])) and len(text) < 50_000
    await nothing_ran(screen)


@pytest.mark.parametrize(
    "lines",
    [
        1_000,
        60_000,
    ],
)
async def test_an_error_that_is_cut_is_copied_whole(utils: WorkerUtils, screen: Screen, lines: int) -> None:
    error = await endless(utils, lines)
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await screen.open("?job=1")
    await expect(screen.panel).to_contain_text("of text; copy has all of it")
    await screen.panel.get_by_role("button", name="Copy", exact=True).last.click()
    await screen.shows_notice("Copied the error")
    copied = await screen.page.evaluate("() => navigator.clipboard.readText()")
    assert len(copied) == len(error)
    assert copied.encode() == error.encode()
    await nothing_ran(screen)


async def test_markup_in_the_address(utils: WorkerUtils, screen: Screen) -> None:
    await screen.open("?search=%3Cimg%20src%3Dx%20onerror%3Dwindow.ran%3D1%3E&state=%3Cscript%3Ewindow.ran%3D1")
    await expect(screen.page.locator("#gw-banners")).to_contain_text("state=<script>window.ran=1")
    await expect(screen.page.locator(".gw-search")).to_have_value("<img src=x onerror=window.ran=1>")
    await nothing_ran(screen)


async def test_payloads_no_program_can_hold(utils: WorkerUtils, screen: Screen) -> None:
    deep = "[" * DEPTH + "]" * DEPTH
    for payload in (deep, '{"far": 1e400, "exact": 1.50}', '{"nul": "a\\u0000b", "half": "\\ud800"}'):
        await utils.database.pool.execute("select graphile_worker.add_job('odd')")
        await utils.database.pool.execute(
            "update graphile_worker._private_jobs set payload = $1::text::json where id = (select max(id) from graphile_worker._private_jobs)",
            payload,
        )
    await screen.open()
    await screen.shows("3", "2", "1")
    for job_id, text in (("3", "\\u0000"), ("2", "1e400"), ("1", "[[[[")):
        await screen.open_job(job_id)
        await expect(screen.panel.locator("header .mono")).to_have_text(job_id)
        shown = screen.panel.locator("pre.json")
        await screen.panel.get_by_role("button", name="Raw").click()
        await screen.panel.get_by_role("button", name="Pretty").wait_for()
        await expect(shown).to_contain_text(text)
        await screen.page.keyboard.press("Escape")
        await expect(screen.panel).to_have_count(0)
    await nothing_ran(screen)


async def test_jobs_that_never_run(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("endless")
    await utils.add_job("orphan", RawJson("{}"))
    pool = utils.database.pool
    await pool.execute("update graphile_worker._private_jobs set run_at = 'infinity' where id = 1")
    await pool.execute("delete from graphile_worker._private_tasks where identifier = 'orphan'")
    await screen.open()
    await screen.shows("2", "1")
    await screen.open_job("1")
    await expect(screen.panel.locator(".explanation")).to_contain_text("It never becomes due: run at is infinity.")
    await screen.page.keyboard.press("Escape")
    await screen.open_job("2")
    await expect(screen.panel.locator(".explanation")).to_contain_text("its task row is gone")
    await screen.press("Complete")
    await screen.confirm()
    await screen.shows_notice("1 job completed")
    await expect(screen.panel).to_contain_text("It has left the queue since.")
    screen.provoked(404)
    await nothing_ran(screen)
