"""The rate of the queue on the page, what the backlog of a task does, and how long its jobs have been running."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.model import reducers, state
from graphile_worker.admin.client.text import rates as text
from graphile_worker.admin.client.views.jobs import rates, state_counts
from graphile_worker.admin.client.views.tables import activity, tasks
from tests.client import fakes


def page(**members: Any) -> Any:
    shown = state.new()
    reducers.apply_overview(shown, fakes.overview(**members))
    return shown


def test_rates_have_their_words() -> None:
    assert [text.per_minute(n) for n in (0, 0.5, 4, 12.6, 2400.4)] == [
        "0/min",
        "0.5/min",
        "4/min",
        "13/min",
        "2.4k/min",
    ]
    assert [text.change(n) for n in (120.4, -3, 0)] == ["growing 120/min", "shrinking 3/min", "steady"]
    assert text.outlook(-60, 245) == "empty in ~4 min"
    assert [text.outlook(n, None) for n in (12.0, -12.0, 0, None)] == ["growing 12/min", "shrinking 12/min", "", ""]


def test_ready_says_what_leaves_and_when_it_is_empty() -> None:
    shown = page(rate=fakes.rate())
    card = rates.card(shown)
    assert '<span class="word">finished </span>2.4k/min · </span>empty in ~4 min' in card
    assert "counts every delete: completed, removed, cleaned up." in card and "Average of the last 2 min" in card
    strip = state_counts.links(shown)
    assert card in strip and strip.count('class="rate"') == 1 and "blocked" in strip


def test_without_a_forecast_the_rate_stands_alone() -> None:
    assert ">finished 2.4k/min</span>" in rates.card(page(rate=fakes.rate(ready_per_minute=0.0, empty_secs=None)))
    grows = rates.card(page(rate=fakes.rate(ready_per_minute=120.0, empty_secs=None)))
    assert "growing 120/min" in grows and "empty" not in grows
    unseen = page(rate=fakes.rate(added_per_minute=None, finished_per_minute=None))
    assert ">empty in ~4 min</span>" in rates.card(unseen) and "statistics are not known" in rates.card(unseen)
    assert rates.card(page(rate=fakes.rate(finished_per_minute=None, ready_per_minute=None, empty_secs=None))) == ""


def test_before_a_rate_is_known_the_card_is_as_ever() -> None:
    shown = page()
    assert rates.card(shown) == rates.line(shown) == rates.card(state.new()) == ""
    assert "rated" not in state_counts.links(shown)


def test_activity_says_what_comes_and_goes() -> None:
    line = activity.activity(page(rate=fakes.rate()))
    assert "in 0/min · finished 2.4k/min" in line and "(removed ones included)" in line and "empty in" not in line


def drawn(*rows: dict[str, Any]) -> str:
    shown = state.new("?view=tasks")
    reducers.apply_table(shown, "tasks", fakes.table_of("tasks", *rows), "", "")
    return tasks.screen(shown)


def test_a_task_says_what_its_backlog_does_and_how_long_its_jobs_run() -> None:
    since = "2026-11-24T09:%02d:00Z"
    backlog = {"before": 400, "seconds": 190.0, "per_minute": 120.0}
    row = fakes.task("mail", total=643, ready=640, locked=3, backlog=backlog, oldest_locked_at=since % 0)
    html = drawn(row, fakes.task("idle", backlog={"before": 0, "seconds": 190.0, "per_minute": 0.0}))
    assert '<small title="400 ready 3 min ago">growing 120/min</small>' in html
    assert "change of the ready jobs in the last 3 min" in html and html.count("<small") == 2
    assert ">longest " in html and "locked since 2026-11-24 09:00:00" in html
    emptied = drawn(fakes.task("mail", total=1, backlog={"before": 9, "seconds": 190.0, "per_minute": -3.0}))
    assert "shrinking 3/min" in emptied


def test_a_task_of_an_unknown_past_says_so() -> None:
    html = drawn(fakes.task("mail", total=1, ready=1, locked=1, oldest_locked_at="-infinity"))
    assert "known after a minute" in html and "<small" not in html
