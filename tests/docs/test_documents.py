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


def test_the_page_has_the_actions_of_the_table() -> None:
    assert (ROOT / action_table.MODULE).read_text("utf-8") == action_table.module(), "run scripts/docs"
