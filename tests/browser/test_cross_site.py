"""Suite 5: a page of another site, and a rebound name, in a Chromium that resolves both to this machine."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from tests.browser.conftest import ARGUMENTS
from tests.browser.serving import Server
from tests.hardening.volume import volume
from tests.support import chromium
from tests.support.table import Table

SECRET = "s3cret payload of a tenant"
PASSWORD = "correct horse battery"
# What a page of another site can try against ADMIN; `say(name, result)` keeps what it learned.
ATTACK = r"""
const said = {}, say = (name, result) => { said[name] = String(result); };
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const JOB = JSON.stringify({ identifier: 'planted', payload: {} });
const ACT = JSON.stringify({ action: 'complete', ids: [1] });
const element = (name, tag, fields) => new Promise((done) => {
  const one = Object.assign(document.createElement(tag), fields);
  one.onload = () => done(say(name, 'loaded'));
  one.onerror = () => done(say(name, 'refused'));
  document.body.append(one);
  setTimeout(() => done(said[name] ??= 'silent'), 1500);
});
const read = async (name, path, options) => {
  try {
    const answer = await fetch(ADMIN + path, options);
    say(name, `${answer.type} ${answer.status} ${await answer.text()}`);
  } catch (error) { say(name, 'refused'); }
};
const form = (path, enctype, fields) => {
  const frame = Object.assign(document.createElement('iframe'), { name: 'f' + Math.random() });
  const one = Object.assign(document.createElement('form'), { method: 'post', action: ADMIN + path, enctype, target: frame.name });
  for (const [name, value] of Object.entries(fields))
    one.append(Object.assign(document.createElement('input'), { name, value, type: 'hidden' }));
  document.body.append(frame, one);
  one.submit();
};
const attack = async () => {
  for (const [path, body] of [['/api/jobs', JOB], ['/api/jobs/action', ACT], ['/api/jobs/bulk', ACT], ['/api/maintenance', '{"operation":"gc-job-queues"}'], ['/api/jobs/remove-by-key', '{"key":"k"}']]) {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])
      form(path, type, { [body.slice(0, -1) + ',"x":"']: '"}' });
    await read('no-cors ' + path, path, { method: 'POST', mode: 'no-cors', credentials: 'include', body });
    await read('cors ' + path, path, { method: 'POST', credentials: 'include', body,
      headers: { 'content-type': 'application/json', [CSRF]: '00'.repeat(24) } });
    navigator.sendBeacon(ADMIN + path, body);
  }
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) await read(method, '/api/jobs/1', { method });
  for (const path of ['/', '/api/jobs', '/api/jobs/1', '/api/session', '/api/jobs/export?format=csv', '/metrics', '/api/openapi.json', '/assets/admin.js', '/healthz'])
    for (const mode of ['cors', 'no-cors']) await read(`read ${mode} ${path}`, path, { mode, credentials: 'include' });
  await element('image', 'img', { src: ADMIN + '/favicon.ico' });
  await element('image again', 'img', { src: ADMIN + '/favicon.ico?x' });
  await element('style', 'link', { rel: 'stylesheet', href: ADMIN + '/assets/admin.css' });
  await element('script', 'script', { src: ADMIN + '/assets/admin.js' });
  await element('module', 'script', { type: 'module', src: ADMIN + '/assets/admin_ui.js' });
  await element('script of data', 'script', { src: ADMIN + '/api/jobs' });
  await element('prefetch', 'link', { rel: 'prefetch', href: ADMIN + '/api/jobs' });
  await element('object', 'object', { data: ADMIN + '/' });
  await element('frame', 'iframe', { src: ADMIN + '/?job=1', id: 'framed' });
  try { say('frame text', document.getElementById('framed').contentDocument?.body?.innerText ?? ''); } catch (error) { say('frame text', 'refused'); }
  await new Promise((done) => {
    const socket = new WebSocket(ADMIN.replace('http', 'ws') + '/api/events');
    socket.onopen = () => done(say('socket', 'open')); socket.onerror = () => done(say('socket', 'refused'));
  });
  await new Promise((done) => {
    const events = new EventSource(ADMIN + '/api/events', { withCredentials: true });
    events.onopen = () => { events.close(); done(say('events', 'open')); };
    events.onmessage = (message) => say('events', message.data);
    events.onerror = () => { events.close(); done(say('events', 'refused')); };
  });
  const popup = open(ADMIN + '/?job=1');
  await wait(1200);
  try { say('popup text', popup.document.body.innerText); } catch (error) { say('popup text', 'refused'); }
  try { say('popup frames', popup.closed ? 'severed' : popup.length); } catch (error) { say('popup frames', 'refused'); }
  await wait(500);
  return said;
};
"""


@contextlib.asynccontextmanager
async def site(body: str) -> AsyncIterator[int]:
    """A web server of somebody else, which answers everything with one page; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            data = f"<!doctype html><meta charset=utf-8><title>evil</title><body><script>{body}</script>".encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(data) + data)  # fmt: skip
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def resolving() -> AsyncIterator[Browser]:
    """A Chromium for which evil.test and rebind.test are this machine."""
    rules = "--host-resolver-rules=MAP rebind.test 127.0.0.1, MAP evil.test 127.0.0.1"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium.program(), args=[*ARGUMENTS, rules])
        yield browser
        await browser.close()


AUTHS: dict[str, AdminAuthConfig] = {
    "none": AdminAuthConfig.none(),
    "basic": AdminAuthConfig.basic("admin", PASSWORD),
    "bearer": AdminAuthConfig.bearer(PASSWORD),
}


@pytest_asyncio.fixture(loop_scope="session", params=volume(list(AUTHS)[:1], list(AUTHS)))
async def admin(request: pytest.FixtureRequest, utils: WorkerUtils) -> AsyncIterator[Server]:
    """An admin with a job; in each mode of authentication."""
    await utils.add_job("tenant", {"secret": SECRET}, key="k", queue="q")
    server = Server(utils, auth=AUTHS[request.param])
    await server.start()
    yield server
    await server.stop()


async def rows(utils: WorkerUtils) -> list[dict[str, Any]]:
    """Everything that a write could change."""
    table = Table.of(utils)
    found = await table.pool.fetch(f"select to_jsonb(j) || jsonb_build_object('x', xmin::text) as one from {table.schema}._private_jobs j order by id")  # fmt: skip
    queues = await table.pool.fetch(f"select to_jsonb(q) as one from {table.schema}._private_job_queues q order by id")
    return [dict(one) for one in (*found, *queues)]


async def logged_in(resolving: Browser, server: Server) -> tuple[Page, Any]:
    """A tab of somebody who is logged in to the admin, in the browser that the other site is opened in."""
    auth = server.options["auth"]
    given = {"username": "admin", "password": PASSWORD} if auth.mode == "basic" else None
    context = await resolving.new_context(http_credentials=given and {**given, "origin": server.url})  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(server.url)
    return page, context


async def test_a_page_of_another_site_writes_nothing_reads_nothing_and_cannot_frame_it(
    resolving: Browser, admin: Server, utils: WorkerUtils, record_property: Callable[[str, object], None]
) -> None:
    before = await rows(utils)
    own, context = await logged_in(resolving, admin)
    evil = f"const ADMIN = {json.dumps(admin.url)}, CSRF = {json.dumps(CSRF_HEADER)};" + ATTACK
    try:
        async with site(evil) as port:
            page = await context.new_page()
            await page.goto(f"http://evil.test:{port}/")
            said: dict[str, str] = await page.evaluate("attack()")
            framed = [frame for frame in page.frames if frame.url.startswith(admin.url)]
    finally:
        await context.close()
    assert await rows(utils) == before
    learned = {name: text for name, text in said.items() if SECRET in text or "csrf" in text or "tenant" in text}
    assert learned == {}
    readable = {name: text for name, text in said.items() if text.startswith(("cors ", "basic ", "default "))}
    assert readable == {}, "an answer was readable"
    assert (framed, said["frame text"]) == ([], ""), "the page was framed"
    assert {name: said[name] for name in ("socket", "events", "popup text")} == dict.fromkeys(
        ("socket", "events", "popup text"), "refused"
    )
    assert len(said) > 35
    record_property("figures", f"cross-site, mode {admin.options['auth'].mode}: {len(said) + 20} tries, writes 0, reads 0, framed 0")  # fmt: skip


async def test_another_site_cannot_tell_that_an_admin_runs(resolving: Browser, admin: Server) -> None:
    """No image, style or script of it loads in a page of another site (Cross-Origin-Resource-Policy)."""
    _, context = await logged_in(resolving, admin)
    evil = f"const ADMIN = {json.dumps(admin.url)}, CSRF = '';" + ATTACK
    look = """async () => {
      await element('image', 'img', { src: ADMIN + '/favicon.ico' });
      await element('style', 'link', { rel: 'stylesheet', href: ADMIN + '/assets/admin.css' });
      await element('script', 'script', { src: ADMIN + '/assets/admin.js' });
      await element('module', 'script', { type: 'module', src: ADMIN + '/assets/admin_ui.js' });
      return said;
    }"""
    try:
        async with site(evil) as port:
            page = await context.new_page()
            await page.goto(f"http://evil.test:{port}/")
            said = await page.evaluate(look)
    finally:
        await context.close()
    assert said == dict.fromkeys(("image", "style", "script", "module"), "refused")


async def test_a_rebound_name_gets_no_answer_of_ours(
    resolving: Browser, admin: Server, utils: WorkerUtils, record_property: Callable[[str, object], None]
) -> None:
    before = await rows(utils)
    port = urlsplit(admin.url).port
    _, context = await logged_in(resolving, admin)
    asks = """async () => {
      const told = [];
      for (const [method, path, body] of [['GET', '/'], ['GET', '/api/jobs'], ['GET', '/api/session'], ['GET', '/healthz'],
          ['GET', '/assets/admin.js'], ['POST', '/api/jobs', '{"identifier": "planted"}']]) {
        const answer = await fetch(path, { method, body, headers: body ? { 'content-type': 'application/json' } : {} });
        told.push([answer.status, await answer.text()]);
      }
      return told;
    }"""
    try:
        for name in ("rebind.test", "evil.test"):
            page = await context.new_page()
            answer = await page.goto(f"http://{name}:{port}/?job=1")
            assert answer is not None and answer.status == 421
            told = await page.evaluate(asks)  # a page of the same origin, as a rebound one is
            assert [status for status, _ in told] == [421] * 6
            assert not any(SECRET in text or "csrf_token" in text for _, text in told)
    finally:
        await context.close()
    assert await rows(utils) == before
    record_property("figures", f"rebinding, mode {admin.options['auth'].mode}: 14 requests, 14 x 421")


@pytest.mark.parametrize("admin", ["basic"], indirect=True)
async def test_navigations_with_wrong_credentials_lock_nobody_out(resolving: Browser, admin: Server) -> None:
    address = admin.url.removeprefix("http://")
    context = await resolving.new_context()
    try:
        async with site("") as port:
            page = await context.new_page()
            await page.goto(f"http://evil.test:{port}/")
            for number in range(14):
                with contextlib.suppress(Exception):
                    await page.evaluate(f"location.href = 'http://a:b{number}@{address}/?{number}'")
                    await page.wait_for_timeout(100)
                    await page.goto(f"http://evil.test:{port}/")
            page = await context.new_page()  # a navigation of the other one may still be under way
            await page.goto(f"http://evil.test:{port}/")
            await page.evaluate(f"for (let n = 0; n < 14; n++) fetch('http://{address}/api/jobs', {{ mode: 'no-cors', headers: {{}} }}).catch(() => 0)")  # fmt: skip
            await page.wait_for_timeout(300)
    finally:
        await context.close()
    token = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{admin.url}/api/session", headers={"authorization": f"Basic {token}"})
    assert answer.status_code == 200
