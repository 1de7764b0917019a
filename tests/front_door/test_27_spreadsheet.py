"""Case 27: CSV opened by a spreadsheet, which takes a file without the byte order mark for its own country's encoding.

The kind: every way in which CSV leaves the program can begin with the mark, the page's downloads do, and what people save
with such a mark is read without it.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.client.model.queries import export_path
from graphile_worker.admin.server.users.users_file import parse, read
from tests.cli.support import Program
from tests.client.program import click, started
from tests.client.test_taking import rows, select
from tests.front_door.auditing import Audited
from tests.server.operators import line, write

MARK = b"\xef\xbb\xbf"
TEXT = "Grüße 北 \ufeff"


async def _job(utils: WorkerUtils) -> None:
    await utils.add_job("send", {"to": TEXT}, key=TEXT)


def _sheet(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(("asked", "marked"), [("", False), ("&bom=false", False), ("&bom=true", True)])
@pytest.mark.parametrize("redact", [(), ("to",)], ids=["shown", "redacted"])
async def test_the_api_has_it_where_it_is_asked_for(
    asked: str, marked: bool, redact: tuple[str, ...], utils: WorkerUtils
) -> None:
    await _job(utils)
    admin = Audited(utils, redact=redact, read_only=bool(redact))
    async with admin.client() as client:
        raw = (await client.get("/api/jobs/export?format=csv" + asked)).content
    assert raw.startswith(MARK) is marked and raw.count(MARK) == marked + (2 if not redact else 1)
    header, job = _sheet(raw)
    assert header[0] == "id" and job[8] == TEXT


@pytest.mark.parametrize(
    "query",
    ["format=ndjson&bom=true", "bom=true", "format=csv&bom=yes", "format=csv&bom=", "format=csv&bom=true&bom=true"],
)
async def test_what_it_does_not_go_with_is_named(query: str, utils: WorkerUtils) -> None:
    async with Audited(utils).client() as client:
        answer = await client.get(f"/api/jobs/export?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, "bom")


async def test_the_command_line_has_it_where_it_is_asked_for(dsn: str, utils: WorkerUtils, tmp_path: Path) -> None:
    await _job(utils)
    program, file = Program(dsn), tmp_path / "jobs.csv"
    for options, marked in (([], False), (["--no-bom"], False), (["--bom"], True)):
        assert program("export", "-o", str(file), *options).code == 0
        raw = file.read_bytes()
        assert raw.startswith(MARK) is marked and _sheet(raw)[1][8] == TEXT
        shown = program("export", "--format", "csv", *options).out
        assert shown.startswith("\ufeff") is marked and shown.count("\ufeff") == marked
    wrong = program("export", "--bom")
    assert wrong.code == 2 and "--bom goes with --format csv" in wrong.err


def test_the_downloads_of_the_page_have_it_and_its_copies_do_not() -> None:
    app, dom, _server = started(jobs=rows())
    assert "format=csv&amp;bom=true" in dom.shown["gw-admin"] and "format=ndjson&amp;bom" not in dom.shown["gw-admin"]
    assert export_path(app.state["route"], "ndjson").count("bom") == 0
    select(app, "9007199254740993")
    for way, form in (("save", "csv"), ("save", "json"), ("copy", "csv")):
        click(app, "take", way=way, form=form)
    (_, sheet, _), (_, document, _) = dom.downloads
    assert (
        sheet.startswith("\ufeffid,") and not document.startswith("\ufeff") and not dom.copied[0].startswith("\ufeff")
    )


async def test_what_was_saved_with_it_is_read_without_it(dsn: str, utils: WorkerUtils, tmp_path: Path) -> None:
    payload = tmp_path / "payload.json"
    payload.write_bytes(MARK + b'{"a": 1}')
    program = Program(dsn)
    assert program("add", "send", "--payload-file", str(payload)).code == 0
    assert program("add", "send", "--payload-file", "-", stdin='\ufeff{"b": 2}').code == 0
    found = await utils.database.pool.fetch("select payload::text from graphile_worker._private_jobs order by id")
    assert [row["payload"] for row in found] == ['{"a": 1}', '{"b": 2}']
    users = write(tmp_path / "users", "\ufeff" + line("vera"))
    assert list(parse(read(users)[0], users)) == ["vera"]
