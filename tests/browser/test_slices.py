"""A search that takes long shows how far it is; columns are a choice of the browser."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect

from graphile_worker import WorkerUtils
from graphile_worker.admin.api.jobs import search
from tests.browser.screen import Screen

ADD = """
insert into graphile_worker._private_jobs (task_id, payload)
select t.id, json_build_object('n', i) from generate_series(1, 4000) i, (select id from graphile_worker._private_tasks limit 1) t"""


async def test_a_long_search_says_how_far_it_is(
    utils: WorkerUtils, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    await utils.add_job("import")
    await utils.database.pool.execute(ADD)
    monkeypatch.setattr(search, "SLICE_SECONDS", -1.0)
    monkeypatch.setattr(search, "FIRST_WINDOW", 1000)
    gate = asyncio.Semaphore(0)

    async def slow(route: Route) -> None:
        if "partial=true&cursor" in route.request.url:
            await gate.acquire()
        await route.continue_()

    await screen.page.route("**/api/jobs?*", slow)
    await screen.open("?search=%22%3A+77%22&limit=50")
    line = screen.page.get_by_role("group", name="Search", exact=True)
    await expect(line).to_contain_text("0 found so far; ids 4,001 – 3,002 searched")
    gate.release()
    await expect(line).to_contain_text("0 found so far; ids 4,001 – 2,002 searched")
    await line.get_by_role("button", name="Stop").click()
    gate.release()
    await expect(line).to_contain_text("0 found so far; ids 4,001 – 1,002 searched")
    await line.get_by_role("button", name="Continue").click()
    for _ in range(3):
        gate.release()
    await expect(line).to_contain_text("11 found; all jobs searched")
    await expect(line.get_by_role("button")).to_have_count(0)
    await expect(screen.page.locator(".active-filters")).to_contain_text("11 jobs match")
    assert (await screen.ids())[-1] == "78"


async def test_columns_are_chosen_and_remembered(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("step", key="k1")
    await utils.database.pool.execute("update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w-9'")
    await screen.open()
    await expect(screen.row("1").locator(".c-key")).to_be_visible()
    await screen.page.get_by_label("Settings").click()
    await screen.page.get_by_label("Key", exact=True).uncheck()
    await screen.page.get_by_label("Worker", exact=True).check()
    await screen.page.get_by_label("Created", exact=True).check()
    await screen.page.keyboard.press("Escape")
    await expect(screen.row("1").locator(".c-key")).to_be_hidden()
    await expect(screen.row("1").locator(".c-worker")).to_have_text("w-9")
    await screen.page.reload()
    await expect(screen.row("1").locator(".c-worker")).to_have_text("w-9")
    await expect(screen.row("1").locator(".c-key")).to_be_hidden()
    await screen.page.get_by_role("link", name="Created").click()
    await screen.address(sort="-created_at")
