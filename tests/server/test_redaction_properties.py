"""For any JSON document and any paths: the values there are hidden, and all else keeps every byte."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphile_worker.admin.api.redaction.json_paths import Path, parse_path, spans
from graphile_worker.admin.api.redaction.redact import PAYLOAD_MAX, Redaction
from graphile_worker.admin.api.vocabulary import HIDDEN
from graphile_worker.core.jobs import JobSpec
from graphile_worker.worker_utils import WorkerUtils
from tests.hardening.volume import volume
from tests.server.conftest import Door, Opener
from tests.support.table import Table

NAMES = ["a", "b", "payload", "jobs", "ä", "0", "1", "\U0001f600", "a.b", '"', "\\", "", "last_error", "customer email"]
SECRET = "CANARY7f3a"
MARK = json.dumps(HIDDEN)
SCALARS = ["1e400", "-0.00", "123456789012345678901234567890", "true", "null", '""', '"\\u0000\\ud800"', '"}],:{\\""']


@dataclass(frozen=True)
class Node:
    """A JSON value as text with the space around it, or its members: pairs of the written name and a value."""

    text: str = ""
    before: str = ""
    after: str = ""
    members: tuple[tuple[str | None, Node], ...] = ()

    def written(self) -> str:
        """The JSON text."""
        if not self.text.startswith(("{", "[")) or self.text in (MARK,):
            return self.before + self.text + self.after
        inner = ",".join((f"{name}:" if name is not None else "") + node.written() for name, node in self.members)
        return self.before + self.text[0] + inner + self.text[1] + self.after

    def redacted(self, tails: Sequence[Path]) -> Node:
        """The same without what the paths lead to, found in the tree and not in the text."""
        members = []
        for place, (name, node) in enumerate(self.members):
            word = str(place) if name is None else json.loads(name)
            inner = [tail[1:] for tail in tails if tail[0] in (None, word)]
            inner += tails if name is None else []
            hidden = Node(MARK, node.before, node.after)
            members.append((name, hidden if () in inner else node.redacted(inner)))
        return Node(self.text, self.before, self.after, tuple(members))


def escaped(name: str, dice: random.Random) -> str:
    """A name as a JSON string, in one of its many spellings."""
    units = name.encode("utf-16-be")
    if dice.random() < 0.4:
        return '"' + "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)) + '"'
    return json.dumps(name, ensure_ascii=dice.random() < 0.5)


def document(dice: random.Random, depth: int = 0) -> Node:
    """Any JSON value; the deeper, the flatter."""
    before, after = (dice.choice(["", "", " ", "\n", "\t\r"]) for _ in range(2))
    if depth and dice.random() < 0.25 + depth * 0.12:
        secret = json.dumps(dice.choice(["", "x", "\\", '"']) + SECRET)
        return Node(dice.choice([secret, *SCALARS]), before, after)
    is_object = dice.random() < 0.65
    names = [escaped(dice.choice(NAMES), dice) if is_object else None for _ in range(dice.randint(0, 4))]  # some twice
    members = tuple((name, document(dice, depth + 1)) for name in names)
    return Node("{}" if is_object else "[]", before, after, members)


def one_path(dice: random.Random) -> str:
    """A path as people write it."""
    return ".".join(dice.choice(["*", *map(json.dumps, NAMES), "a", "b"]) for _ in range(dice.randint(1, 3)))


@settings(max_examples=volume(300, 3000), deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False))
def test_the_text_without_the_values_at_the_paths(dice: random.Random) -> None:
    node, words = document(dice), [one_path(dice) for _ in range(dice.randint(1, 3))]
    redaction = Redaction.of(words)
    assert redaction.payload(node.written()) == node.redacted(redaction.paths).written()


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=60))
def test_text_that_is_no_json_breaks_nothing(text: str) -> None:
    told = Redaction.of(["a", "*"]).payload(text)
    assert told == MARK or isinstance(told, str)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
def test_a_path_of_any_names_can_be_written(names: list[str]) -> None:
    path = parse_path(".".join(map(json.dumps, names)))
    inner = json.dumps(SECRET)
    for name in reversed(names):
        inner = "{" + json.dumps(name) + ":" + inner + "}"
    assert path == tuple(names)
    assert [inner[start:end] for start, end in spans(inner, [path])] == [json.dumps(SECRET)]


def test_depth_costs_no_stack() -> None:
    deep = '{"a":' * 7000 + f'"{SECRET}"' + "}" * 7000
    assert Redaction.of(["a.a.a"]).payload(deep) == '{"a":{"a":{"a":' + MARK + "}}}"
    assert Redaction.of(["*.b"]).payload(deep) == deep


def test_a_payload_over_the_limit_is_hidden_whole() -> None:
    for over, hidden in ((0, False), (1, True)):
        text = '"' + "x" * (PAYLOAD_MAX - 2 + over) + '"'
        assert (Redaction.of(["a"]).payload(text) == MARK) is hidden


async def stored(utils: WorkerUtils, texts: list[str]) -> None:
    """Jobs with these payloads, alone in the table."""
    table = Table.of(utils)
    await table.run("truncate {s}._private_jobs restart identity cascade")
    await utils.add_jobs([JobSpec("t") for _ in texts])
    for place, text in enumerate(texts, 1):
        await table.run(
            "update {s}._private_jobs set payload = $1::text::json, last_error = $2, attempts = 25 where id = $3",
            text, f"{text[:500]} {SECRET}", place,
        )  # fmt: skip


@settings(
    max_examples=volume(12, 200),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(dice=st.randoms(use_true_random=False))
async def test_no_form_of_no_answer_has_the_value(utils: WorkerUtils, open_door: Opener, dice: random.Random) -> None:
    nodes, words = [document(dice) for _ in range(6)], [one_path(dice) for _ in range(2)]
    redaction = Redaction.of(words)
    hidden = [node.redacted(redaction.paths).written() for node in nodes]
    await stored(utils, [node.written() for node in nodes])
    viewer = open_door("none", redact=words, read_only=True)
    whole = (await viewer.get("/api/jobs")).text
    for text in hidden:
        assert f'"payload":{text},' in whole
    for form, most in (("text", None), ("preview", 200)):
        jobs: list[Any] = (await viewer.answer(f"/api/jobs?payload={form}"))["jobs"]
        assert [job[f"payload_{form}"] for job in jobs] == [text[:most] for text in hidden]
        one = await viewer.answer(f"/api/jobs/1?payload={form}")
        assert one[f"payload_{form}"] == hidden[0][:most]
    lines = (await viewer.get("/api/jobs/export")).text.split("\n")
    for line, text in zip(lines, hidden, strict=False):
        assert f'"payload":{text},'.replace("\n", " ").replace("\r", " ") in line
    sheet = list(csv.reader(io.StringIO((await viewer.get("/api/jobs/export?format=csv")).text, newline="")))
    assert [row[-1].removeprefix("'") for row in sheet[1:]] == hidden
    await errors_are_hidden(viewer)


async def errors_are_hidden(viewer: Door) -> None:
    """No answer has the error, which quotes the payload."""
    assert {job["last_error"] for job in (await viewer.answer("/api/jobs?payload=none"))["jobs"]} == {HIDDEN}
    for path in ("/api/tasks", "/api/jobs/1?payload=none", "/api/jobs?payload=none", "/api/errors"):
        assert SECRET not in (await viewer.get(path)).text, path
