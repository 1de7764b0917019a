"""Values at paths of the payload in exports: the same as in the list, complete, and safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import Any

import pytest

from graphile_worker.admin.api import vocabulary
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener
from tests.server.test_payload_values import PAYLOADS, VALUES, added

NOTES = {note: f"({words})" for note, words in vocabulary.PAYLOAD_NOTES.items()}
WHOLE = VALUES | {"long": {"text": "é" * 300}}
FORMULAS = ("=1+1", "+1", "-1+2", "@x", "\t=1", "\r=1", "＝1", "-12", "plain", 'a"b,c\r\nd')


async def sheet(door: Door, *paths: str, **more: Any) -> list[list[str]]:
    """The cells of the CSV."""
    answer = await door.get("/api/jobs/export", params={"format": "csv", "payload_path": list(paths), **more})
    assert answer.status_code == 200, answer.text[:300]
    csv.field_size_limit(sys.maxsize)
    return list(csv.reader(io.StringIO(answer.text, newline="")))


@pytest.mark.any_schema
async def test_hostile_payloads_are_text_or_a_note(door: Door, utils: WorkerUtils) -> None:
    names = await added(utils, PAYLOADS)
    answer = await door.get("/api/jobs/export", params={"payload_path": "customer.id"})
    lines = answer.text.splitlines()
    assert len(lines) == len(names)
    for line, name in zip(lines, names.values(), strict=True):
        value = json.loads("{" + line[line.index('"payload_values":') :])[
            "payload_values"
        ]  # Python reads no deep payload
        assert value == [WHOLE[name]], name
    header, *rows = await sheet(door, "customer.id")
    assert header == [*vocabulary.EXPORT_COLUMNS, "payload.customer.id"]
    for row, name in zip(rows, names.values(), strict=True):
        value = WHOLE[name] or {"text": ""}
        assert row[-1] == (NOTES[value["note"]] if value["text"] is None else value["text"]), name
        assert row[-2] == PAYLOADS[name]


async def test_cells_and_titles_are_no_formulas(door: Door, utils: WorkerUtils) -> None:
    await added(utils, {text: json.dumps({"=a": text, '"': 1}) for text in FORMULAS})
    header, *rows = await sheet(door, "=a", r'"\""', "payload.none")
    assert header[-3:] == ["payload.=a", r'payload."\""', "payload.none"]
    for row, text in zip(rows, FORMULAS, strict=True):
        lead = "'" if text[0] in "=+-@\t\r＝" and text != "-12" else ""
        assert row[-3:] == [lead + text, "1", ""]


async def test_without_paths_nothing_is_added(door: Door, utils: WorkerUtils) -> None:
    await utils.add_job("t", {"a": 1})
    assert tuple((await sheet(door))[0]) == vocabulary.EXPORT_COLUMNS
    assert "payload_values" not in json.loads((await door.get("/api/jobs/export")).text)
    for wrong in (["a."], ["a"] * 4, ["payload"]):
        answer = await door.get("/api/jobs/export", params={"payload_path": wrong})
        assert (answer.status_code, answer.json()["field"]) == (400, "payload_path"), wrong


@pytest.mark.parametrize("redact", [("all",), ("customer.email",)])
async def test_values_are_hidden_from_viewers(open_door: Opener, utils: WorkerUtils, redact: tuple[str, ...]) -> None:
    await utils.add_job("t", {"customer": {"email": "secret@example.com", "id": 42}})
    viewer = Door(open_door("host", redact=redact).client, {"x-user": "vera:read"})
    paths = ("customer.email", "customer.id")
    header, row = await sheet(viewer, *paths)
    assert header == [*vocabulary.EXPORT_COLUMNS, "payload.customer.email", "payload.customer.id"]
    assert row[-2:] == [vocabulary.HIDDEN] * 2 and len(row) == len(header) and "secret" not in str(row)
    answer = await viewer.get("/api/jobs/export", params={"payload_path": list(paths)})
    assert json.loads(answer.text)["payload_values"] == [{"text": vocabulary.HIDDEN, "note": "hidden"}] * 2
    assert "secret" not in answer.text
