"""Copying and downloading jobs, and undoing what was rescheduled."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from graphile_worker.core.jobs import RawJson
from tests.browser.conftest import Opener
from tests.browser.screen import Screen, refresh_every
from tests.browser.test_acting import stored

PAYLOAD = '{"id": 9007199254740993, "price": 1.50, "long": "' + "x" * 500 + '"}'
COPIED = "() => navigator.clipboard.readText()"


async def file_of(screen: Screen, button: str) -> str:
    """The text of the file that a button or link saves, without the mark of UTF-8."""
    async with screen.page.expect_download() as waiting:
        await screen.page.get_by_role("button", name=button).or_(screen.page.get_by_role("link", name=button)).click()
    return Path(await (await waiting.value).path()).read_bytes().decode("utf-8-sig")


async def take(screen: Screen) -> None:
    await screen.selected.get_by_role("button", name="Copy", exact=True).click()


async def test_selected_jobs_are_copied_and_saved_whole(utils: WorkerUtils, screen: Screen) -> None:
    for _ in range(3):
        await utils.add_job("ledger", RawJson(PAYLOAD), key=None)
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await screen.open()
    await screen.select("1", "3")
    await take(screen)
    await screen.page.get_by_role("button", name="Copy as JSON").click()
    await screen.shows_notice("Copied 2 jobs as JSON")
    text = await screen.page.evaluate(COPIED)
    assert [job["id"] for job in json.loads(text)] == [3, 1] and text.count('"payload": ' + PAYLOAD) == 2
    await take(screen)
    text = await file_of(screen, "Download CSV")
    table = list(csv.DictReader(io.StringIO(text)))
    assert [row["id"] for row in table] == ["3", "1"] and table[0]["payload"] == PAYLOAD
    await expect(screen.selected).to_contain_text("2 selected")


async def test_all_that_match_are_streamed(utils: WorkerUtils, screen: Screen) -> None:
    for number in range(30):
        await utils.add_job("a" if number % 3 else "b", {"n": number})
    await screen.open("?identifier=a")
    await screen.page.get_by_role("button", name="Export").click()
    text = await file_of(screen, "CSV")
    assert [row["id"] for row in csv.DictReader(io.StringIO(text))] == [str(n) for n in range(30, 0, -1) if (n - 1) % 3]


async def test_with_a_token_the_page_fetches_the_file(utils: WorkerUtils, open_admin: Opener) -> None:
    await utils.add_job("a")
    screen = await open_admin(AdminAuthConfig.bearer("correct horse battery"))
    await screen.open()
    await screen.log_in("correct horse battery")
    await screen.shows("1")
    await screen.page.get_by_role("button", name="Export").click()
    text = await file_of(screen, "NDJSON")
    assert json.loads(text)["task_identifier"] == "a"
    await screen.shows_notice("Saved jobs-")


async def test_undo_leaves_alone_what_somebody_else_rescheduled_since(utils: WorkerUtils, screen: Screen) -> None:
    """The page asks for nothing between the two changes, so only the server can know of the second."""
    for _ in range(3):
        await utils.add_job("step", priority=1, run_at="2999-01-01T00:00:00Z")
    await screen.open()
    await refresh_every(screen.page, 0)
    await screen.select("1", "2", "3")
    await screen.press("Reschedule", screen.selected)
    await screen.fill("priority", "9")
    await screen.confirm()
    await screen.shows_notice("3 jobs rescheduled")
    await utils.reschedule_jobs([1], priority=5)
    await utils.reschedule_jobs([2], run_at="2998-01-01T00:00:00Z")

    await screen.page.get_by_label("Result").get_by_role("button", name="Undo").click()

    await screen.shows_notice("1 job put back · 2 skipped")
    await screen.shows_notice("was changed meanwhile (priority 5, not 9)")
    assert [await stored(utils, one, "priority") for one in (1, 2, 3)] == [(5,), (9,), (1,)]


async def test_undo_what_was_rescheduled(utils: WorkerUtils, screen: Screen) -> None:
    for key in ("k1", "k2"):
        await utils.add_job("step", priority=1, run_at="2999-01-01T12:00:00.123456Z", key=key)
    await screen.open()
    await screen.select("1", "2")
    before = await stored(utils, 1, "priority, run_at")
    await screen.press("Reschedule", screen.selected)
    await screen.fill("run_at", "2998-01-01T12:00:00")
    await screen.fill("priority", "-7")
    await screen.confirm()
    await screen.shows_notice("2 jobs rescheduled")
    assert await stored(utils, 1, "priority, extract(year from run_at)::int") == (-7, 2998)
    await utils.add_job("step", priority=3, key="k2", run_at="2997-01-01T00:00:00Z")
    await screen.page.get_by_label("Result").get_by_role("button", name="Undo").click()
    await screen.shows_notice("1 job put back · 1 skipped")
    assert await stored(utils, 1, "priority, run_at") == before
    assert await stored(utils, 2, "priority, extract(year from run_at)::int") == (3, 2997)
