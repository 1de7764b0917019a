"""A path of a payload is valid in the browser where it is valid on the server."""

from __future__ import annotations

from random import Random

import pytest

from graphile_worker.admin.api.jobs.payload_paths import parse_paths
from graphile_worker.admin.client.model import url_state
from graphile_worker.core.exceptions import InvalidInput


def test_the_rule_of_the_server() -> None:
    random = Random(5)
    signs = 'ab0[0][].. ":\\\t\n\x0b\x1c\x85\xa0\u1680\u2003\u2028\u3000\u200bü😀\0'
    texts = [
        "payload.",
        "payload.a",
        "payload",
        "a" * 200,
        "a" * 201,
        "a[0]",
        "[1].b",
        "a[",
        "a[]",
        "a[b]",
        '"a[0]".c',
        "payload[0]",
    ]
    texts += ["".join(random.choice(signs) for _ in range(random.randrange(9))) for _ in range(20_000)]
    for text in texts:
        try:
            valid = bool(parse_paths([text]))
        except InvalidInput:
            valid = False
        assert url_state.is_path(text) == valid, repr(text)


@pytest.mark.parametrize("path", ["payload", "lines[0]", "lines[0].price", "payload.lines[12]", "[0]", "lines.[0]"])
def test_the_message_names_the_form_of_an_element(path: str) -> None:
    with pytest.raises(InvalidInput, match=r"^payload_path .* lines\.0$"):
        parse_paths([path])


def test_names_with_brackets_in_quotes() -> None:
    assert parse_paths(['"lines[0]".price', "a[b]", "payload.payload"]) == (
        ("lines[0]", "price"),
        ("a[b]",),
        ("payload",),
    )
