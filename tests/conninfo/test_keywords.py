"""The keyword form, with libpq's quotes and backslashes."""

from __future__ import annotations

import pytest

from graphile_worker.conninfo.syntax.keywords import is_keyword_form, parse_keywords
from graphile_worker.core.exceptions import InvalidInput

PAIRS = {
    "host=h port=1": [("host", "h"), ("port", "1")],
    " host = h\n\tport =1 ": [("host", "h"), ("port", "1")],
    "password='a b'": [("password", "a b")],
    r"password='it\'s' user=u": [("password", "it's"), ("user", "u")],
    r"password='a\\b'": [("password", "a\\b")],
    r"password=a\ b\'c": [("password", "a b'c")],
    r"dbname=a\ ".strip(): [("dbname", "a")],
    "password=''": [("password", "")],
    "password= user=u": [("password", "user=u")],
    "host='a'port=1": [("host", "a"), ("port", "1")],
    "password=a=b": [("password", "a=b")],
    "password=it's": [("password", "it's")],
}


@pytest.mark.parametrize("text", PAIRS)
def test_pairs(text: str) -> None:
    assert is_keyword_form(text) and parse_keywords(text) == PAIRS[text]


@pytest.mark.parametrize("text", ["host=h left", "password='left", "=left", "host=h =left", "password='left' right'"])
def test_refused_without_a_part_of_it(text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parse_keywords(text)
    assert "left" not in str(raised.value) and "single quotes" in str(raised.value.hint)


@pytest.mark.parametrize("text", ["postgresql://h/d?a=b", "name", "", "mysql://u:p=1@h", "./file=x"])
def test_not_this_form(text: str) -> None:
    assert not is_keyword_form(text)
