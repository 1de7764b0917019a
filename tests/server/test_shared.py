"""Reads that are shared: made once, kept as long as they are fresh, the cheap ones dropped first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from graphile_worker.admin.server.live.shared_reads import SharedReads
from graphile_worker.core.database.waits import add_wait


async def reads(shared: SharedReads, key: str, freshness: float = 60.0, **more: int) -> bool:
    """Asks once; whether it had to be made."""
    made = False

    async def make() -> None:
        nonlocal made
        made = True
        await asyncio.sleep(0.02)

    await shared.get(key, make, freshness, **more)
    return made


async def test_kept_while_fresh_and_forgotten_after_a_write() -> None:
    shared = SharedReads()
    assert [await reads(shared, "a"), await reads(shared, "a"), await reads(shared, "b")] == [True, False, True]
    assert sorted(await asyncio.gather(reads(shared, "c"), reads(shared, "c"))) == [False, True]
    shared.forget()
    assert [await reads(shared, "a"), await reads(shared, "z", 0), await reads(shared, "z", 0)] == [True] * 3


async def test_what_is_expensive_rests_unless_it_is_told_not_to() -> None:
    shared = SharedReads()
    for more, again in ({}, False), ({"rest": 1}, True):
        key = str(more)
        assert await reads(shared, key, 0.001, **more)
        await asyncio.sleep(0.01)
        assert await reads(shared, key, 0.001, **more) == again


async def test_a_notification_ends_the_freshness_and_not_the_rest() -> None:
    shared = SharedReads()
    assert [await reads(shared, "cheap", rest=1), await reads(shared, "dear", rest=1000)] == [True, True]
    await asyncio.sleep(SharedReads.REST_MIN)
    assert not await reads(shared, "cheap", rest=1)
    shared.outdate()
    assert [await reads(shared, "cheap", rest=1), await reads(shared, "dear", rest=1000)] == [True, False]
    assert not await reads(shared, "cheap", rest=1)  # this answer is later than the notification


async def test_rest_that_is_left_to_later_is_taken() -> None:
    """A read of 20 ms with a rest of 100 times that: a few at once, then only as often as the rests allow."""
    shared, made = SharedReads(), 0
    for _ in range(10):
        shared.outdate()
        made += await reads(shared, "a", rest=100)
        await asyncio.sleep(SharedReads.REST_MIN)
    assert 2 <= made <= 6


async def test_waits_are_no_work_of_the_database() -> None:
    shared = SharedReads()

    async def make() -> None:
        await asyncio.sleep(0.05)
        add_wait(0.05)

    answer = await shared.get("a", make, 0.001)
    assert answer.took < 0.05
    await reads(shared, "b")
    assert (await shared.get("b", make, 60.0)).took >= 0.02


async def test_what_stays_fresh_longest_is_kept_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = SharedReads()
    monkeypatch.setattr(shared, "KEPT_MAX", 4)
    await reads(shared, "scan", 60.0)
    for n in range(8):
        await reads(shared, f"page {n}", 1.0)
    assert not await reads(shared, "scan", 60.0)
    assert not await reads(shared, "page 7", 1.0)
    assert await reads(shared, "page 0", 1.0)


async def test_an_answer_that_is_not_fresh_any_more_takes_no_memory() -> None:
    shared = SharedReads()
    for n in range(20):
        await reads(shared, f"page {n}", 0.2)
    await reads(shared, "scan", 60.0, rest=1)
    assert len(shared._kept) > 1
    await eventually(lambda: len(shared._kept), 1)
    assert not await reads(shared, "scan", 60.0)


async def eventually(ask: Callable[[], int], wanted: int) -> None:
    """Asks until the answer is `wanted`."""
    async with asyncio.timeout(10):
        while ask() != wanted:
            await asyncio.sleep(0.02)
