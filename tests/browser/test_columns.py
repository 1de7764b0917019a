"""Columns have the room that their texts need, and heads of a table in two lines stand beside each other."""

from __future__ import annotations

from playwright.async_api import expect

from graphile_worker import JobSpec, WorkerUtils
from tests.browser.conftest import Opener
from tests.browser.screen import Screen

CUT = """(cells) => cells.filter((cell) => cell.checkVisibility() && cell.scrollWidth > cell.clientWidth)
  .map((cell) => cell.className + ": " + cell.textContent)"""
OVERLAPS = """(cells) => {
  const shown = cells.filter((cell) => cell.checkVisibility() && cell.textContent.trim()).map((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return [cell.textContent, range.getBoundingClientRect()];
  });
  return shown.flatMap(([name, a], n) => shown.slice(n + 1).filter(([, b]) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0)
    .map(([other]) => name + " over " + other));
}"""
NEVER_CUT = ".c-queue, .c-state, .c-at, .c-since, .c-when, .c-n, .c-share, .c-go, .c-lock, .c-lane, .c-jobs, .c-by"


async def fill(utils: WorkerUtils) -> None:
    """Times of two units, a queue held for hours, a large count, an error."""
    pool = utils.database.pool
    await utils.add_jobs([JobSpec("reindex", {"n": number}, queue="import:birch") for number in range(140)])
    await utils.add_jobs([JobSpec("mail", {"n": number}) for number in range(250)])
    await utils.permanently_fail_jobs([141], "SMTP 550")
    await pool.execute(
        "update graphile_worker._private_jobs set run_at = now() - interval '8 hours 59 minutes' where attempts = 0"
    )
    await pool.execute(
        "update graphile_worker._private_jobs set updated_at = now() - interval '8 hours 59 minutes' where last_error is not null"
    )
    for table in ("_private_job_queues", "_private_jobs"):
        await pool.execute(
            f"update graphile_worker.{table} set locked_at = now() - interval '5 hours 44 minutes', locked_by = 'worker-3fa9c1' where id = 1"
        )


async def test_no_short_text_is_cut_on_a_desk(utils: WorkerUtils, screen: Screen) -> None:
    await fill(utils)
    for search in (
        "",
        "?state=failed",
        "?state=locked",
        "?view=queues",
        "?view=tasks",
        "?view=errors",
        "?view=workers",
    ):
        await screen.open(search)
        await expect(screen.page.locator("tbody tr").first).to_be_visible()
        cells = screen.page.locator(f"tbody td:is({NEVER_CUT})")
        assert await cells.evaluate_all(CUT) == [], search


async def test_the_heads_of_errors_do_not_overlap(utils: WorkerUtils, open_admin: Opener) -> None:
    await fill(utils)
    for width in (560, 768, 1024):
        screen = await open_admin(size=(width, 900))
        for sort in ("-count", "-retrying", "-last", "first", "name"):
            await screen.open(f"?view=errors&sort={sort}")
            await expect(screen.page.locator("tbody tr").first).to_be_visible()
            assert await screen.page.locator("thead th").evaluate_all(OVERLAPS) == [], (width, sort)


async def test_the_tools_of_jobs_stand_in_one_row(utils: WorkerUtils, open_admin: Opener) -> None:
    await utils.add_job("mail")
    for width in (1024, 1440):
        screen = await open_admin(size=(width, 900))
        await screen.open()
        row = screen.page.locator("#gw-tools .tools").first
        await expect(row.get_by_role("button", name="Export")).to_be_visible()
        await expect(row.get_by_role("button", name="Remove by key")).to_be_visible()
        box = await row.bounding_box()
        assert box is not None and box["height"] < 40, width
