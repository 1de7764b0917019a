"""The strategies and helpers of suite 1."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import click
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from graphile_worker.core.exceptions import InvalidInput
from tests.hardening.volume import volume

EXAMPLES = volume(40, 300)
HARD = settings(
    max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_MARKS = list("<>&\"'`=/ !-\n\t\u202e\ufeff\x00\x1b\x9baé😀;")
_TOKENS = ["<a>", '" b="', "' b='", "</p>", "&lt;", "<!--"]
MARKUP = st.lists(st.sampled_from(_MARKS + _TOKENS), max_size=30).map("".join)
CSV = st.text(st.sampled_from("=+-@\t\r\n'\",;|\uff1d\uff0b\uff0d\uff2019a .eE"), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=24)
ZONES = [datetime.timezone(datetime.timedelta(minutes=minutes)) for minutes in (0, 345, -660, 840)]
MOMENTS = st.datetimes(datetime.datetime(1, 1, 3), datetime.datetime(9999, 12, 29), timezones=st.sampled_from(ZONES))
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def refuses(call: Callable[..., Any], *arguments: Any) -> bool:
    """Whether a value is refused by a sentence; anything else that is raised is a fault."""
    try:
        call(*arguments)
    except (InvalidInput, ValueError, click.ClickException) as error:
        assert str(error) or isinstance(error, click.ClickException)
        return True
    return False


class Elements(HTMLParser):
    """The elements, attributes and text of markup."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data
