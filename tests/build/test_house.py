"""`scripts/house`: each measure over a small checkout, and the walks over this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.house_report import __main__, signatures, sizes, touched
from scripts.house_report.sources import HERE
from scripts.house_report.walks import COMMON, WALKS, crossed_files

PACKAGE = "src/graphile_worker"
SOURCES = {
    "table.py": """
"All but the docstring: complete fail run-now retry reschedule."
ACTIONS = ("complete", "fail", "run-now", "retry", "reschedule")
SOME = ("complete", "fail", "retry")

class Utils:
    async def complete_jobs(self): ...
    async def permanently_fail_jobs(self): ...
    async def run_now(self): ...
    async def retry(self): ...
    async def reschedule_jobs(self): ...
""",
    "server/routes.py": """
from graphile_worker.suggest import suggest_names

# a comment

ROUTES = ["/api/suggest", "/api/jobs"]
""",
    "server/openapi.py": 'DOC = {"/api/suggest": "names"}\n',
    "suggest.py": 'def suggest_names(pool: P, schema: S) -> str:\n    """Names."""\n    return ""\n',
    "sql/suggest.sql": "-- :name names\nselect 1\n\n-- a comment\n",
    "sql/jobs.sql": "-- reschedule\nselect reschedule_jobs(1)\n",
    "client/app.py": "def a(x: dict[str, Any]) -> None: ...\ndef b(y: int) -> None: ...\n",
    "assets/made.py": 'ACTIONS = ("complete", "fail", "run-now", "retry", "reschedule")\n',
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A package with the files of SOURCES."""
    for name, text in SOURCES.items():
        path = tmp_path / PACKAGE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.removeprefix("\n"))
    return tmp_path


def test_places_of_an_action_are_the_statements_that_name_all(checkout: Path) -> None:
    assert touched.action_tables(checkout) == [f"{PACKAGE}/table.py:2", f"{PACKAGE}/table.py:5"]
    assert touched.action_files(checkout) == [f"{PACKAGE}/sql/jobs.sql", f"{PACKAGE}/table.py"]


def test_places_of_an_endpoint_name_its_path_or_its_parts(checkout: Path) -> None:
    assert [one.removeprefix(f"{PACKAGE}/") for one in touched.endpoint_statements(checkout)] == [
        "server/openapi.py:1", "server/routes.py:1", "server/routes.py:5", "sql/suggest.sql", "suggest.py:1",
    ]  # fmt: skip
    assert touched.path_statements(checkout) == (2, 1, 2)


def test_signatures_folders_and_lines(checkout: Path) -> None:
    assert signatures.client_any(checkout) == (1, 2)
    assert signatures.handed_a_schema(checkout) == [f"{PACKAGE}/suggest.py:1 suggest_names"]
    assert sizes.largest_folder(checkout) == (2, f"{PACKAGE}/server")
    assert sizes.largest_folder(checkout, ()) == (2, f"{PACKAGE}/sql")
    assert sizes.code_lines(checkout) == {".py": 15, ".sql": 2, ".js": 0, ".css": 0}
    assert sizes.sizes(checkout).largest_function == (3, f"{PACKAGE}/suggest.py:1 suggest_names")


def test_the_report_prints_every_measure(capsys: pytest.CaptureFixture[str]) -> None:
    __main__.main(["--no-walks"])
    names = [line.partition(": ")[0] for line in capsys.readouterr().out.splitlines()]
    assert len(names) == 13 and "retired words in names" in names


def test_each_walk_crosses_the_files_that_must_run() -> None:
    """Some that no walk can do without, and none that is only imported."""
    crossed = crossed_files(HERE)
    assert {name: len(files) > 5 for name, files in crossed.items()} == dict.fromkeys(crossed, True)
    assert [name for name, files in crossed.items() if "cli/main.py" in files] == ["command", "stats"]
    assert all(
        any(file.startswith("admin/server/") for file in crossed[name]) for name in ("list", "action", "request")
    )
    assert all(file.startswith("admin/client/") for name in ("click", "redraw") for file in crossed[name])
    assert all(set(crossed[name]) - set(crossed[COMMON[name]]) for name in WALKS)
    assert all("admin/api/vocabulary.py" not in files for files in crossed.values())
