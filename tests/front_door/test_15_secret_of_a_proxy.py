"""Case 15, and its kind: in bearer and header mode whoever carries the secret is in at once, and nobody else is."""

# ruff: noqa: F811
from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, expect

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from tests.browser.conftest import Opener, browser, open_admin, pool  # noqa: F401
from tests.browser.screen import Screen
from tests.browser.serving import Server
from tests.front_door.proxies import in_front

pytestmark = pytest.mark.asyncio(loop_scope="session")
TOKEN = "correct horse battery"
SHORT = "short horse"  # a right one of fewer than 12 characters waits with its source


def ways(token: str) -> dict[str, tuple[AdminAuthConfig, dict[str, str]]]:
    """The modes, and what carries their secret."""
    return {
        "bearer": (AdminAuthConfig.bearer(token), {"authorization": f"Bearer {token}"}),
        "header": (AdminAuthConfig.header(token, "X-Team-Token"), {"x-team-token": token}),
    }


WAYS = ways(TOKEN)
MODES = pytest.mark.parametrize("mode", list(WAYS))


def adding(mode: str) -> str:
    """A location that adds the secret to every request."""
    ((name, value),) = WAYS[mode][1].items()
    return f'location / {{ {{pass}} proxy_set_header {name} "{value}"; }}'


@MODES
async def test_behind_a_proxy_that_adds_it_the_page_works_at_once(
    utils: WorkerUtils,
    browser: Browser,
    tmp_path: Path,
    mode: str,
) -> None:
    await utils.add_job("send_email", max_attempts=1)
    await utils.permanently_fail_jobs([1], "gone")
    async with Server(utils, auth=WAYS[mode][0]) as server:
        with in_front(tmp_path, server.url, adding(mode)) as address:
            context = await browser.new_context()
            screen = Screen(await context.new_page(), f"http://{address}")
            await screen.open("?state=failed")
            await screen.shows("1")
            await screen.open_job("1")
            await screen.press("Retry")
            await screen.shows_notice("1 job retried")
            await expect(screen.page.get_by_label("Token", exact=True)).to_have_count(0)
            assert screen.complaints == []  # not one 401
            still = await browser.new_context(java_script_enabled=False)
            page = await still.new_page()
            await page.goto(f"http://{address}/?identifier=send_email")
            await expect(page.locator("#row-1")).to_contain_text("send_email")
            await still.close()
            await context.close()


@MODES
async def test_only_the_right_secret_draws_rows(utils: WorkerUtils, mode: str) -> None:
    await utils.add_job("secret_work")
    auth, right = WAYS[mode]
    ((name, value),) = right.items()
    async with Server(utils, auth=auth) as server:
        async with httpx.AsyncClient(base_url=server.url) as client:
            for path in ("/", "/?db=graphile_worker", "/?job=1"):
                drawn = await client.get(path, headers=right)
                assert drawn.status_code == 200 and 'data-csrf=""' not in drawn.text
            assert "secret_work" in (await client.get("/", headers=right)).text
            twice = [(name, value), (name, value)]
            for wrong in ({}, {name: value + "x"}, {name: ""}, {name: value.upper()}, twice):
                page = await client.get("/", headers=wrong)
                assert page.status_code == 200 and "secret_work" not in page.text and 'data-csrf=""' in page.text


@MODES
async def test_the_page_is_no_way_around_the_limit_of_wrong_secrets(utils: WorkerUtils, mode: str) -> None:
    auth, right = ways(SHORT)[mode]
    ((name, value),) = right.items()
    async with Server(utils, auth=auth) as server:
        async with httpx.AsyncClient(base_url=server.url) as client:
            for number in range(20):
                assert (await client.get("/", headers={name: f"{value}{number}"})).status_code == 200
            assert (await client.get("/api/session", headers=right)).status_code == 429
            assert 'data-csrf=""' in (await client.get("/", headers=right)).text


@MODES
async def test_the_panel_comes_after_a_401_and_takes_no_wrong_token(
    utils: WorkerUtils,
    open_admin: Opener,
    mode: str,
) -> None:
    await utils.add_job("secret_work")
    screen = await open_admin(WAYS[mode][0])
    await screen.open()
    panel = screen.page.locator("form.login")
    kept = "() => Object.values(sessionStorage).join()"
    await screen.log_in("wrong")
    await expect(panel.get_by_role("alert")).to_contain_text("The server refused this token.")
    screen.provoked(401)
    for odd in ("北京", "a\u0000b"):
        await panel.locator("input").fill(odd)
        await screen.page.keyboard.press("Enter")
        await expect(panel.get_by_role("alert")).to_contain_text("The server refused this token.")
    assert await screen.page.evaluate(kept) == ""

    await screen.server.stop()
    await panel.locator("input").fill("another")
    await screen.page.keyboard.press("Enter")
    await expect(panel.get_by_role("alert")).to_contain_text("The admin server does not answer.")
    await expect(panel.locator("input")).to_have_value("another")
    assert await screen.page.evaluate(kept) == ""
    screen.unreachable()

    await screen.server.start()
    await panel.locator("input").fill(TOKEN)
    await screen.page.keyboard.press("Enter")
    await screen.shows("1")
    assert await screen.page.evaluate(kept) == TOKEN


async def test_behind_a_proxy_that_adds_the_secret_a_token_kept_in_the_tab_does_no_harm(
    utils: WorkerUtils,
    browser: Browser,
    tmp_path: Path,
) -> None:
    async with Server(utils, auth=WAYS["bearer"][0]) as server:
        with in_front(tmp_path, server.url, adding("bearer")) as address:
            context = await browser.new_context()
            await context.add_init_script("sessionStorage.setItem('gw-token', 'of-yesterday')")
            screen = Screen(await context.new_page(), f"http://{address}")
            await screen.open()
            await screen.shows()
            await expect(screen.page.locator("form.login")).to_have_count(0)
            await context.close()
        assert screen.complaints == []
