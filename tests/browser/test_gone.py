"""A database that goes while the page is open: the stream brings the sentence, and the page recovers by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Route, expect

from graphile_worker import WorkerUtils
from graphile_worker.core.database.transactions import Pool, connect
from tests.browser.screen import Screen
from tests.browser.test_live import live, slowly
from tests.hardening.proxy import Proxy, proxied
from tests.support.templates import Databases

WITHIN = 60_000  # milliseconds


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(databases: Databases, schema_name: str) -> AsyncIterator[Proxy]:
    """A network before a fresh database with the migrated schema."""
    name = await databases.migrated(schema_name)
    async with proxied(databases.server.dsn(name)) as proxy:
        yield proxy
    await databases.drop(name)


@pytest_asyncio.fixture(loop_scope="session")
async def pool(proxy: Proxy) -> AsyncIterator[Pool]:
    """A pool on it."""
    pool = await connect(proxy.dsn)
    yield pool
    pool.terminate()


@pytest.mark.variants(1)
@pytest.mark.parametrize("fault", ["black hole", "refuse"])
async def test_the_sentence_comes_by_the_stream_and_goes_by_itself(
    utils: WorkerUtils, screen: Screen, proxy: Proxy, fault: Literal["black hole", "refuse"]
) -> None:
    await utils.add_job("before")
    await screen.open()
    await slowly(screen)
    await live(screen)
    await screen.shows("1")
    answered = asyncio.Event()

    async def hold(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    for path in ("jobs", "overview", "session"):  # from now on no request is answered: only the stream can tell
        await screen.page.route(f"**/api/{path}*", hold)
    proxy.fault = fault
    if fault == "refuse":
        proxy.reset()
    banner, age = screen.page.locator("#gw-banners"), screen.page.locator("#gw-bar .live")
    await expect(banner).to_contain_text("Database unreachable", timeout=WITHIN)
    await expect(age).to_contain_text("stale")
    await expect(age).not_to_contain_text("live")
    await screen.shows("1")
    proxy.fault = None
    answered.set()
    await expect(banner).to_be_empty(timeout=WITHIN)
    await expect(age).to_contain_text("live", timeout=WITHIN)
    await utils.add_job("after")
    await screen.shows("2", "1")
    screen.complaints[:] = [one for one in screen.complaints if "status of 503" not in one]
