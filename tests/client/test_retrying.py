"""Retrying jobs and times of failures on every screen."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.model import queries, reducers, url_state
from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.times import zones
from graphile_worker.admin.client.views.job import panel
from graphile_worker.admin.client.views.jobs import active_filters, state_counts, table
from graphile_worker.admin.client.views.shell import page
from tests.client import fakes
from tests.client.program import click, started
from tests.client.states import cells, listed, opened, ready

STATS = {"total": 10, "ready": 4, "scheduled": 3, "locked": 1, "failed": 2, "blocked": 1, "retrying": 1500}
FAILED_AT = "2026-11-24T09:00:12Z"
RETRYING = fakes.job(
    7, state="scheduled", attempts=3, retrying=True, failed_at=FAILED_AT, last_error="x", run_at="2026-11-24T09:09:12Z"
)


def group(**more: Any) -> dict[str, Any]:
    """A row of GET api/errors."""
    row = {
        "fingerprint": "SMTP …", "count": 0, "retrying": 3, "first_at": "2026-11-24T04:00:00Z", "last_at": FAILED_AT,
        "tasks": [{"task_identifier": "mail", "count": 0, "retrying": 3}], "task_count": 1, "example": "SMTP 1", "job": 9,
        "variants": [], "variant_count": 1,
    }  # fmt: skip
    row.update(more)
    return row


def test_the_derived_states_are_filters() -> None:
    route, dropped = url_state.parse("?state=blocked&state=retrying&state=broken")
    assert route["state"] == ["blocked", "retrying"] and dropped == ["state=broken"]
    assert queries.list_query(route).startswith("?state=blocked&state=retrying&")


def test_the_strip_counts_blocked_and_retrying_jobs_and_leads_to_them() -> None:
    full = ready(stats=STATS)
    drawn = state_counts.links(full)
    assert 'href="?state=retrying"' in drawn and ">1,500 retrying</span>" in drawn
    assert 'href="?state=blocked"' in drawn and ">1 blocked</span>" in drawn
    assert "<a" not in drawn.split("<a", 1)[1].split("</a>", 1)[0], "no link in a link"
    assert "state=retrying" not in state_counts.links(ready())
    chosen = ready("?state=retrying", stats=STATS)
    assert active_filters.matching(chosen) == "1,500 jobs", "what the card counts"


SORTS = (
    ("?state=failed", "-failed_at"),
    ("?state=retrying&state=failed&queue=q", "-failed_at"),
    ("?state=failed&sort=id", "id"),
    ("?state=failed&state=ready", "-id"),
    ("?state=failed&search=smtp", "-id"),  # in slices
    ("", "-id"),
    ("?view=errors", "-count"),
)


def test_a_list_of_failures_begins_with_the_newest() -> None:
    for search, sort in SORTS:
        route, dropped = url_state.parse(search)
        assert url_state.sort_of(route) == sort and dropped == []
    assert url_state.to_url(route, sort=sort) == url_state.to_url(route), "the default is not in the address"


def test_the_column_failed_at_is_there_for_failures_or_by_choice() -> None:
    assert "Failed at" not in table.head(ready("", [RETRYING]))
    failed = ready("?state=failed", [dict(RETRYING, state="failed", retrying=False)])
    assert ">Failed at<" in table.head(failed) and "Run at" not in table.head(failed)
    assert '<td class="c-at"><time' in cells(failed)[0] and ">4 min ago</time>" in cells(failed)[0]
    both = ready("?state=retrying", [RETRYING])
    assert ">Failed at<" in table.head(both) and ">Run at" in table.head(both)
    assert ">in 5 min</time>" in cells(both)[0] and ">4 min ago</time>" in cells(both)[0]
    chosen = ready("", [fakes.job(1)])
    chosen["preferences"]["columns"] += ("failed",)
    assert (
        'href="?sort=-failed_at"' in table.head(chosen)
        and '<td class="c-when"><span class="faint">' in cells(chosen)[0]
    )


def test_a_retrying_job_says_so_and_can_run_now() -> None:
    row = cells(ready("", [RETRYING]))[0]
    assert ">retrying<" in row and "Attempt 3 of 25 failed" in row and 'data-name="run-now"' in row
    assert job_actions.offered([RETRYING], fakes.NOW)[:2] == ["run-now", "run-next"]
    assert "run-now" in job_actions.offered_for(["retrying"]) and "retry" not in job_actions.offered_for(["retrying"])
    assert job_actions.display_state(fakes.job(1, blocked=True, retrying=True)) == "blocked"


def test_the_panel_says_when_it_failed_and_leads_to_jobs_with_the_same_error() -> None:
    shown = dict(RETRYING, error_fingerprint="SMTP …", retry_ladder=[])
    drawn = panel.panel(opened(**shown))
    assert "<dt>Failed at</dt>" in drawn and ">4 min ago</time>" in drawn and ">retrying<" in drawn
    assert 'href="?state=retrying&amp;error=SMTP%20%E2%80%A6"' in drawn and "view=errors" in drawn


def test_a_group_leads_to_its_failed_and_its_retrying_jobs() -> None:
    both = listed("errors", group(count=2), looked=2, retrying_read=3)
    assert 'href="?state=failed&amp;state=retrying&amp;error=SMTP%20%E2%80%A6"' in both
    assert 'href="?state=failed&amp;error=SMTP%20%E2%80%A6"' in both
    assert 'href="?state=retrying&amp;error=SMTP%20%E2%80%A6"' in both
    assert 'data-value="retry"' in both and 'data-value="run-now"' in both and "and 3 retrying ones" in both
    only = listed("errors", group(), looked=0, retrying_read=3)
    assert "<span>Run now…</span>" in only and "Retry…" not in only and "state=failed" not in only
    assert 'title="3 jobs"' in only


def test_a_group_whose_first_failure_is_recent_is_marked() -> None:
    assert ">new</span>" not in listed("errors", group(), looked=0)
    assert 'title="Its first failure was 4 min ago">new</span>' in listed("errors", group(first_at=FAILED_AT), looked=0)


def test_retry_of_a_group_is_for_its_failed_jobs() -> None:
    acts_on_a_group("retry", "failed")


def test_run_now_of_a_group_is_for_its_retrying_jobs() -> None:
    acts_on_a_group("run-now", "retrying")


def acts_on_a_group(action: str, state: str) -> None:
    app, _dom, server = started("?view=errors")
    click(app, "group", name="SMTP …", value=action)
    assert app.state["route"]["state"] == [state] and app.state["route"]["error"] == ["SMTP …"]
    sent = [one[2] for one in server.asked if one[1] == "api/jobs/bulk"]
    assert len(sent) == 1 and '"action":"%s"' % action in sent[0].replace(" ", "") and '"%s"' % state in sent[0]


def test_failures_over_time_are_bars_that_lead_to_their_jobs() -> None:
    app, _dom, server = started("?view=errors")
    ends = ["2026-11-23T%02d:04:12.5Z" % hour for hour in range(24)] + ["2026-11-24T00:04:12.5Z"]
    buckets = [{"from": ends[n], "to": ends[n + 1], "failed": 0, "retrying": 0} for n in range(24)]
    buckets[3].update({"failed": 1200, "retrying": 3})
    body = {"buckets": buckets, "failed_from": ends[0], "failed_to": ends[-1], "as_of": fakes.NOW_TEXT, "age_ms": 0}
    server.answer("api/errors/histogram?seconds=86400", body)
    reducers.apply_table(app.state, "errors", fakes.table_of("errors", group(), looked=0), "", "")
    drawn = page.regions(app.state)["gw-screen"]
    assert 'aria-label="03:04 to 04:04: 1,200 failed, 3 retrying"' in drawn
    range_text = "failed_from=2026-11-23T03%3A04%3A12.5Z&amp;failed_to=2026-11-23T04%3A04%3A12.5Z"
    assert 'href="?state=failed&amp;state=retrying&amp;%s"' % range_text in drawn
    assert drawn.count('aria-label="03:04') == 1 and "<b>1,200</b>" in drawn
    app.state["histogram"]["data"]["buckets"][3].update({"failed": 0, "retrying": 0})
    assert "histogram" not in page.regions(app.state)["gw-screen"]


def test_tasks_and_queues_count_retrying_jobs() -> None:
    assert 'href="?state=retrying&amp;identifier=mail"' in listed("tasks", fakes.task("mail", retrying=4))
    assert 'href="?state=retrying&amp;queue=q"' in listed("queues", fakes.queue("q", retrying_count=4))


PRESETS = (("900", "2026-11-24T08:49:12Z"), ("3600", "2026-11-24T08:04:12Z"), ("today", "2026-11-24T00:00:00Z"))


def test_presets_set_the_range_of_failures() -> None:
    for value, since in PRESETS:
        app, _dom, _server = started("?failed_to=2026-01-01T00:00:00Z", jobs=fakes.page_of(RETRYING))
        app.state["offsets"] = []
        click(app, "failed-within", value=value)
        assert (app.state["route"]["failed_from"], app.state["route"]["failed_to"]) == (since, "")


def test_a_day_begins_at_midnight_of_the_zone() -> None:
    assert zones.utc(zones.midnight(fakes.NOW, [(0, 120)])) == "2026-11-23T22:00:00Z"
    assert zones.utc(zones.midnight(fakes.NOW, [(0, -600)])) == "2026-11-23T10:00:00Z"
    change = [(0, 120), (fakes.NOW - 3600, 60)]  # one hour ago the clocks were set back
    assert zones.utc(zones.midnight(fakes.NOW, change)) == "2026-11-23T22:00:00Z"
