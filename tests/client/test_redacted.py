"""What is hidden from a viewer is said as such; the same words in a payload of somebody who sees everything are text."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import HIDDEN
from graphile_worker.admin.client.model import reducers
from graphile_worker.admin.client.text import rows
from graphile_worker.admin.client.views.job import panel as job
from graphile_worker.admin.client.views.jobs import filters
from tests.client import fakes
from tests.client.states import cells, ready

MARK = f'"{HIDDEN}"'


def screen(redacted: list[str]) -> Any:
    """A list with a job whose payload and error are hidden, or whose payload and error are these words."""
    row = fakes.job(7, payload_preview=MARK, last_error=HIDDEN)
    del row["payload_bytes"]
    full = ready("?job=7", [row])
    full["session"]["redacted"] = redacted
    reducers.apply_detail(full, dict(row, id=7, payload_text=MARK, payload_truncated=False, as_of=fakes.NOW_TEXT))
    return full


def test_a_viewer_reads_that_it_is_hidden_and_copies_nothing() -> None:
    full = screen(["all"])
    [row] = cells(full)
    assert row.count(f'<i class="faint">{HIDDEN}</i>') == 2
    assert 'data-name="payload_preview"' not in row and 'data-name="last_error"' not in row
    panel = job.panel(full)
    assert panel.count(f"This is {HIDDEN}.") == 2
    assert "copy-payload" not in panel and "copy-error" not in panel
    assert "Search id, task, queue, key" in filters.tools(full)
    assert "what viewers may see of them" in filters.tools(full)


def test_the_same_words_are_text_for_who_sees_everything() -> None:
    full = screen([])
    [row] = cells(full)
    assert 'data-name="payload_preview"' in row and 'data-name="last_error"' in row
    panel = job.panel(full)
    assert "This is" not in panel and "copy-payload" in panel and "copy-error" in panel
    assert "Search id, task, key, error, payload" in filters.tools(full)


def test_a_payload_without_a_size_is_whole_where_the_preview_is_not_full() -> None:
    for preview, whole in ((MARK, True), ("x" * 200, False), ('{"a": ' + MARK + "}", True)):
        row = fakes.job(7, payload_preview=preview)
        del row["payload_bytes"]
        assert rows.is_complete(row) is whole
