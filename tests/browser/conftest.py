"""A real Chromium on the real server over a real database; no journey may end with a complaint in the console."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, HttpCredentials, async_playwright

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from graphile_worker.core.database.transactions import Pool, connect
from tests.browser.screen import Screen
from tests.browser.serving import Server
from tests.support import chromium
from tests.support.templates import Databases

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = (1440, 900)

collect_ignore = ["walks"]  # scripts/test-walks runs them
Opener = Callable[..., Awaitable[Screen]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all journeys, because the browser lives as long as the session."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The machine's Chromium, else Playwright's own; each journey has a profile of its own in it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium.program(), args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def pool(databases: Databases, schema_name: str) -> AsyncIterator[Pool]:
    """A pool on a fresh database with the migrated schema, in the loop of the browser."""
    name = await databases.migrated(schema_name)
    pool = await connect(databases.server.dsn(name))
    yield pool
    await pool.close()
    await databases.drop(name)


@pytest_asyncio.fixture(loop_scope="session")
async def open_admin(browser: Browser, utils: WorkerUtils) -> AsyncIterator[Opener]:
    """Serves an admin and opens a tab on it: `await open_admin(read_only=True, size=(390, 844))`.

    Without `auth` nobody has to log in. Every tab must have nothing to complain of in the end.
    """
    screens: list[Screen] = []
    async with contextlib.AsyncExitStack() as stack:

        async def build(auth: AdminAuthConfig | None = None, size: tuple[int, int] = DESK, **options: Any) -> Screen:
            server = Server(utils, auth=auth or AdminAuthConfig.none(), **options)
            stack.push_async_callback(server.stop)
            await server.start()
            context = await browser.new_context(
                viewport={"width": size[0], "height": size[1]}, http_credentials=_credentials(auth)
            )
            screens.append(screen := Screen(await context.new_page(), server.url, server))
            stack.push_async_callback(screen.close)
            return screen

        yield build
        complaints = [one for screen in screens for one in screen.complaints]
    assert complaints == []


def _credentials(auth: AdminAuthConfig | None) -> HttpCredentials | None:
    """What the browser has been told when it asked for user and password."""
    if auth is None or auth.mode != "basic":
        return None
    return {"username": auth.username or "", "password": auth.secret or ""}


@pytest_asyncio.fixture(loop_scope="session")
async def screen(open_admin: Opener) -> Screen:
    """A tab on an admin that asks for no login."""
    return await open_admin()
