"""Generated parts are as the code says now, and every link and test that a document names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import action_table
from scripts.generate_docs import ROOT, documents, filled

_LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_is_up_to_date_and_its_links_lead_somewhere(path: Path) -> None:
    text = path.read_text("utf-8")

    assert text == filled(text), "run scripts/docs"
    assert [link for link in _LINK.findall(text) if not (path.parent / link).exists()] == []


def test_the_index_lists_every_document_once() -> None:
    index = ROOT / "docs/README.md"
    listed = sorted((index.parent / link).resolve() for link in _LINK.findall(index.read_text("utf-8")))
    elsewhere = [
        ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "benchmarks/README.md")
    ]
    assert listed == sorted([*(path for path in (ROOT / "docs").rglob("*.md") if path != index), *elsewhere])


@pytest.mark.parametrize(
    "path",
    [ROOT / "CONTRIBUTING.md", ROOT / "docs/architecture.md", *sorted((ROOT / "docs/contributing").glob("*.md"))],
    ids=lambda path: path.name,
)
def test_every_file_that_a_guide_names_is_there(path: Path) -> None:
    """Paths in backticks, from the root or from the package; names with capitals or `…` stand for any file."""
    named = re.findall(r"`([\w./-]+\.(?:py|sql|js|css|toml|md|html|yaml)|[\w./-]+/)`", path.read_text("utf-8"))
    folders = [ROOT, ROOT / "src/graphile_worker", ROOT / "src/graphile_worker/admin/client"]
    wanted = [name for name in named if "NAME" not in name]
    assert [name for name in wanted if not any((folder / name).exists() for folder in folders)] == []


def test_the_page_has_the_actions_of_the_table() -> None:
    assert (ROOT / action_table.MODULE).read_text("utf-8") == action_table.module(), "run scripts/docs"
