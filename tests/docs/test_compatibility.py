"""docs/compatibility.md proves what it claims: by tests that exist, for every known fault and every difference."""

from __future__ import annotations

import ast
import re
from functools import cache

from scripts.generate_docs import ROOT

TEXT = (ROOT / "docs/compatibility.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)
FAULTS = {*(f"A{number}" for number in range(1, 16)), *(f"B{number}" for number in range(1, 30))}


@cache
def functions_of(path: str) -> frozenset[str]:
    """The names of the test functions in a file, methods of test classes included."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_test_it_names_is_there() -> None:
    assert len(NAMED) > 50
    assert [f"{path}::{name}" for path, name in NAMED if name not in functions_of(path)] == []


def test_every_known_fault_has_a_row_and_a_proof_where_it_is_ours() -> None:
    rows = [line.split(" | ") for line in TEXT.splitlines() if re.match(r"\| [AB]\d", line)]
    told = {fault for row in rows for fault in re.findall(r"[AB]\d+", row[0])}
    assert told == FAULTS
    for row in rows:
        assert ("::test_" in row[3]) != row[2].startswith("not ours"), row
