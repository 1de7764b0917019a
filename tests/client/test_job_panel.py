"""The panel of one job: why it does not run, its facts, its attempts, its actions."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.views.job import explanation, panel
from graphile_worker.admin.client.views.jobs import table
from tests.client import fakes
from tests.client.states import cells, opened, ready


def test_a_job_that_has_failed_is_not_said_to_run_again() -> None:
    row = fakes.job(7, state="failed", attempts=25, run_at="2026-11-24T09:09:12Z")
    full = ready("", [row])
    assert ">not again</time>" in cells(full)[0] and "2026-11-24 09:09:12" in cells(full)[0]
    assert ">in 5 min</time>" in cells(ready("", [dict(row, state="scheduled", attempts=3)]))[0]
    assert ">not again</time>" in cells(ready("", [dict(row, run_at="2026-11-24T09:00:12Z")]))[0]


def test_why_it_does_not_run_is_the_servers_sentence() -> None:
    why = {"code": "queue_held", "sentence": "Its queue <q> is held by w.", "detail": "One after the other."}
    box = explanation.explanation(fakes.job(7, queue_name="q", blocked=True, why=why))
    assert "<b>Its queue &lt;q&gt; is held by w.</b><p>One after the other.</p>" in box
    assert 'class="explanation blocked"' in box
    lost = dict(why, code="task_missing")
    assert 'class="explanation failed"' in explanation.explanation(fakes.job(7, why=lost))
    assert explanation.explanation(fakes.job(7)) == ""
    assert ">blocked<" in table.badge(job_actions.display_state(fakes.job(7, blocked=True)))


def test_the_explanation_links_to_the_worker_the_queue_and_the_job_that_runs() -> None:
    facts = {"queue": "q", "queue_locked_by": "<w>", "queue_job": 9}
    held = {"code": "queue_held", "sentence": "It waits.", "detail": "One by one.", "facts": facts}
    box = explanation.explanation(fakes.job(7, queue_name="q", blocked=True, why=held), url_state.empty())
    assert 'href="?view=workers&amp;search=%3Cw%3E"' in box and "Worker &lt;w&gt;" in box
    assert 'href="?view=queues&amp;search=q"' in box and 'href="?job=9"' in box
    running = {"code": "running", "sentence": "It runs.", "detail": "", "facts": {"locked_by": "w"}}
    box = explanation.explanation(fakes.job(7, state="locked", why=running), url_state.empty())
    assert 'href="?view=workers&amp;search=w"' in box and "view=queues" not in box


def buttons(**more: Any) -> list[str]:
    """The labels of the buttons of a locked job, in order; and that the explanation is before them."""
    facts = more.pop("facts", {})
    why = {"code": "running", "sentence": "Locked by w for 5 h.", "detail": "Unlock it.", "facts": facts}
    drawn = panel.panel(opened(state="locked", locked_by="w", why=why, key="k", retry_ladder=[], **more))
    above, below = drawn.split('class="job-actions"')
    assert "Locked by w for 5 h." in above and "explanation" not in below
    return [part.split("<span>")[-1] for part in below.split("</div>")[0].split("</span></button>")[:-1]]


def test_the_button_that_helps_a_job_of_a_dead_worker_is_the_first() -> None:
    old, young = "2026-11-24T04:04:12Z", "2026-11-24T09:01:12Z"
    some, last = {"attempts": 3, "max_attempts": 25}, {"attempts": 25, "max_attempts": 25}
    danger = ["Fail", "Complete", "Remove…"]
    dead = ["Unlock…", "Run now", "Run next", "Reschedule", "Duplicate…"] + danger
    assert buttons(locked_at=old, **some) == dead
    assert buttons(locked_at=old, **last) == ["Retry", "Unlock…", "Reschedule", "Duplicate…"] + danger
    silent = {"heartbeat_secs": 1200.0}
    assert buttons(locked_at=young, facts=silent, **some) == ["Unlock…", "Duplicate…", "Give up…"]
    running = ["Duplicate…", "Unlock…", "Give up…"]
    assert buttons(locked_at=young, **some) == running
    assert buttons(locked_at=young, facts={"heartbeat_secs": 20.0}, **some) == running
    assert buttons(locked_at=old, facts={"heartbeat_secs": 20.0}, **last)[:3] == ["Duplicate…", "Unlock…", "Retry"]


def test_run_now_is_offered_only_where_it_runs_something() -> None:
    now = float(fakes.NOW)
    assert "run-now" not in job_actions.offered([fakes.job(1)], now)
    assert "run-now" in job_actions.offered([fakes.job(1, state="scheduled")], now)
    failed = fakes.job(1, state="failed", attempts=25)
    assert job_actions.offered([failed], now)[0] == "retry"
    assert "run-now" not in job_actions.offered([failed], now)


def test_an_old_lock_of_the_last_attempt_offers_retry_and_no_run_now() -> None:
    now = float(fakes.NOW)
    old = fakes.job(1, state="locked", locked_at="2026-11-24T04:04:12Z", locked_by="w", attempts=3, max_attempts=25)
    assert "run-now" in job_actions.offered([old], now) and "retry" not in job_actions.offered([old], now)
    last: Any = dict(old, attempts=25)
    assert job_actions.offered([last], now)[0] == "retry"
    assert not {"run-now", "run-next"} & set(job_actions.offered([last], now))
    assert job_actions.skip_reason("run-now", last, now) == "has used all its attempts: use Retry"
    assert job_actions.skip_reason("retry", last, now) == ""


def test_a_lock_of_five_hours_is_not_left_alone() -> None:
    job_ = fakes.job(1, state="locked", locked_at="2026-11-24T04:04:12Z", locked_by="w")
    assert job_actions.skip_reason("complete", job_, float(fakes.NOW)) == ""
    assert job_actions.skip_reason("complete", job_, float(fakes.NOW) - 3700).startswith("is running on w for 3 h")


def test_a_payload_of_seven_thousand_levels_is_cut_and_says_so() -> None:
    drawn = panel.panel(opened(payload_text="[" * 7000 + "]" * 7000, payload_bytes=14000))
    assert "Cut after 1,500 lines" in drawn
    assert "14 kB" in drawn


def test_the_raw_payload_is_the_text_itself() -> None:
    full = opened(payload_text='{"b":1.50,  "a":1}')
    full["detail"]["raw"] = True
    assert "{&quot;b&quot;:1.50,  &quot;a&quot;:1}" in panel.panel(full)


def test_the_attempts_that_are_left_have_their_times() -> None:
    rungs = [
        {"attempt": 24, "run_at": "2026-11-24T09:14:12Z", "wait_secs": 22026.0},
        {"attempt": 25, "run_at": "2026-11-24T15:21:18Z", "wait_secs": 22026.0},
    ]
    full = opened(attempts=23, state="scheduled", run_at="2026-11-24T09:14:12Z", retry_ladder=rungs)
    drawn = panel.panel(full)
    assert "23 of 25 used · next in 10 min · gives up in 6 h 17 min if every one fails" in drawn
    assert "then it has failed for good" in drawn and drawn.count('class="used"') == 23
    done = panel.panel(opened(attempts=25, state="failed", retry_ladder=[]))
    assert "25 of 25 used</span>" in done and "When each would run" not in done


def test_the_attempt_that_runs_has_not_failed_and_no_forecast_is_in_the_past() -> None:
    rungs = [
        {"attempt": 2, "run_at": fakes.NOW_TEXT, "wait_secs": 7.4},
        {"attempt": 3, "run_at": "2026-11-24T09:04:19Z", "wait_secs": 20.1},
    ]
    locked = {"state": "locked", "attempts": 2, "max_attempts": 3, "locked_at": fakes.NOW_TEXT, "locked_by": "w"}
    full = opened(retry_ladder=rungs, **locked)
    full["now_ms"] += 5000
    drawn = panel.panel(full)
    assert drawn.count('<i class="used"') == 1 and drawn.count('<i class="running"') == 1
    assert "attempt 2 of 3 is running · gives up in 2 s if every one fails" in drawn
    assert '<td class="num">2</td><td>running</td>' in drawn
    full["now_ms"] += 60000
    assert '<td class="num">3</td><td>as soon as a worker is free</td>' in panel.panel(full)
    assert "1 more attempt after it" in panel.panel(full)
    last = panel.panel(opened(retry_ladder=rungs[1:], **dict(locked, attempts=3)))
    assert "attempt 3 of 3 is running · it is the last" in last and last.count('class="used"') == 2


def test_the_panel_has_the_facts_that_are_set_and_names_in_them_are_links() -> None:
    bare = panel.panel(opened(retry_ladder=[]))
    shown = [part.partition("</dt>")[0] for part in bare.split("<dt>")[1:]]
    assert shown == ["Priority", "Run at", "Created"]
    full = opened(
        queue_name="<q>", key="k", flags={"eu": True}, locked_by="w", locked_at=fakes.NOW_TEXT, state="locked",
        attempts=2, last_error="boom", failed_at="2026-11-24T09:00:00Z", updated_at="2026-11-24T09:00:00Z",
        revision=3, retry_ladder=[],
    )  # fmt: skip
    drawn = panel.panel(full)
    facts = drawn.partition('<dl class="facts">')[2].partition("</dl>")[0]
    for address in ("?queue=%3Cq%3E", "?key=k", "?flag=eu", "?view=workers&amp;search=w"):
        assert 'href="%s"' % address in facts, address
    for name in ("Failed at", "Revision", "Flags", "Locked by"):
        assert "<dt>%s</dt>" % name in facts
    assert "Attempts" not in facts and "Updated" not in facts and drawn.count("same task") == 1
    assert '<div class="attempt-numbers" aria-hidden="true"><i>1</i><i></i>' in drawn
    assert "<i>25</i></div>" in drawn and "Height: the wait after a failure, 2 s to 6 h 07 min." in drawn


def test_the_panel_has_the_error_once() -> None:
    detail = "The last attempt ended with “SMTP 550 “x”. ”. 3 of 25 attempts are used."
    why = {"code": "backing_off", "sentence": "It waits.", "detail": detail, "facts": {}}
    drawn = panel.panel(opened(last_error="SMTP 550 “x”. ", attempts=3, why=why, retry_ladder=[]))
    assert drawn.count("SMTP 550") == 1 and "<p>3 of 25 attempts are used.</p>" in drawn


def test_what_cannot_be_cloned_says_why() -> None:
    full = opened(payload_truncated=True, retry_ladder=[])
    assert "Its payload is too large to be edited here" in panel.panel(full)


def test_a_failed_job_leads_to_those_with_the_same_error() -> None:
    common = {"last_error": "SMTP 550 <b>", "error_fingerprint": "SMTP … <b>", "retry_ladder": []}
    failed = panel.panel(opened(attempts=25, state="failed", **common))
    assert 'href="?state=failed&amp;error=SMTP%20%E2%80%A6%20%3Cb%3E"' in failed and "same error" in failed
    assert 'href="?view=errors&amp;search=SMTP%20%E2%80%A6%20%3Cb%3E"' in failed
    waiting = panel.panel(opened(attempts=3, state="scheduled", **common))
    assert 'href="?error=SMTP%20%E2%80%A6%20%3Cb%3E"' in waiting and "view=errors" not in waiting
    assert "same error" not in panel.panel(opened(error_fingerprint=None, retry_ladder=[]))
