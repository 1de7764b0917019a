"""Suite 5: every text that a database can hold, in every field and at every place of the page, and nothing of it runs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from urllib.parse import quote, urlencode

import pytest_asyncio
from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from graphile_worker.admin.client.text.html import visible
from graphile_worker.core.schema import Schema
from tests.browser.conftest import Opener
from tests.browser.payloads import PART, PAYLOADS
from tests.browser.screen import Screen
from tests.browser.serving import Server
from tests.browser.watch import Watch
from tests.hardening.volume import FULL, volume
from tests.support.table import Table

TEXTS = volume(PAYLOADS[:PART], PAYLOADS)
NAMES, REFUSALS = TEXTS[: volume(3, len(TEXTS))], TEXTS[: volume(2, len(TEXTS))]  # an admin or a reload for each
FIELDS = (
    "identifier", "queue", "key", "locked_by", "worker id", "worker metadata", "last_error", "payload", "flags",
    "crontab identifier", "schema name", "server error",
)  # fmt: skip
TABLES = ("queues", "tasks", "errors", "workers", "maintenance")
_MAKE = """
with texts as (select t, n from unnest($1::text[]) with ordinality as u(t, n)),
  tasks as (insert into {s}._private_tasks (identifier) select t from texts returning id, identifier),
  queues as (insert into {s}._private_job_queues (queue_name, locked_by, locked_at) select t, t, now() from texts
    returning id, queue_name),
  crontabs as (insert into {s}._private_known_crontabs (identifier, known_since) select t, now() from texts),
  workers as (insert into {s}._private_workers (id, last_heartbeat_at, started_at, metadata)
    select t, now() - interval '1 hour' * (n % 2), now(), jsonb_build_object(t, t, 'hostname', t) from texts)
insert into {s}._private_jobs (id, task_id, job_queue_id, key, payload, last_error, attempts, flags, locked_by, locked_at)
overriding system value select 2 * n - half, tasks.id, queues.id, t || half, json_build_object(t, t, '_cron', json_build_object('ts', t)), t,
  25 * half, jsonb_build_object(t, true), case half when 0 then t end, case half when 0 then now() end
from texts join tasks on identifier = t join queues on queue_name = t, generate_series(0, 1) half
"""


@pytest_asyncio.fixture(loop_scope="session")
async def hostile(utils: WorkerUtils, open_admin: Opener) -> AsyncIterator[tuple[Screen, Watch]]:
    """A tab on an admin over rows of hostile texts: a failed and a running job of each."""
    await Table.of(utils).run(_MAKE, list(TEXTS))
    screen = await open_admin()
    watch = await Watch.over(screen.page.context, screen.base_url)
    yield screen, watch
    await watch.elements(screen.page)
    assert watch.reports == []
    assert watch.requests >= 5


async def at(screen: Screen, watch: Watch, search: str) -> None:
    """Opens an address anew: the server draws it first, then the browser."""
    await screen.open(search)
    await watch.elements(screen.page)


async def test_the_watch_reports_what_a_page_does(screen: Screen) -> None:
    watch = await Watch.over(screen.page.context, screen.base_url)
    await screen.open()
    assert watch.reports == []
    await screen.page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=//foreign.test/x onerror=ran=1>')"
    )
    await screen.page.evaluate("alert(1); globalThis.ran = 1")
    await watch.elements(screen.page)
    kinds = {" ".join(one.split(" ")[:2]) for one in watch.reports}
    assert {"a script", "dialog alert", "csp script-src-attr", "csp img-src", "element <img"} <= kinds, watch.reports
    screen.complaints.clear()


async def test_rows_and_tables(hostile: tuple[Screen, Watch]) -> None:
    screen, watch = hostile
    for search in ("?limit=200", "?limit=200&state=running", *(f"?view={name}&limit=200" for name in TABLES)):
        await at(screen, watch, search)
        text = await screen.page.locator("#gw-screen").inner_text()
        if not search.endswith("maintenance&limit=200"):
            assert visible(TEXTS[0]) in text, search


async def test_the_panel_of_each_job(hostile: tuple[Screen, Watch]) -> None:
    screen, watch = hostile
    await at(screen, watch, "?job=1")
    for number, text in enumerate(TEXTS):
        await screen.follow(f"?job={2 * number + 1}")
        await expect(screen.panel.locator("header .mono")).to_have_text(str(2 * number + 1))
        await expect(screen.panel.locator("h1")).to_have_text(visible(text))
        await expect(screen.panel.locator("pre.error")).to_have_text(visible(text))
        await screen.panel.get_by_role("button", name="Raw").click()
        await screen.follow(f"?job={2 * number + 2}")
        await expect(screen.panel.locator("header .mono")).to_have_text(str(2 * number + 2))
        await watch.elements(screen.page)


async def test_every_filter_in_the_address(hostile: tuple[Screen, Watch]) -> None:
    screen, watch = hostile
    for text in TEXTS:
        every = dict.fromkeys(("identifier", "queue", "key", "worker", "flag", "search", "error", "state", "sort", "view"), text)  # fmt: skip
        await at(screen, watch, "?" + urlencode(every))
        await at(screen, watch, "?" + urlencode({"identifier": text, "queue": text}))
        await expect(screen.page.locator(".active-filters")).to_contain_text(visible(text))
        if not FULL:
            continue
        await at(screen, watch, "?" + quote(text, safe="<>'\"`={}[]()/;:") + "#" + quote(text, safe=""))


async def test_palette_dialogs_and_notices(hostile: tuple[Screen, Watch]) -> None:
    screen, watch = hostile
    page = screen.page
    await at(screen, watch, "?limit=200&sort=id")
    for number, text in enumerate(TEXTS[: volume(4, len(TEXTS))]):
        await page.keyboard.press("Control+k")
        await screen.dialog.locator("input").fill(visible(text)[:40])
        await expect(screen.dialog.get_by_role("option").first).to_be_visible()
        await watch.elements(page)
        await page.keyboard.press("Escape")
        await expect(screen.dialog).to_have_count(0)
        await screen.follow(f"?job={2 * number + 1}")
        await screen.panel.locator("[data-action=clone]").click()
        await watch.elements(page)
        await page.keyboard.press("Escape")
        await screen.press("Fail")
        await screen.fill("reason", visible(text))
        await screen.confirm()
        await screen.shows_notice("1 job marked as failed")
        await watch.elements(page)
        for dismiss in await page.locator("#gw-toasts [data-action^=dismiss]").all():
            await dismiss.click()
    await screen.follow("?limit=200")
    await expect(screen.panel).to_have_count(0)
    for one in (await page.locator("tr[id^=row-] [title]").all())[:8]:
        await one.hover()
    await watch.elements(page)


async def test_what_the_database_says_when_it_refuses(hostile: tuple[Screen, Watch], utils: WorkerUtils) -> None:
    screen, watch = hostile
    table = Table.of(utils)
    await table.run("create table public.said (text text)")
    await table.run("insert into public.said values ('')")
    await table.run(
        "create function public.refuse() returns trigger language plpgsql as"
        " $$ begin raise exception '%', (select text from public.said); end $$"
    )
    await table.run(
        "create trigger refuse before update on {s}._private_jobs for each row execute function public.refuse()"
    )
    for text in REFUSALS:
        await table.run("update public.said set text = $1", text)
        await at(screen, watch, "?job=1")
        await screen.press("Fail")
        await screen.confirm()
        await screen.shows_notice("a trigger or a function of the database refuses this")
        assert "(SQLSTATE P0001)" in await screen.page.locator("#gw-toasts").inner_text()  # its words are text, too
        await watch.elements(screen.page)
    screen.complaints.clear()


async def test_names_of_schemas_and_queues(hostile: tuple[Screen, Watch], utils: WorkerUtils) -> None:
    screen, watch = hostile
    pool, former = utils.database.pool, utils.schema.quoted
    for text in NAMES:
        await pool.execute(f"alter schema {former} rename to {Schema(text).quoted}")
        former = Schema(text).quoted
        name = visible(text).replace("\n", " ").replace("\t", " ")
        named = WorkerUtils(pool, text)
        server = Server(named, auth=AdminAuthConfig.none(), name="a", others={name: named})
        await server.start()
        try:
            watch.origin = screen.base_url = server.url
            await at(screen, watch, "?" + urlencode({"db": name, "job": "1"}))
            await expect(screen.page.locator("#gw-admin")).to_have_attribute("data-schema", text)
            await expect(screen.panel.locator("h1")).to_have_text(visible(TEXTS[0]))
        finally:
            await screen.page.goto("about:blank")
            await server.stop()
    screen.complaints.clear()


async def test_the_servers_own_drawing_without_scripts(
    hostile: tuple[Screen, Watch], record_property: Callable[[str, object], None]
) -> None:
    screen, watch = hostile
    browser = screen.page.context.browser
    assert browser is not None
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    quiet = await Watch.over(context, screen.base_url)
    try:
        for search in ("?limit=200", "?job=1", "?job=2", *(f"?view={name}&limit=200" for name in TABLES)):
            await page.goto(f"{screen.base_url}/{search}")
            await quiet.elements(page)
        assert visible(TEXTS[0]) in await page.locator("body").inner_text() or "maintenance" in search
    finally:
        await context.close()
    assert quiet.reports == []
    await screen.open()
    count = f"{len(TEXTS)} payloads x {len(FIELDS)} fields"
    if len(NAMES) < len(TEXTS):
        count = f"{len(TEXTS)} payloads x {len(FIELDS) - 2} fields, schema names {len(NAMES)}, server errors {len(REFUSALS)}"
    record_property("figures", f"XSS {count}: scripts 0, dialogs 0, CSP reports 0, foreign requests 0")
    assert len(json.dumps(TEXTS)) > 100 and len(PAYLOADS) >= 60 and max(len(one.encode()) for one in PAYLOADS) <= 63
