"""How the program starts, wherever it is served from, and what a person sees when it cannot."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import uvicorn
from playwright.async_api import Browser, Route, expect
from starlette.applications import Starlette
from starlette.routing import Mount

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app
from tests.browser.screen import Screen

WASM = "**/admin_ui_bg.wasm*"


@contextlib.asynccontextmanager
async def mounted(utils: WorkerUtils, prefix: str) -> AsyncIterator[str]:
    """The address of the admin inside another application."""
    admin = create_app(AdminServerConfig(utils.database.pool, utils, auth=AdminAuthConfig.none()))
    outer = Starlette(routes=[Mount(prefix, admin)])
    server = uvicorn.Server(uvicorn.Config(outer, host="127.0.0.1", port=0, log_level="error", ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}{prefix}"
    server.should_exit = True
    await serving


async def test_mounted_under_a_prefix(utils: WorkerUtils, browser: Browser) -> None:
    job = await utils.add_job("send_email", {"to": "ada"})
    async with mounted(utils, "/ops/queue") as address:
        context = await browser.new_context()
        screen = Screen(await context.new_page(), address)
        await screen.open()
        await screen.shows(str(job.id))
        await screen.open_job(str(job.id))
        assert screen.page.url == f"{address}/?job={job.id}"
        await context.close()
    assert screen.complaints == []


async def test_a_proxy_that_loses_the_media_type(utils: WorkerUtils, screen: Screen) -> None:
    async def plain(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, headers=answer.headers | {"content-type": "application/octet-stream"})

    job = await utils.add_job("send_email")
    await screen.page.route(WASM, plain)
    await screen.open()
    await screen.shows(str(job.id))


async def test_a_program_that_cannot_start_says_so_and_offers_to_reload(utils: WorkerUtils, screen: Screen) -> None:
    job = await utils.add_job("send_email")
    await screen.page.route(WASM, lambda route: route.fulfill(status=200, body=b"not WebAssembly"))
    await screen.page.goto(screen.base_url)
    cover = screen.page.get_by_role("alertdialog")
    await expect(cover).to_contain_text("This page has stopped working.")
    assert screen.complaints != []
    screen.complaints.clear()
    await screen.page.unroute(WASM)
    await cover.get_by_role("button", name="Reload").click()
    await screen.shows(str(job.id))
    await expect(cover).to_have_count(0)


async def test_a_damaged_snapshot_of_the_program_is_a_message(utils: WorkerUtils, screen: Screen) -> None:
    async def damaged(route: Route) -> None:
        answer = await route.fetch()
        body = bytearray(await answer.body())
        body[-100] ^= 1
        headers = {name: value for name, value in answer.headers.items() if name != "content-encoding"}
        await route.fulfill(status=200, headers=headers, body=bytes(body))

    job = await utils.add_job("send_email")
    await screen.page.route(WASM, damaged)
    await screen.page.goto(screen.base_url)
    cover = screen.page.get_by_role("alertdialog")
    await expect(cover).to_contain_text("This page has stopped working.")
    assert any("the snapshot is damaged" in one for one in screen.complaints)
    screen.complaints.clear()
    await screen.page.unroute(WASM)
    await cover.get_by_role("button", name="Reload").click()
    await screen.shows(str(job.id))


async def test_the_program_starts_from_the_snapshot(utils: WorkerUtils, screen: Screen) -> None:
    """The file system of the interpreter is empty until the second file comes: no module was imported from it."""
    job = await utils.add_job("send_email")
    await screen.open()
    await screen.shows(str(job.id))
    files = "Module.FS.analyzePath('/lib/graphile_worker').exists"
    assert await screen.page.evaluate(files) is False
    await screen.page.get_by_role("searchbox").press("Escape")
    await expect(screen.page.locator("tr[id^=row-]")).to_have_count(1)
    while not await screen.page.evaluate(files):
        await asyncio.sleep(0.05)
