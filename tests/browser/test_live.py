"""The live view in a real browser: at once, in place, quiet where nobody looks, and without growth."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import expect

from graphile_worker import JobSpec, WorkerUtils
from graphile_worker.admin.server.live import event_stream, streams
from tests.browser.conftest import Opener
from tests.browser.screen import Screen, eventually, refresh_every


async def live(screen: Screen) -> None:
    """Waits until the stream is up."""
    await expect(screen.page.locator("#gw-bar .live")).to_contain_text("live")


async def slowly(screen: Screen) -> None:
    """The page asks by itself once a minute only: what comes sooner comes by the stream."""
    await refresh_every(screen.page, 60)


async def tasks_of(kind: str) -> int:
    return sum(kind in str(task.get_coro()) for task in asyncio.all_tasks())


async def test_new_jobs_and_counts_come_by_themselves(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("first")
    await screen.open()
    await slowly(screen)
    await live(screen)
    await utils.add_job("second")
    await screen.shows("2", "1")
    await expect(screen.page.locator(".state-counts a").first.locator(".number .desktop-only")).to_have_text("2")
    await screen.page.evaluate("document.body.style.minHeight = '4000px'; scrollTo(0, 500)")
    await utils.add_job("third")
    await expect(screen.page.locator(".new-jobs")).to_have_text("1 new")
    await expect(screen.page.locator(".state-counts a").first.locator(".number .desktop-only")).to_have_text("3")


async def test_selected_rows_stay_as_they_are_while_jobs_come(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_jobs([JobSpec("a"), JobSpec("a")])
    await screen.open()
    await slowly(screen)
    await live(screen)
    await screen.select("1")
    counted = screen.page.locator(".state-counts a").first.locator(".number .desktop-only")
    for total in ("3", "4"):
        await utils.add_job("a")
        await expect(counted).to_have_text(total)
    await expect(screen.page.get_by_label("Select job 1", exact=True)).to_be_checked()
    await expect(screen.selected).to_contain_text("1 selected")
    await screen.shows("2", "1")
    await screen.press("Clear selection", screen.selected)
    await screen.shows("4", "3", "2", "1")


async def test_the_pill_counts_new_rows_of_this_list_and_no_others(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_jobs([JobSpec("a")] * 60)
    await screen.open("?identifier=a&limit=50")
    await slowly(screen)
    await live(screen)
    await expect(screen.page.locator("tr[id^=row-]")).to_have_count(50)
    await screen.scroll_to(500)
    pill, there = screen.page.locator(".new-jobs"), await screen.ids()
    await utils.add_jobs([JobSpec("b"), JobSpec("a"), JobSpec("b")])
    await expect(pill).to_have_text("1 new")
    await utils.add_jobs([JobSpec("a"), JobSpec("a")])
    await expect(pill).to_have_text("3 new")
    assert await screen.ids() == there
    await utils.add_jobs([JobSpec("a")] * 70)
    await expect(pill).to_have_text("50+ new")
    assert await screen.ids() == there
    await pill.click()
    await screen.shows(*[str(one) for one in range(135, 85, -1)])
    await expect(pill).to_have_count(0)


@pytest.mark.variants(1)
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
async def test_every_screen_says_whether_it_is_live(
    utils: WorkerUtils, open_admin: Opener, size: tuple[int, int]
) -> None:
    screen = await open_admin(size=size)
    word = screen.page.locator("#gw-bar .live .word")
    for view in ("jobs", "queues", "tasks", "errors", "workers", "maintenance"):
        await screen.open(f"?view={view}")
        await expect(word).to_have_text("live · " if view == "jobs" else "polling · ")
        await expect(word).to_be_visible()
        cut = await word.evaluate(
            "word => word.getBoundingClientRect().right - word.parentElement.getBoundingClientRect().right"
        )
        assert cut <= 0, view
        cut = await word.evaluate("word => word.parentElement.scrollWidth - word.parentElement.clientWidth")
        assert cut <= 0, f"the age on {view}"
        await refresh_every(screen.page, 0)
        await expect(word).to_have_text("paused · ")
        await refresh_every(screen.page, 5)


async def test_off_is_off_and_a_tab_that_leaves_is_noticed(utils: WorkerUtils, screen: Screen) -> None:
    await screen.open()
    await live(screen)
    assert await tasks_of("QueueStreams._sample") == 1
    await refresh_every(screen.page, 0)
    await expect(screen.page.locator("#gw-bar .live")).not_to_contain_text("live")
    await eventually(lambda: tasks_of("QueueStreams._sample"), 0)
    await refresh_every(screen.page, 5)
    await live(screen)
    await screen.page.goto("about:blank")
    await eventually(lambda: tasks_of("QueueStreams._sample"), 0)


async def test_a_hidden_tab_listens_to_nothing(utils: WorkerUtils, screen: Screen) -> None:
    hide = (
        "(hidden) => { Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden }); "
        "document.dispatchEvent(new Event('visibilitychange')); }"
    )
    await screen.open()
    await live(screen)
    await screen.page.evaluate(hide, True)
    await eventually(lambda: tasks_of("QueueStreams._sample"), 0)
    await utils.add_job("meanwhile")
    await screen.page.evaluate(hide, False)
    await screen.shows("1")
    await live(screen)


async def test_a_stream_that_breaks_falls_back_and_returns(
    utils: WorkerUtils, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "STREAMS_MAX", 0)
    await screen.open()
    await refresh_every(screen.page, 2)
    await eventually(lambda: _refused(screen), True)
    await utils.add_job("first")
    await screen.shows("1")
    await expect(screen.page.locator(".state-counts a").first.locator(".number .desktop-only")).to_have_text("1")
    await expect(screen.page.locator("#gw-bar .live")).not_to_contain_text("live")
    monkeypatch.setattr(streams, "STREAMS_MAX", 100)
    await live(screen)
    screen.provoked(503)


async def _refused(screen: Screen) -> bool:
    return any("status of 503 " in one for one in screen.complaints)


@pytest.mark.long
async def test_thousands_of_events_leave_nothing_behind(
    utils: WorkerUtils, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour of a busy queue in half a minute: thousands of events, then the heap and the page are what they were."""
    monkeypatch.setattr(event_stream, "WRITE_INTERVAL_SECONDS", 0.002)
    await utils.add_jobs([JobSpec("t") for _ in range(30)])
    await screen.open()
    await slowly(screen)
    await live(screen)
    session = await screen.page.context.new_cdp_session(screen.page)

    async def measured() -> dict[str, float]:
        for _ in range(3):
            await session.send("HeapProfiler.collectGarbage")
        heap: Any = await session.send("Runtime.getHeapUsage")
        nodes = await screen.page.evaluate("document.querySelectorAll('*').length")
        return {"heap": heap["usedSize"], "nodes": nodes}

    async def flood(rounds: int) -> None:
        take: Any = streams.Stream.take
        sent = 0

        def busy(stream: streams.Stream) -> str:
            nonlocal sent
            sent += 1
            text = str(take(stream))
            stream.jobs_added(1)  # and so on, as fast as it goes
            numbers = f'"total":{sent},"ready":{sent},"scheduled":0,"locked":0,"failed":0,"blocked":0,"retrying":0'
            body = f'{{"stats":{{{numbers}}},"as_of":"2026-01-01T00:00:00Z","age_ms":0}}'
            return text + streams.event("counts", body)

        monkeypatch.setattr(streams.Stream, "take", busy)
        await utils.add_job("t")
        async with asyncio.timeout(90):
            while sent < rounds:
                await asyncio.sleep(0.1)
        monkeypatch.setattr(streams.Stream, "take", take)
        await asyncio.sleep(1)

    await flood(500)
    before = await measured()
    await flood(3000)
    after = await measured()
    assert after["heap"] - before["heap"] < 1_000_000, (before, after)
    assert abs(after["nodes"] - before["nodes"]) < 30, (before, after)


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
async def test_activity_is_drawn_and_remembered(utils: WorkerUtils, open_admin: Opener, size: tuple[int, int]) -> None:
    screen = await open_admin(size=size)
    await utils.add_jobs([JobSpec("t") for _ in range(30)])
    await screen.open()
    await refresh_every(screen.page, 2)
    fold = screen.page.get_by_role("button", name="Activity")
    await fold.click()
    await expect(screen.page.locator(".charts figure")).to_have_count(5)
    await expect(screen.page.locator(".charts svg").nth(2)).to_have_attribute("aria-label", re.compile(r"Ready: 30\."))
    await screen.page.get_by_text("As a table").click()
    await expect(screen.page.locator(".as-table tbody tr").nth(1)).to_be_visible()
    wide = await screen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    await screen.open()
    await expect(screen.page.locator(".charts figure")).to_have_count(5)
    box = await screen.page.locator("#gw-activity").bounding_box()
    assert box is not None and box["height"] < 240, "the jobs are what somebody came for"
    await fold.click()
    await expect(screen.page.locator(".charts")).to_have_count(0)
