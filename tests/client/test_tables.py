"""Errors, queues and workers as tables: variants of an error, what varies in it, ranges, held queues only."""

from __future__ import annotations

import re
from typing import Any

from graphile_worker.admin.client.handlers import dispatch
from graphile_worker.admin.client.model import queries, reducers, url_state
from graphile_worker.admin.client.views.shell import page
from tests.client import fakes
from tests.client.states import listed, ready


def group(fingerprint: str, example: str, *variants: tuple[str, int], **more: Any) -> dict[str, Any]:
    """A row of GET api/errors."""
    common = {"retrying": 0, "first_at": fakes.NOW_TEXT, "last_at": fakes.NOW_TEXT, "job": 7}
    tasks = [{"task_identifier": "mail", "count": 1, "retrying": 0}]
    rows = [dict(common, text=text, count=count, tasks=tasks) for text, count in variants]
    row = dict(common, fingerprint=fingerprint, count=3, example=example, tasks=tasks, task_count=1)
    return row | {"variants": rows, "variant_count": len(rows) or 1} | more


def text_of(drawn: str) -> str:
    """The first text of an error, what varies in it in brackets."""
    link = drawn.split('<td class="c-error">')[1].split("</a>")[0]
    marked = link.replace('<span class="variable">', "[").replace("</span>", "]")
    return re.sub("<[^>]*>", "", marked)


def test_the_text_of_an_error_stands_once_and_shows_what_varies_in_it() -> None:
    for fingerprint, example, shown in (
        ("no mailbox …", "no mailbox 17", "no mailbox [17]"),
        ("user … is … years", "  user 4 is 30 years\n at x", "user [4] is [30] years"),
        ("… is closed", "Error:\norder-7 is closed", "[order-7] is closed"),
        ("a … b … b", "a 1 b 2 b", "a [1] b [2] b"),
        ("no … here", "another text", "no […] here"),
        ("Error:", "Error: 7", "Error:"),
        ("x" * 197 + "… y", "x" * 197 + "12 y and more", "x" * 197 + "[12] y[ and more]"),
    ):
        drawn = listed("errors", group(fingerprint, example), looked=3)
        assert text_of(drawn).endswith(shown), (fingerprint, text_of(drawn))
        assert "e.g." not in drawn


def test_a_group_unfolds_into_its_variants() -> None:
    full = ready("?view=errors")
    full["route"] = url_state.parse("?view=errors")[0]
    row = group("no mailbox …", "no mailbox 2", ("no mailbox <1>", 2), ("no mailbox 2", 1), variant_count=30)

    def drawn() -> str:
        answer: Any = fakes.table_of("errors", row, looked=3)
        reducers.apply_table(full, "errors", answer, queries.table_query(full["route"]), "")
        return page.regions(full)["gw-screen"]

    assert 'aria-expanded="false" aria-label="30 variants of: no mailbox …"' in drawn()
    assert 'class="variant"' not in drawn()
    app: Any = type("App", (), {"state": full})()
    dispatch.unfold(app, {"data": {"name": "no mailbox …"}})
    text = drawn()
    assert 'aria-expanded="true"' in text and text.count('<tr class="variant">') == 2
    assert "and 28 more variants with fewer jobs" in text
    assert 'no mailbox <span class="variable">&lt;1&gt;</span>' in text
    assert 'href="?state=failed&amp;variant=no%20mailbox%20%3C1%3E"' in text
    assert 'href="?state=failed&amp;identifier=mail&amp;variant=no%20mailbox%202"' in text
    assert 'data-name="no mailbox …" data-value="retry" data-variant="no mailbox 2"' in text
    dispatch.unfold(app, {"data": {"name": "no mailbox …"}})
    assert 'class="variant"' not in drawn()


def test_errors_of_a_range() -> None:
    assert 'data-action="failed-within" data-value="900"' in listed("errors", group("a", "a"), looked=3)
    route = url_state.parse("?view=errors&failed_from=2026-11-24T08:00:00Z&failed_to=2026-11-24T09:00:00Z")[0]
    assert queries.table_query(route).endswith("&since=2026-11-24T08%3A00%3A00Z&until=2026-11-24T09%3A00%3A00Z")
    drawn = listed("errors", group("a", "a"), search="&failed_from=2026-11-24T08:00:00Z", looked=3)
    assert "failed from: 2026-11-24 08:00:00 UTC" in drawn and "failed-within" not in drawn
    nothing = listed("errors", search="&failed_from=2026-11-24T08:00:00Z", looked=3)
    assert "Nothing matches" in nothing and "Any time" in nothing


def test_where_no_job_has_an_error_the_failed_ones_are_a_link() -> None:
    drawn = listed("errors", looked=0)
    assert "No job failed or is retrying after an error" in drawn
    assert 'href="?state=failed"' in drawn and "have no error text" in drawn


def test_the_actions_of_an_error_have_words_and_stand_before_the_newest_job() -> None:
    drawn = listed("errors", group("a", "a", count=2, retrying=1), looked=3)
    cell = drawn.split('<td class="c-go">')[1].split("</td>")[0]
    assert re.sub("<[^>]*>", " ", cell).split() == ["Retry…", "Run", "now…", "Newest"]
    assert 'aria-label="Run now… of: a"' in cell


def test_an_idle_queue_has_an_empty_lane() -> None:
    assert '<td class="c-lane"></td>' in listed("queues", fakes.queue("idle", state="free"))


def test_unlock_stands_out_only_where_a_lock_is_in_doubt() -> None:
    held = {"locked_at": fakes.NOW_TEXT, "locked_by": "w", "locked_secs": 5.0}
    assert 'class="btn small quiet"' in listed("queues", fakes.queue("q", state="held", **held))
    assert 'class="btn small" ' in listed("queues", fakes.queue("q", state="held_too_long", **held))
    for more, quiet in (
        ({"last_heartbeat_at": fakes.NOW_TEXT, "is_stale": False, "oldest_locked_secs": 90000.0}, True),
        ({"last_heartbeat_at": fakes.NOW_TEXT, "is_stale": True, "oldest_locked_secs": 5.0}, False),
        ({"oldest_locked_secs": 5.0}, True),
        ({"oldest_locked_secs": 20000.0}, False),
    ):
        drawn = listed("workers", fakes.worker("w", locked_jobs=1, **more))
        assert ("quiet" in drawn) is quiet, more


def test_the_columns_have_the_lengths_of_their_texts() -> None:
    drawn = listed("queues", fakes.queue("q", ready_count=9, job_count=1234), fakes.queue(None))
    assert 'class="queues" style="--name:1;--by:0;--digits:5;--lane:112;--lock:44"' in drawn
    assert 'style="--name:4;--digits:1"' in listed("tasks", fakes.task("mail"))
    assert 'style="--jobs:6"' in listed("workers", fakes.worker("w", locked_jobs=2, jobs=[1, 22]))


def test_held_queues_only() -> None:
    route, dropped = url_state.parse("?view=queues&held=true")
    assert dropped == [] and url_state.to_url(route) == "?view=queues&held=true"
    assert queries.table_query(route) == "?sort=-urgency&limit=100&offset=0&held=true"
    assert url_state.parse("?view=tasks&held=true")[1] == ["held=true"]
    assert url_state.parse("?view=queues&held=maybe")[1] == ["held=maybe"]
    assert url_state.to_url(url_state.bare(route)) == "?"
    off, on = listed("queues", fakes.queue("a")), listed("queues", fakes.queue("a"), search="&held=true")
    assert (
        'href="?view=queues&amp;held=true"' in off and "aria-current" not in off.split("gw-held")[0].split("toggle")[1]
    )
    assert 'href="?view=queues"' in on and 'aria-current="true" id="gw-held"' in on
    assert "Remove “held only”" in listed("queues", search="&held=true")
