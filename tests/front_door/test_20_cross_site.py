"""Case 20, and its kind: a write that a proxy made look like another site's says what differs and which line mends it."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, async_playwright, expect
from starlette.datastructures import Headers

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from graphile_worker.admin.server.security.origin import difference, same_origin
from tests.browser.conftest import ARGUMENTS
from tests.browser.screen import Screen
from tests.browser.serving import Server
from tests.front_door.proxies import in_front
from tests.support import chromium

LINE = "proxy_set_header Host $http_host;"
NAME = "admin.example.com"
OURS = [  # scheme of the request, Origin, Host
    ("http", "http://admin.example.com:8080", "admin.example.com:8080"),
    ("http", "http://admin.example.com", "admin.example.com:80"),  # some proxies write the default port
    ("http", "https://admin.example.com", "admin.example.com:443"),
    ("http", "https://admin.example.com", "Admin.Example.com"),
    ("https", "https://admin.example.com", "admin.example.com"),
    ("http", "http://[2001:db8::7]:5678", "[2001:db8::7]:5678"),
]
OTHERS = [
    ("http", "http://admin.example.com:8080", "admin.example.com", LINE),
    ("http", "http://admin.example.com:8080", "127.0.0.1:5678", LINE),  # nginx without any line: $proxy_host
    ("http", "https://admin.example.com", "admin.example.com:80", LINE),
    ("http", "http://evil.test", "admin.example.com", LINE),
    ("http", "http://admin.example.com:81", "admin.example.com:80", LINE),
    ("http", "null", "admin.example.com", LINE),
    ("https", "http://admin.example.com", "admin.example.com", "Open the page with https."),
]


@pytest.mark.parametrize(("scheme", "origin", "host"), OURS)
def test_the_same_address_in_other_letters_is_ours(scheme: str, origin: str, host: str) -> None:
    assert same_origin(Headers({"origin": origin, "host": host}), scheme)


@pytest.mark.parametrize(("scheme", "origin", "host", "mends"), OTHERS)
def test_the_refusal_names_both_and_what_mends_it(scheme: str, origin: str, host: str, mends: str) -> None:
    headers = Headers({"origin": origin, "host": host})
    assert not same_origin(headers, scheme)
    said = difference(headers, scheme)
    assert origin in said and host in said and mends in said


def test_what_a_browser_says_of_another_site_is_not_blamed_on_a_proxy() -> None:
    said = difference(Headers({"origin": "http://evil.test", "host": NAME, "sec-fetch-site": "cross-site"}))
    assert "http://evil.test" in said and "cross-site" in said and "nginx" not in said


HOSTS = {"without the port": "proxy_set_header Host $host;", "of the upstream": "", "as it should be": "proxy_set_header Host $http_host;"}  # fmt: skip


@pytest.mark.parametrize("way", list(HOSTS))
async def test_a_write_through_nginx(utils: WorkerUtils, tmp_path: Path, way: str) -> None:
    """Reads go through in each case; the 403 names the Host as nginx sent it."""
    async with Server(utils, auth=AdminAuthConfig.none(), allowed_hosts=[NAME]) as server:
        own = server.url.removeprefix("http://")
        locations = f"location / {{ proxy_pass http://{own}; {HOSTS[way]} }}"
        with in_front(tmp_path, own, locations) as address:
            host = f"{NAME}:{address.rpartition(':')[2]}"
            async with httpx.AsyncClient(base_url=f"http://{address}", headers={"host": host}) as client:
                session = (await client.get("/api/session")).json()
                sent = {session["csrf_header"]: session["csrf_token"], "origin": f"http://{host}"}
                answer = await client.post("/api/jobs", json={"identifier": "x"}, headers=sent)
            if way == "as it should be":
                assert answer.status_code == 200
                return
            assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
            seen = NAME if way == "without the port" else own
            assert f"http://{host} (Origin)" in answer.json()["hint"]
            assert f"{seen} (Host)" in answer.json()["hint"] and LINE in answer.json()["hint"]


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
async def test_the_page_shows_it_and_keeps_what_was_typed(
    utils: WorkerUtils, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with Server(utils, auth=AdminAuthConfig.none(), allowed_hosts=[NAME]) as server:
        with in_front(
            tmp_path, server.url, "location / { proxy_pass http://{upstream}; proxy_set_header Host $host; }"
        ) as address:
            async with async_playwright() as playwright:
                browser = await resolving(playwright)
                context = await browser.new_context(viewport={"width": size[0], "height": size[1]})
                screen = Screen(await context.new_page(), f"http://{NAME}:{address.rpartition(':')[2]}")
                await screen.open()
                await screen.shows()
                await screen.page.evaluate("document.querySelector('[data-action=add-job]').click()")
                await screen.fill("identifier", "send_email")
                await screen.confirm()
                alert = screen.dialog.get_by_role("alert")
                await expect(alert).to_contain_text("A write from another site is refused.")
                await expect(alert).to_contain_text(f"{screen.base_url} (Origin)")
                await expect(alert).to_contain_text(f"{NAME} (Host)")
                await expect(alert).to_contain_text(LINE)
                await expect(screen.dialog.locator("#gw-in-identifier")).to_have_value("send_email")
                screen.provoked(403)
                assert [one for one in screen.complaints if "Opener-Policy" not in one] == []  # of plain http
                await browser.close()


async def resolving(playwright: object) -> Browser:
    """A Chromium for which the name is this machine; plain http to it is no secure context, so only Origin is sent."""
    rules = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    browser: Browser = await playwright.chromium.launch(executable_path=chromium.program(), args=[*ARGUMENTS, rules])  # type: ignore[attr-defined]
    return browser


def test_the_hint_cannot_be_filled_with_anything(utils: WorkerUtils) -> None:
    said = difference(Headers({"origin": "http://" + "x" * 9000, "host": "y" * 9000}))
    assert len(json.dumps(said)) < 1500
