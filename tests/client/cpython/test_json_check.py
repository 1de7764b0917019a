"""The check of a payload beside the parser of CPython."""

from __future__ import annotations

import json
import random

from graphile_worker.admin.client.payloads import json_edit
from tests.client.test_payload_editor import TEXT

PIECES = ["{", "}", "[", "]", ":", ",", '"a"', '"\\u00e9"', '"\\x"', '"', "\\", "1", "-0", "01", "1.5e+3", "1.", "-", "e", "true",
          "nul", " ", "\n", "\t", "é", "\x01", '"\t"', "{}", "[]", '"\\"', "NaN"]  # fmt: skip


def is_json(text: str) -> bool:
    """By Python's parser, which is strict besides NaN and Infinity."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


def test_the_check_agrees_with_a_parser() -> None:
    chosen = random.Random(7)
    texts = ["", " ", TEXT, "7", '"x"', "[" * 7000 + "]" * 7000, "[" * 7000] + PIECES
    for _ in range(5_000):
        texts.append("".join(chosen.choice(PIECES) for _ in range(chosen.randint(1, 9))))
    for _ in range(2_000):  # one character of a right text is changed
        at = chosen.randrange(len(TEXT))
        texts.append(TEXT[:at] + chosen.choice('{}[]:,"\\1 ex') + TEXT[at + 1 :])
    for text in texts:
        right = text.endswith("]") if text.startswith("[[[[") else is_json(text)
        assert (json_edit.problem(text) == "") is right, text
