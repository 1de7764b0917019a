"""A payload of any JSON shape is shown digit by digit, and what is copied is what the database holds, byte for byte."""

from __future__ import annotations

import re

import pytest_asyncio
from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.admin.client.text.html import visible
from graphile_worker.core.jobs import RawJson
from tests.browser.screen import Screen, eventually

COPIED = "() => navigator.clipboard.readText()"
# The tree without what stands for a folded object.
SHOWN = """() => {
  const tree = document.querySelector('#gw-job pre.json').cloneNode(true);
  for (const one of tree.querySelectorAll('summary i')) one.remove();
  return tree.textContent;
}"""
TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"{}\[\],:]+|[{}\[\],:]')
SHAPES = {
    "object": '{"a": 1, "b": {"c": [true, false, null]}}',
    "empty object": "{}",
    "empty array": "[]",
    "array": '[1, "two", [3, {"four": 4}], null]',
    "empties inside": '{"o": {}, "a": [ ], "s": "", "": {"": []}}',
    "string": '"only a text"',
    "empty string": '""',
    "number": "12",
    "true": "true",
    "null": "null",
    "beyond 64 bits": "[9223372036854775809, -9223372036854775809, 340282366920938463463374607431768211457]",
    "beyond a double": "[1e400, -1E+400, 1e-400, 123456789012345678901234567890.12345678901234567890]",
    "digits that a double loses": '{"price": 0.1000, "one": 1.0, "long": 0.30000000000000004441}',
    "zeros": "[0, -0, -0.0, 0e0, 0E-7, 0.000]",
    "the same key twice": '{"a": 1, "a": 2, "b": 0, "a": {"a": 3}}',
    "beyond the BMP": '{"😀 key": "𝒳 🏳️‍🌈 👨‍👩‍👧", "zoë": "日本語"}',
    "right to left": '{"name": "שלום \u202egnp.exe\u202c", "mark": "\u200f\u200b\u2066x\u2069"}',
    "lines that JSON allows": '{"u2028": "a\u2028b", "u0085": "a\u0085b", "bom": "\ufeffx"}',
    "escapes": r'{"tab\t": "\u0000\u001f\b\f\n\r\t\/\\\"", "half": "\ud800", "pair": "\ud83d\ude00", "e": "\u00e9"}',
    "backslashes at the end": r'{"path": "C:\\", "more": "\\\\\"", "next": "\\"}',
    "brackets in texts": '{"[": "]", "{": "}{][,:", ",": ":"}',
    "markup": '{"<b>": "<img src=x onerror=alert(1)>&amp;&#39;"}',
    "its own white space": '\r\n {\t"a" :\n\n[ 1 ,2\t]\r\n}  ',
    "deep": "[" * 300 + '{"deep": -0.10}' + "]" * 300,
    "long": "[" + ", ".join(f'"{number:040}"' for number in range(1400)) + "]",
}


@pytest_asyncio.fixture(loop_scope="session")
async def jobs(utils: WorkerUtils) -> dict[str, int]:
    """A job of every shape: its id by name."""
    ids = {}
    for name, text in SHAPES.items():
        ids[name] = (await utils.add_job(name)).id
        query = "update graphile_worker._private_jobs set payload = $2::text::json where id = $1"
        await utils.database.pool.execute(query, ids[name], text)
    return ids


@pytest_asyncio.fixture(loop_scope="session")
async def reader(jobs: dict[str, int], screen: Screen) -> Screen:
    """The page, which may use the clipboard."""
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await screen.open()
    await expect(screen.row(str(max(jobs.values())))).to_be_visible()
    return screen


async def test_shown_exactly_and_copied_byte_for_byte(utils: WorkerUtils, jobs: dict[str, int], reader: Screen) -> None:
    """Twenty shapes that somewhere else lose a digit, a key or a mark."""
    copy = reader.panel.get_by_role("button", name="Copy", exact=True).first
    for name, text in SHAPES.items():
        held = await utils.database.pool.fetchval(
            "select payload::text from graphile_worker._private_jobs where id = $1", jobs[name]
        )
        assert held == text, name  # the column is json, not jsonb: it keeps every byte
        await reader.open_job(str(jobs[name]))
        await expect(reader.panel.locator("h1")).to_have_text(name)

        shown = await reader.page.evaluate(SHOWN)
        assert TOKENS.findall(shown) == [visible(token) for token in TOKENS.findall(held)], name

        await copy.click()
        await eventually(lambda: reader.page.evaluate(COPIED), held)

        await reader.press("Raw")
        raw = reader.panel.locator("pre.json")
        await expect(reader.panel.get_by_role("button", name="Pretty")).to_be_visible()
        assert await raw.evaluate("pre => pre.textContent") == visible(held), name
        await reader.page.keyboard.press("Escape")
        await expect(reader.panel).to_have_count(0)


async def test_a_cut_payload_or_error_opens_the_job_and_its_button_copies_all_of_it(
    utils: WorkerUtils, screen: Screen
) -> None:
    payload = '{"numbers": [' + ", ".join(f"{number}.10" for number in range(200)) + "]}"
    error = "SMTP 550\n" + "  at send (mail.ts:88)\n" * 40
    await utils.add_job("mail", RawJson(payload))
    await utils.permanently_fail_jobs([1], error)
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await screen.open()
    row = screen.row("1")
    await row.hover()
    await row.get_by_role("button", name="Copy the payload of job 1").click()
    await eventually(lambda: screen.page.evaluate(COPIED), payload)
    await row.get_by_role("button", name="Copy the error of job 1").click()
    await eventually(lambda: screen.page.evaluate(COPIED), error)
    await screen.address()
    for cell in (".c-data", ".c-err"):
        await row.locator(cell).click(position={"x": 20, "y": 10})
        await screen.address(job="1")
        await screen.page.keyboard.press("Escape")
        await screen.address()


async def test_a_payload_too_long_for_the_page_says_how_much_of_it_was_copied(
    utils: WorkerUtils, screen: Screen
) -> None:
    payload = '{"text": "' + "é" * 300_000 + '"}'
    await utils.add_job("novel", RawJson(payload))
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await screen.open("?job=1")
    await expect(screen.panel).to_contain_text("the database holds all of it")
    await screen.press("Copy")
    await screen.shows_notice("Copied the first 262,144 characters of the payload")
    assert await screen.page.evaluate(COPIED) == payload[:262_144]
    await screen.page.keyboard.press("Escape")
    await screen.row("1").hover()
    await screen.row("1").get_by_role("button", name="Copy the payload of job 1").click()
    await screen.shows_notice("Copied the first 262,144 characters")
