"""Suite 5: what leaves the page as CSV holds no formula, and a read-only page sends no write, whatever is clicked."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from playwright.async_api import Request, expect

from graphile_worker import WorkerUtils
from tests.browser.conftest import Opener
from tests.browser.screen import Screen
from tests.browser.test_taking import COPIED, file_of, take
from tests.hardening.volume import volume
from tests.support.table import Table

TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
FORMULAS = ('=HYPERLINK("//foreign.test","x")', "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1",
            "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "-", "=", "--1", "-1e5", '"=1', "+", "=1\n=2", "-12")  # fmt: skip
ADDRESSES = (
    "?limit=50",
    "?job=1",
    "?view=maintenance",
    "?job=3",
    "?view=queues",
    "?view=tasks",
    "?view=errors",
    "?view=workers",
)


def formulas(text: str) -> list[str]:
    """The cells that a spreadsheet would compute: quoted or not, but for whole numbers."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    cells = [cell for row in rows[1:] for cell in row]
    assert len(rows) > len(FORMULAS) and {len(row) for row in rows} == {len(rows[0])}
    return [cell for cell in cells if cell.startswith(TRIGGERS) and not cell.removeprefix("-").isdecimal()]


async def test_no_cell_of_a_copied_or_saved_csv_is_a_formula(
    utils: WorkerUtils, screen: Screen, record_property: Callable[[str, object], None]
) -> None:
    for text in FORMULAS:
        await utils.add_job(text, text, queue=text, key=text)
    await Table.of(utils).run("update {s}._private_jobs set last_error = key, locked_by = key, locked_at = now()")
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await screen.open("?limit=50&sort=id")
    await screen.page.locator("[data-action=select-page]").click()
    await take(screen)
    await screen.page.get_by_role("button", name="Copy as CSV").click()
    await screen.shows_notice(f"Copied {len(FORMULAS)} jobs as CSV")
    copied = await screen.page.evaluate(COPIED)
    await take(screen)
    saved = await file_of(screen, "Download CSV")
    await screen.page.locator("[data-action=select-page]").click()
    await screen.page.locator("#gw-export-open").click()
    exported = await file_of(screen, "CSV")
    for text in (copied, saved, exported):
        assert formulas(text) == []
        shown = [row["key"].removeprefix("'") for row in csv.DictReader(io.StringIO(text, newline=""))]
        assert sorted(shown) == sorted(FORMULAS)
    record_property("figures", f"CSV: {len(FORMULAS)} formulas x 6 columns x 3 ways, computed 0")


# One button of a part of the page, also where something lies over it; 0 where it went away.
CLICK = """([part, index]) => {
    const all = [...document.querySelectorAll(`${part} button`)].filter((one) => one.checkVisibility());
    all[index]?.click();
    return all[index] ? 1 : 0;
}"""


async def test_a_read_only_page_sends_no_write_whatever_is_clicked(
    utils: WorkerUtils, open_admin: Opener, record_property: Callable[[str, object], None]
) -> None:
    for number in range(6):
        await utils.add_job(f"task{number % 2}", {"n": number}, queue="q", key=f"k{number}")
    await utils.permanently_fail_jobs([1, 2], "broken")
    before = await utils.database.pool.fetch(
        "select j.*, xmin::text as x from graphile_worker._private_jobs j order by id"
    )
    screen = await open_admin(read_only=True)
    writes: list[str] = []
    clicks = 0

    def asked(request: Request) -> None:
        if request.method not in ("GET", "HEAD"):
            writes.append(f"{request.method} {request.url}")

    screen.page.context.on("request", asked)
    for search in volume(ADDRESSES[:2], ADDRESSES):
        await screen.open(search)
        for key in ("a", "f", "c", "r", "e", "n", "Delete", "Enter", "x", "Shift+X", "Control+Enter"):
            await screen.page.keyboard.press(key)
        await screen.open(search)
        for index in range(await screen.page.locator("button:visible").count()):
            clicks += await screen.page.evaluate(CLICK, ["#gw-admin", index])
            for button in range(await screen.dialog.get_by_role("button").count()):
                clicks += await screen.page.evaluate(CLICK, ["dialog[open]", button])
            await screen.page.keyboard.press("Escape")
    # a page that was changed so that it tries anyway is refused by the server
    status = await screen.page.evaluate(
        "fetch('api/jobs', { method: 'POST', body: '{\"identifier\": \"x\"}', headers: { 'content-type': 'application/json',"
        " [document.getElementById('gw-admin').dataset.csrfHeader]: document.getElementById('gw-admin').dataset.csrf } })"
        ".then((answer) => answer.status)"
    )
    assert status == 403
    screen.provoked(403)
    assert len(writes) == 1 and clicks > 5
    after = await utils.database.pool.fetch(
        "select j.*, xmin::text as x from graphile_worker._private_jobs j order by id"
    )
    assert after == before
    await expect(screen.page.locator("#gw-admin")).to_have_attribute("data-read-only", "true")
    record_property("figures", f"read-only: {clicks} clicks, writes sent 0")
