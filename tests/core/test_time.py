"""Time is the database's: shown, compared and written. Three files read the host's clock, and compare nothing with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import graphile_worker

HOME = Path(graphile_worker.__file__).parent
CLOCKS = {("time", "time"), ("time", "time_ns"), ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}  # fmt: skip
ALLOWED = {
    "core/diagnosis/capabilities.py",  # measures how far the two are apart
    "cli/options/parsers.py",  # asks the zone of this machine for its offset tomorrow; the database's clock gives the date
    "admin/server/audit/events.py",  # an event has the time of the log's lines beside it, also while the database is away
}
APPLICATIONS = (
    "demo",
    "admin/client",
)  # the demo is an application of its own; the page counts from the answers' own time


def readings(path: Path) -> Iterator[str]:
    """Every call of the host's wall clock in a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and (node.value.id, node.attr) in CLOCKS
        ):
            yield f"{path.relative_to(HOME)}:{node.lineno}"


def test_no_file_of_ours_reads_the_hosts_clock() -> None:
    files = [path for path in HOME.rglob("*.py") if not str(path.relative_to(HOME)).startswith(APPLICATIONS)]
    found = {place for path in files for place in readings(path)}

    assert len(files) > 60
    assert {place.partition(":")[0] for place in found} == ALLOWED
