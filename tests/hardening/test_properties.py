"""Suite 1: properties of what reads hostile text and of what writes text for others, derandomised."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graphile_worker.admin.api.jobs.search_terms import like
from graphile_worker.admin.api.json_codec import DEPTH_MAX, decode
from graphile_worker.admin.api.requests import AddJobRequest, BulkRequest, JobActionRequest, MaintenanceRequest
from graphile_worker.admin.client.payloads import json_text
from graphile_worker.admin.client.text import html, rows
from graphile_worker.cli import output
from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.schema import Schema, quoted_identifier, quoted_literal
from tests.hardening import test_properties_of_input as of_input
from tests.hardening.strategies import (
    CSV,
    EXAMPLES,
    FORMULAS,
    HARD,
    JSON,
    MARKUP,
    TEXT,
    Elements,
    refuses,
)

# ── JSON ──


@HARD
@given(st.binary(max_size=80) | TEXT.map(str.encode) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_decoded_or_refused_by_a_sentence(body: bytes) -> None:
    for kind in (AddJobRequest, JobActionRequest, BulkRequest, MaintenanceRequest):
        refuses(decode, body, kind)


@HARD
@given(JSON)
def test_a_payload_arrives_as_the_text_that_was_sent(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    asked = decode(f'{{"identifier": "a", "payload": {text}}}'.encode(), AddJobRequest)
    assert bytes(asked.payload) == text.encode()


@HARD
@given(st.integers(1, 400), st.sampled_from("[{"))
def test_depth_is_bounded_before_it_is_parsed(depth: int, opener: str) -> None:
    inner = "[" * depth + "]" * depth if opener == "[" else '{"a":' * depth + "1" + "}" * depth
    body = f'{{"identifier": "a", "payload": {inner}}}'.encode()
    assert refuses(decode, body, AddJobRequest) == (depth + 1 > DEPTH_MAX)


@HARD
@given(TEXT, TEXT)
def test_a_member_that_stands_twice_or_is_unknown_is_refused(name: str, value: str) -> None:
    pair = f"{json.dumps(name)}: {json.dumps(value)}"
    assert refuses(decode, f"{{{pair}, {pair}}}".encode(), AddJobRequest)
    if name not in AddJobRequest.__struct_fields__:
        assert refuses(decode, f'{{"identifier": "a", {pair}}}'.encode(), AddJobRequest)


@HARD
@given(JSON, MARKUP)
def test_drawn_json_is_inert_and_loses_nothing(value: Any, more: str) -> None:
    text = json.dumps([value, more], ensure_ascii=False)
    drawn, cut = json_text.pretty(text)
    elements = Elements(drawn)
    assert not cut
    assert elements.names <= {"b", "i", "details", "summary", "span"}
    assert {name for name, _ in elements.attributes} <= {"class", "open"}


# ── HTML ──


@HARD
@given(MARKUP | TEXT)
def test_escaped_text_makes_no_element_and_no_attribute(text: str) -> None:
    drawn = Elements(f'<p title="{html.esc(text)}">{html.esc(text)}</p>')
    assert drawn.names == {"p"}
    assert drawn.attributes == [("title", html.visible(text))]
    assert drawn.text == html.visible(text)


@HARD
@given(MARKUP | TEXT, MARKUP)
def test_attributes_and_code_are_escaped(text: str, other: str) -> None:
    drawn = Elements(f"<p{html.attrs(title=text, data_id=other)}>{html.code(text)}</p>")
    assert drawn.names <= {"p", "code"}
    assert {name for name, _ in drawn.attributes} == {"title", "data-id"}


@HARD
@given(TEXT | MARKUP)
def test_nothing_that_is_shown_is_hidden_or_turns_the_direction(text: str) -> None:
    shown = html.visible(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", shown)
    assert html.visible(shown) == shown


# ── CSV and terminals ──


@HARD
@given(st.lists(CSV | TEXT, min_size=1, max_size=5))
def test_no_csv_cell_is_a_formula_and_every_cell_is_read_back(cells: list[str]) -> None:
    line = rows.csv_line(cells)
    (row,) = csv.reader(io.StringIO(line, newline="")) if "\x00" not in line else ([],)
    if not row:
        return
    for cell, read in zip(cells, row, strict=True):
        assert read in (cell, "'" + cell)
        assert not read.startswith(FORMULAS) or read.removeprefix("-").isdecimal()


@HARD
@given(TEXT | MARKUP)
def test_a_terminal_gets_no_control_character(text: str) -> None:
    for shown in (output.safe(text), output.cell(text)):
        assert not re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", shown)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", output.csv_safe(text).replace("\r\n", "\n"))


# ── SQL, asked of PostgreSQL itself ──


async def test_names_and_literals_are_quoted_as_postgresql_reads_them(pool: Pool) -> None:
    texts: list[str] = []

    @HARD
    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from("'\"\\$;-/*%"), min_size=1, max_size=40))  # fmt: skip
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    assert len(texts) >= EXAMPLES // 2
    always_on = await pool.fetchval("select current_setting('server_version_num')::int >= 190000")
    for text in texts:
        assert await pool.fetchval(f"select {quoted_literal(text)}") == text
        for setting in ("on",) if always_on else ("on", "off"):
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute(f"set local standard_conforming_strings = {setting}")
                assert await connection.fetchval(f"select {quoted_literal(text)}") == text
        if len(text.encode()) <= 63:
            assert Schema(text).quoted == quoted_identifier(text)
            row = await pool.fetchrow(f"select 1 as {quoted_identifier(text)}")
            assert row is not None and list(row.keys()) == [text]
        else:
            assert refuses(Schema, text)


async def test_a_search_finds_the_text_itself_and_no_pattern(pool: Pool) -> None:
    cases: list[tuple[str, str]] = []
    texts = st.text(st.sampled_from("%_\\ab*é'"), max_size=8)

    @HARD
    @given(texts, texts)
    def collect(needle: str, hay: str) -> None:
        cases.append((needle, hay))
        cases.append((needle, hay + needle + hay))

    collect()
    needles, hays = [like(needle) for needle, _ in cases], [hay for _, hay in cases]
    found = await pool.fetch("select h like n as hit from unnest($1::text[], $2::text[]) as u(n, h)", needles, hays)
    assert [row["hit"] for row in found] == [needle in hay for needle, hay in cases]


def test_the_suite_has_its_volume(record_property: Callable[[str, object], None]) -> None:
    names = [name for module in (globals(), vars(of_input)) for name in module if name.startswith("test_")]
    properties = [name for name in names if name != "test_the_suite_has_its_volume"]
    assert len(properties) >= 25
    record_property("figures", f"properties {len(properties)} x {EXAMPLES} examples")
