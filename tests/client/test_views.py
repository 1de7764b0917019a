"""What is drawn: the truth about odd data, and markup that nobody's data can leave."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.handlers import dialogs as open_dialogs
from graphile_worker.admin.client.model import queries, reducers, state, url_state
from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.views.dialogs import forms
from graphile_worker.admin.client.views.job import explanation, panel
from graphile_worker.admin.client.views.jobs import screen as jobs_screen
from graphile_worker.admin.client.views.jobs import selection_bar, state_counts, table
from graphile_worker.admin.client.views.maintenance import screen as maintenance_screen
from graphile_worker.admin.client.views.shell import banners, empty_states, live_control, page
from tests.client import fakes

EVIL = "<img src=x onerror=\"alert('1')\">\u202e"


def ready(search: str = "", rows: Any = (), **overview: Any) -> Any:
    """A state with answers in it, on the database's clock of the fakes."""
    full = state.new(search)
    full["now_ms"] = fakes.NOW * 1000.0
    reducers.apply_session(full, fakes.session())
    reducers.apply_overview(full, fakes.overview(**overview))
    reducers.apply_jobs(full, fakes.page_of(*rows), "", "")
    return full


def opened(**more: Any) -> Any:
    full = ready("?job=7")
    body = fakes.job(7, payload_text="{}", payload_truncated=False, as_of=fakes.NOW_TEXT)
    body.update(more)
    reducers.apply_detail(full, body)
    return full


def cells(full: dict[str, Any]) -> list[str]:
    """Of every row."""
    base, now = table.base_url(full), state.database_now(full)
    return [table.cells(full, row, base, table.time_text(row, now)) for row in full["jobs"]["rows"]]


def whole(full: dict[str, Any]) -> str:
    """The page, as its first response has it."""
    parts = page.regions(full)
    return page.shell(parts, page.screen(full, parts, cells(full)))


def test_hostile_data_is_text_everywhere() -> None:
    row = fakes.job(
        7, task_identifier=EVIL, queue_name=EVIL, key=EVIL, payload_preview=EVIL, last_error=EVIL, locked_by=EVIL
    )
    full = ready("?search=%3Cimg%20onerror%3E&job=7", [row])
    reducers.apply_detail(full, dict(row, id=7, payload_text='{"x":"<img>"}', as_of=fakes.NOW_TEXT))
    drawn = whole(full)
    assert "<img" not in drawn
    assert "\u202e" not in drawn
    assert "⟨U+202E⟩" in drawn


def test_a_time_that_never_comes_is_shown_as_what_it_is() -> None:
    full = ready("", [fakes.job(7, state="scheduled", run_at="infinity")])
    assert ">never</time>" in jobs_screen.body(full, cells(full))


def test_a_job_that_has_failed_is_not_said_to_run_again() -> None:
    row = fakes.job(7, state="failed", attempts=25, run_at="2026-11-24T09:09:12Z")
    full = ready("", [row])
    assert ">not again</time>" in cells(full)[0] and "2026-11-24 09:09:12" in cells(full)[0]
    assert ">in 5 min</time>" in cells(ready("", [dict(row, state="scheduled", attempts=3)]))[0]
    assert ">4 min ago</time>" in cells(ready("", [dict(row, run_at="2026-11-24T09:00:12Z")]))[0]


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


def test_counts_say_what_they_count_and_unknown_is_not_zero() -> None:
    drawn = state_counts.links(ready())
    assert "whole table" in drawn
    assert "1 blocked" in drawn
    assert ">0<" not in state_counts.links(state.new())


def listed(kind: str, *rows: dict[str, Any], search: str = "", **more: Any) -> str:
    """One of the sampled screens, with these rows."""
    full = ready("?view=" + kind + search)
    reducers.apply_table(full, kind, fakes.table_of(kind, *rows, **more), queries.table_query(full["route"]), "")
    return page.regions(full)["gw-screen"]


def test_a_lane_leads_to_the_job_that_runs_and_to_those_that_wait_in_their_order() -> None:
    held = fakes.queue("q", locked_at=fakes.NOW_TEXT, locked_by="w", current_job=7, ready_count=9, state="held")
    drawn = listed("queues", held)
    assert 'href="?view=queues&amp;job=7"' in drawn and ">job 7</a>" in drawn
    assert (
        'href="?state=ready&amp;queue=q&amp;sort=priority"' in drawn and 'aria-label="9 jobs wait in queue q"' in drawn
    )
    assert drawn.count('<i class="wait">') == 6 and "<small>+3</small>" in drawn
    assert "wait" not in listed("queues", fakes.queue("q"))


def test_jobs_without_a_queue_are_a_row_of_their_own() -> None:
    drawn = listed("queues", fakes.queue("mailers", job_count=6, ready_count=3), fakes.queue(None, job_count=4))
    assert 'href="?queue=mailers"' in drawn
    assert 'id="queue-none"' in drawn and "no queue" in drawn and "runs in parallel" in drawn
    assert 'href="?state=ready&amp;queue=mailers"' in drawn


def test_a_held_queue_says_by_whom_for_how_long_and_what_runs() -> None:
    held = fakes.queue(
        "q", locked_at=fakes.NOW_TEXT, locked_by="w-1", locked_secs=18000, state="held_too_long", ready_count=9, current_job=77
    )  # fmt: skip
    drawn = listed("queues", held)
    assert 'href="?view=queues&amp;job=77"' in drawn and "job 77" in drawn
    assert "held 5 h" in drawn and "Longer than 4 h" in drawn and "w-1" in drawn and "+3" in drawn


def test_a_page_of_queues_says_which_and_leads_on() -> None:
    drawn = listed("queues", fakes.queue("a"), search="&offset=100&sort=name", total=20000, has_more=True)
    assert "101 – 101 of 20,000" in drawn
    assert 'href="?view=queues&amp;sort=name&amp;offset=200"' in drawn
    assert 'href="?view=queues&amp;sort=name" data-action="go" id="gw-page-back"' in drawn
    assert 'aria-sort="ascending"' in drawn and 'href="?view=queues&amp;sort=-name"' in drawn


def test_workers_with_and_without_heartbeats_are_told_apart() -> None:
    drawn = listed(
        "workers",
        fakes.worker(
            "a", last_heartbeat_at=fakes.NOW_TEXT, is_stale=False, kind="rust", metadata={"pod": "x<y", "cores": 4}
        ),
        fakes.worker("b", last_heartbeat_at="2026-11-24T08:00:00Z", is_stale=True),
        fakes.worker("c", locked_jobs=30, locked_queues=1, jobs=[4, 5, 6, 7, 8], oldest_locked_secs=20000.0),
    )
    assert drawn.count("healthy") == 1 and drawn.count(">stale<") == 1 and drawn.count("no heartbeats") == 1
    assert (
        ">Rust · cores: 4 · pod: x&lt;y<" in drawn
        and "<b>30</b>" in drawn
        and 'data-id="c"' in drawn
        and drawn.count('data-name="force-unlock"') == 1
    )
    unseen = listed("workers", fakes.worker("c"), heartbeats="unseen")
    assert "This role cannot read heartbeats" in unseen and unseen.count("heartbeats not readable") == 1
    assert "no heartbeats" not in unseen
    node = listed("workers", fakes.worker("pool-1", kind="node_pool", locked_jobs=1), heartbeats="none")
    assert '<td class="c-state" colspan="3"><span class="soft">no heartbeats (Node)</span></td>' in node
    assert "never" not in node and "unknown" not in node and ">Node<" not in node
    assert "Node workers send no heartbeats; idle ones do not show here." in node


def test_that_no_session_listens_is_stated_only_where_all_can_be_seen() -> None:
    nobody = "No session of this database listens for jobs."
    assert nobody in listed("workers", listeners=[], listeners_visible="yes", fetching=False)
    assert nobody in listed("workers", fakes.worker("w"), listeners=[], listeners_visible="yes", fetching=False)
    fetching = listed("workers", listeners=[], listeners_visible="yes", fetching=True)
    assert nobody not in fetching and "A session fetched jobs in the last 5 minutes" in fetching
    for seen, text in (
        ("partly", "Some sessions of other roles are hidden"),
        ("no", "The sessions of other roles are"),
    ):
        hidden = listed("workers", listeners=[], listeners_visible=seen, fetching=False)
        assert nobody not in hidden and text in hidden

    session = {"application_name": EVIL, "client_addr": None, "since": "2026-11-24T09:01:12Z"}
    drawn = listed("workers", listeners=[session], listeners_visible="partly", fetching=False)
    assert "&lt;img src=x" in drawn and "local socket, began to listen" in drawn and "3 min ago" in drawn
    assert "Some sessions of other roles are hidden" in drawn and nobody not in drawn


def test_the_share_of_failures_is_no_zero_where_there_are_no_jobs() -> None:
    mail = fakes.task(
        "mail", total=200, failed=1, failed_share=0.005, last_failed_job=77, last_error="\nSMTP <550>\n  at x"
    )
    drawn = listed("tasks", mail, fakes.task("idle"))
    assert "?view=tasks&amp;job=77" in drawn and ">SMTP &lt;550&gt;</a>" in drawn
    assert "under 1 %" in drawn and "no jobs" in drawn
    assert 'href="?state=failed&amp;identifier=mail"' in drawn


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


LOCK = {
    "kind": "job", "id": 7, "task": "<t>", "queue": "q", "worker": "pool-1", "locked_at": fakes.NOW_TEXT,
    "age_secs": 18000, "used_up": False,
}  # fmt: skip


def upkeep_of(**more: Any) -> dict[str, Any]:
    """The answer of GET api/maintenance."""
    body: dict[str, Any] = {
        "as_of": fakes.NOW_TEXT,
        "age_ms": 0,
        "migrate": {"verdict": "older", "found": "migration 20", "would_apply": [21, 22], "missing": ["retirements"],
                    "closed_to": ["app", "<ops>"]},
        "cleanup": {
            "delete-permanently-failed-jobs": {"count": 130000, "skipped": None},
            "gc-job-queues": {"count": None, "skipped": None},
            "gc-task-identifiers": {"count": 3, "skipped": "a worker holds a job or a queue"},
        },
        "sweep-stale-workers": {"refused": "This schema has no heartbeats.", "remedy": "Migrate."},
        "release-old-locks": {
            "jobs": 1, "queues": 0, "used_up": 1, "busy": 0, "locks": [LOCK], "kept": {"its worker sends heartbeats": 2},
        },
        "force-unlock": [{"worker_id": "pool-1", "jobs": 1, "queues": 0, "oldest_locked_at": fakes.NOW_TEXT}],
        "health": [{"code": "x", "level": "warning", "message": "Old <locks>.", "remedy": "Look."}],
    }  # fmt: skip
    body.update(more)
    return body


def maintained(**more: Any) -> Any:
    full = ready("?view=maintenance")
    reducers.apply_maintenance(full, upkeep_of(**more))
    return full


def test_each_operation_says_what_it_would_touch_now() -> None:
    full = maintained()
    drawn = maintenance_screen.screen(full)
    assert drawn.count('data-action="maintain"') == 7
    for words in (
        "3 optional steps", "Found: migration 20.", "Would record: 21, 22.", "roles again: app, &lt;ops&gt;.", "130,000 now", "not counted",
        "3 now, skipped", "Skipped now: a worker holds a job or a queue.", "This schema has no heartbeats.",
        "1 job, 0 queues", "job 7 · &lt;t&gt; · q", "<span>5 h</span><small>pool-1</small>", "2 stay: its worker sends heartbeats.",
        "1 of them has no attempt left", "1 lock holder", "Old &lt;locks&gt;.",
    ):  # fmt: skip
        assert words in drawn, words
    assert "never see its new jobs" in drawn
    assert drawn.index(">Health<") < drawn.index(">Migrate<")
    assert "Nothing to do now" not in drawn


def test_an_operation_with_nothing_to_do_is_disabled() -> None:
    nothing = {"count": 0, "skipped": None}
    full = maintained(**{
        "migrate": {"verdict": "current", "found": "migration 22", "would_apply": [], "missing": [], "closed_to": []},
        "cleanup": {"delete-permanently-failed-jobs": nothing, "gc-job-queues": nothing, "gc-task-identifiers": nothing},
        "sweep-stale-workers": {"workers": [], "jobs": 0, "details": []},
        "release-old-locks": {"jobs": 0, "queues": 0, "used_up": 0, "busy": 0, "locks": [], "kept": {}},
        "force-unlock": [],
    })  # fmt: skip
    drawn = maintenance_screen.screen(full)
    assert drawn.count('disabled title="Nothing to do now"') == 7


def test_of_many_workers_the_dialog_says_how_many_it_does_not_name() -> None:
    for count, more in ((20, False), (23, True)):
        box = {"kind": "maintain", "name": "force-unlock", "ids": ["w-%d" % one for one in range(count)]}
        drawn = maintenance_screen.affected(maintained(), box)
        assert drawn.count("<code>") == 20 and ("and 3 more" in drawn) is more


def test_a_screen_whose_rows_are_asked_for_does_not_say_that_they_come() -> None:
    for view in ("jobs", "queues", "maintenance"):
        known = ready("?view=" + view)
        known["live"].update({"connected": True, "listening": True})
        known[known["route"]["view"]]["as_of"] = fakes.NOW_TEXT
        words = live_control.control(known)
        assert ("New jobs and counts come at once" in words) is (view == "jobs")
        assert ("this screen is asked for every" in words and "polling" in words) is (view != "jobs")


def test_a_forced_removal_of_task_names_must_be_ticked() -> None:
    asked = maintenance_screen.affected(maintained(), {"name": "gc-task-identifiers"})
    assert '<input type="checkbox" name="force" value="1">' in asked
    quiet = maintained(cleanup={"gc-task-identifiers": {"count": 3, "skipped": None}})
    assert "checkbox" not in maintenance_screen.affected(quiet, {"name": "gc-task-identifiers"})
    refused = maintained(cleanup={"refused": "May not.", "remedy": None})
    assert "May not." in maintenance_screen.screen(refused)


def test_every_button_has_a_name() -> None:
    full = ready("", [fakes.job(7, state="failed", attempts=25)])
    full["selected"] = {"7": True}
    for part in whole(full).split("<button")[1:]:
        tag, inner = part.split(">", 1)
        text = inner.split("</button>", 1)[0].split("</svg>")[-1].replace("<span>", "").replace("</span>", "")
        assert "aria-label=" in tag or text.strip(), tag


def test_nothing_matches_says_which_filter_to_drop() -> None:
    drawn = jobs_screen.body(ready("?state=failed&queue=zzz&search=foo"), [])
    assert "No job matches" in drawn
    assert "Remove “state: failed”" in drawn and "Remove “queue: zzz”" in drawn and "Clear search" in drawn


def test_what_the_role_may_not_do_is_disabled_with_the_reason() -> None:
    full = ready("?job=7", [fakes.job(7, state="failed", attempts=25)])
    full["selected"] = {"7": True}
    reason = "The role <b> may not delete _private_jobs."
    full["session"]["offers"] = {"complete": reason, "retry": None, "add": reason}
    toolbar = selection_bar.bar(full)
    assert 'data-name="complete" disabled id="gw-a-complete" title="The role &lt;b&gt; may not' in toolbar
    assert 'data-name="retry" id="gw-a-retry"' in toolbar
    assert state.refusal(full, "add") == reason
    assert state.refusal(full, "retry") is None
    full["read_only"] = True
    assert state.refusal(full, "retry") == "This admin is read only"


def test_banners_are_for_what_misleads_notes_are_for_maintenance() -> None:
    full = ready()
    full["session"]["warnings"] = [
        {"code": "row_security", "level": "error", "message": "Row security hides rows.", "remedy": "Ask the owner."},
        {"code": "schema_older", "level": "note", "message": "Not the newest state.", "remedy": "Migrate."},
        {"code": "may_only_read", "level": "note", "message": "May not delete.", "remedy": "graphile-worker roles"},
    ]
    drawn = banners.banners(full)
    assert "Row security hides rows." in drawn
    assert "Ask the owner." in drawn
    assert "May not delete." not in drawn  # what the rows hide is graver
    full["session"].update(role="ops", warnings=full["session"]["warnings"][1:])
    full["session"]["offers"] = {name: "May not delete." for name in state.ON_JOBS}
    drawn = banners.banners(full)
    assert "Read only:</b> role &quot;ops&quot; may look, not act. Graphile-worker roles." in drawn
    assert "May not delete." not in drawn and "view=maintenance" in drawn
    assert "Not the newest state." not in drawn


def test_the_note_about_the_role_is_shown_once() -> None:
    note = {"code": "may_only_read", "level": "note", "message": "May not delete.", "remedy": "Ask."}
    full = ready("?view=maintenance")
    full["session"].update(role="ops", warnings=[note], offers={name: "May not." for name in state.ON_JOBS})
    assert "Read only:</b>" in banners.banners(full)
    full["read_only"] = True
    assert banners.banners(full).count("Read only.</b>") == 1
    full["read_only"] = False
    reducers.apply_maintenance(full, upkeep_of(health=[note]))
    assert banners.banners(full) == "" and "May not delete." in maintenance_screen.screen(full)


def test_a_schema_that_the_role_may_not_read_is_not_up_to_date() -> None:
    words = 'The role "ops" may not read the table migrations.'
    full = ready("?view=maintenance")
    refused = {"refused": words, "remedy": "grant select"}
    reducers.apply_maintenance(full, upkeep_of(migrate=refused))
    drawn = maintenance_screen.screen(full)
    assert "not available" in drawn and drawn.count("may not read the table migrations") == 1
    full["session"]["warnings"] = [{"code": "migrations_unseen", "level": "warning", "message": words, "remedy": "x"}]
    assert "may not read the table migrations" not in maintenance_screen.screen(full)
    assert "may not read the table migrations" in banners.banners(full)


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


def test_the_columns_are_those_of_the_state_and_an_empty_key_takes_no_room() -> None:
    row = fakes.job(7, state="locked", locked_at=fakes.NOW_TEXT, locked_by="w-1", attempts=1)
    full = ready("?state=locked", [row])
    drawn = jobs_screen.body(full, cells(full))
    assert 'class="jobs running-jobs no-keys no-errors"' in drawn
    assert ">Running</th>" in drawn and ">Worker</th>" in drawn and ">w-1</td>" in drawn
    full = ready("", [fakes.job(7, key="k"), fakes.job(8, last_error="x")])
    assert 'class="jobs"' in jobs_screen.body(full, cells(full))
    assert ">Worker</th>" not in jobs_screen.body(full, cells(full))


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


def test_errors_that_are_alike_are_one_row() -> None:
    group = {
        "fingerprint": "SMTP … <b>",
        "count": 1200,
        "retrying": 0,
        "first_at": fakes.NOW_TEXT,
        "last_at": fakes.NOW_TEXT,
        "tasks": [{"task_identifier": name, "count": 1, "retrying": 0} for name in ("mail", "digest", "sms")],
        "task_count": 7,
        "example": "SMTP 550 <b>\n at x",
        "job": 9007199254740993,
        "variants": [],
        "variant_count": 1,
    }
    drawn = listed("errors", group, looked=50000, complete=False)
    assert "1,200" in drawn and "+5" in drawn
    assert '>SMTP <span class="variable">550</span> &lt;b&gt;</a>' in drawn
    assert 'href="?state=failed&amp;error=SMTP%20%E2%80%A6%20%3Cb%3E"' in drawn
    assert "job=9007199254740993" in drawn and 'data-name="SMTP … &lt;b&gt;"' in drawn
    assert "of the newest 50,000 failed jobs" in drawn


SERVER = {"message": EVIL + " too many", "sqlstate": "53300"}
AWAY = {
    "code": "database_unavailable",
    "error": "the database has no connection left",
    "hint": "Wait.",
    "server": SERVER,
}


def test_the_server_s_own_message_stands_beside_ours() -> None:
    """Under the bar, in the place of the rows, in a dialog and in a notice; as text."""
    full = ready()
    full["jobs"].update(error=AWAY)
    full["session"]["warnings"] = [{"code": "x", "level": "error", "message": "away", "remedy": None, "server": SERVER}]
    shown = [
        banners.banners(full),
        empty_states.error_state(full, AWAY),
        empty_states.error_state(full, dict(AWAY, code="permission_denied")),
        forms.alert({"error": AWAY, "fields": ()}),
    ]
    for html in shown:
        assert "The server&#x27;s message: &lt;img" in html.replace("&#39;", "&#x27;"), html
        assert "too many (SQLSTATE 53300)." in html and "<img" not in html
    assert banners.banners(full).count("SQLSTATE 53300") == 2
    assert open_dialogs.error_line(AWAY).endswith("too many (SQLSTATE 53300).")
    others: list[Any] = [None, 1, "x", []]
    for server in others:
        assert "SQLSTATE" not in empty_states.error_state(full, {"error": "no", "server": server})
