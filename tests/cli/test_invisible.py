"""What a terminal obeys or swallows is written out: in lines, tables, JSON and CSV."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest

from graphile_worker.admin.client.text.html import visible
from graphile_worker.cli.output import csv_safe, json_safe, safe
from tests.cli.support import Program

TAG, SELECTOR = "\U000e0041", "\U000e0101"


@pytest.mark.parametrize(
    ("mark", "written"),
    [
        ("\u200b", "\\u200b"), ("\u200f", "\\u200f"), ("\u2060", "\\u2060"), ("\ufeff", "\\ufeff"), ("\xad", "\\xad"),
        ("\u202e", "\\u202e"), ("\u2066", "\\u2066"), (TAG, "\\U000e0041"), (SELECTOR, "\\U000e0101"),
        ("\u3164", "\\u3164"), ("\x1b", "\\x1b"), ("\ufe0f", "\ufe0f"), ("é", "é"), ("漢", "漢"),
    ],
)  # fmt: skip
def test_marks_in_lines_json_and_csv(mark: str, written: str) -> None:
    assert safe(f"a{mark}b") == f"a{written}b" == csv_safe(f"a{mark}b")
    document = json.dumps({"a": f"a{mark}b"}, ensure_ascii=False)
    assert json.loads(json_safe(document)) == json.loads(document)
    assert (mark in json_safe(document)) == (mark == written)


def test_all_that_the_page_writes_out_and_all_format_characters_of_planes_14() -> None:
    shown = [chr(code) for code in range(0x20, sys.maxunicode + 1) if visible(chr(code)) != chr(code)]
    assert len(shown) > 2000 and [mark for mark in shown if safe(mark) == mark] == []
    tags = [chr(code) for code in range(0xE0000, 0xE1000) if unicodedata.category(chr(code)) in ("Cf", "Mn")]
    assert [mark for mark in tags if safe(mark) == mark] == []


def test_a_hidden_name_is_visible_in_a_list(dsn: str) -> None:
    program = Program(dsn)
    assert program("add", f"pay{TAG}\u200b").code == 0
    listed = program("list")
    assert "pay\\U000e0041\\u200b" in listed.out and TAG not in listed.out
    as_json = program("list", "--json")
    assert TAG not in as_json.out and as_json.value[0]["task_identifier"] == f"pay{TAG}\u200b"
