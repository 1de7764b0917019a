"""Case 17, and its kind: behind a proxy that strips a prefix the page finds its place, also without the last slash."""

# ruff: noqa: F811
from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, expect

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig
from graphile_worker.admin.server.page import slash_script
from tests.browser.conftest import browser, pool  # noqa: F401
from tests.browser.screen import Screen
from tests.browser.serving import Server, served
from tests.front_door.proxies import in_front

pytestmark = pytest.mark.asyncio(loop_scope="session")
REST = 'location / { return 404 "another application"; }'
# Each takes the prefix off and passes `/` on for both addresses, as Traefik's StripPrefix, Caddy's handle_path and the
# rewrite-target of the nginx ingress do.
STRIPPED = {
    "/queue": REST + "location /queue { rewrite ^/queue/?(.*)$ /$1 break; {pass} }",
    "/a/very/deep/queue": REST + "location /a { rewrite ^/a/very/deep/queue/?(.*)$ /$1 break; {pass} }",
    "/q.u-e_~1": REST + "location /q { rewrite ^/[^/]*/?(.*)$ /$1 break; {pass} }",
    "/ein%20Ort%3F": REST + "location /ein { rewrite ^/[^/]*/?(.*)$ /$1 break; {pass} }",
}


@pytest.mark.parametrize(
    "auth", [AdminAuthConfig.none(), AdminAuthConfig.bearer("correct horse battery")], ids=["none", "bearer"]
)
@pytest.mark.parametrize("place", list(STRIPPED))
async def test_the_page_goes_to_its_last_slash_with_all_that_the_address_says(
    utils: WorkerUtils,
    browser: Browser,
    tmp_path: Path,
    place: str,
    auth: AdminAuthConfig,
) -> None:
    await utils.add_job("send_email")
    async with Server(utils, auth=auth) as server:
        with in_front(tmp_path, server.url, STRIPPED[place]) as address:
            context = await browser.new_context()
            screen = Screen(await context.new_page(), f"http://{address}{place}")
            for asked in ("", "/"):
                await screen.page.goto(f"http://{address}{place}{asked}?identifier=send_email#x")
                await expect(screen.page.locator("html[data-ready='1']")).to_be_attached()
                assert screen.page.url == f"http://{address}{place}/?identifier=send_email#x"
                if auth.mode == "bearer" and not asked:
                    await screen.page.get_by_label("Token", exact=True).fill("correct horse battery")
                    await screen.page.keyboard.press("Enter")
                await screen.shows("1")
            await screen.open_job("1")
            assert screen.page.url.startswith(f"http://{address}{place}/?")
            await context.close()


async def test_the_script_is_asked_for_where_the_server_cannot_know_and_only_there(utils: WorkerUtils) -> None:
    none = AdminAuthConfig.none()
    for prefix, needed in (("", True), ("/queue", False)):
        config = AdminServerConfig(utils.database.pool, utils, listen_addr="127.0.0.1:0", auth=none, prefix=prefix)
        async with served(config) as own, httpx.AsyncClient() as client:
            page = await client.get(own)
            assert (slash_script.TAG in page.text) is needed
            assert "script-src 'self' 'wasm-unsafe-eval';" in page.headers["content-security-policy"]
            assert "<base" not in page.text and page.text.count("<script") == 2 + needed
            script = await client.get(f"{own}?{slash_script.QUERY}")
            assert script.headers["content-type"].startswith("text/javascript")
            assert script.headers["cache-control"] == "no-store"


async def test_a_prefix_that_is_taken_off_without_its_slash_is_named(utils: WorkerUtils, tmp_path: Path) -> None:
    async with served(
        AdminServerConfig(utils.database.pool, utils, listen_addr="127.0.0.1:0", auth=AdminAuthConfig.none())
    ) as own:
        with in_front(tmp_path, own, "location /queue { proxy_pass http://{upstream}/; }") as address:
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"http://{address}/queue/api/session")
    assert answer.status_code == 404 and "location /queue/ { proxy_pass" in answer.json()["hint"]


async def test_a_path_that_looks_like_another_host_leads_to_no_other_host(
    utils: WorkerUtils,
    browser: Browser,
    tmp_path: Path,
) -> None:
    """`//evil.test` is a path here; as the text of an address it would be a host."""
    async with served(
        AdminServerConfig(utils.database.pool, utils, listen_addr="127.0.0.1:0", auth=AdminAuthConfig.none())
    ) as own:
        odd = "merge_slashes off; location / { rewrite ^//evil.test/?(.*)$ /$1 break; {pass} }"
        with in_front(tmp_path, own, odd) as address:
            context = await browser.new_context()
            page = await context.new_page()
            await page.goto(f"http://{address}//evil.test")
            await expect(page.locator("html[data-ready='1']")).to_be_attached()
            assert page.url == f"http://{address}//evil.test/"
            await context.close()
