"""What is drawn: the truth about odd data, and markup that nobody's data can leave."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.handlers import dialogs as open_dialogs
from graphile_worker.admin.client.model import reducers, state
from graphile_worker.admin.client.views.dialogs import forms
from graphile_worker.admin.client.views.jobs import screen as jobs_screen
from graphile_worker.admin.client.views.jobs import selection_bar, state_counts
from graphile_worker.admin.client.views.maintenance import screen as maintenance_screen
from graphile_worker.admin.client.views.shell import banners, empty_states, live_control
from tests.client import fakes
from tests.client.states import cells, listed, ready, whole

EVIL = "<img src=x onerror=\"alert('1')\">\u202e"


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


def test_counts_say_what_they_count_and_unknown_is_not_zero() -> None:
    drawn = state_counts.links(ready())
    assert "whole table" in drawn
    assert "1 blocked" in drawn
    assert ">0<" not in state_counts.links(state.new())


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
    for alive in (
        fakes.worker("w", last_heartbeat_at=fakes.NOW_TEXT, is_stale=False),
        fakes.worker("w", locked_jobs=1, oldest_locked_secs=20.0),
    ):
        drawn = listed("workers", fakes.worker("v"), alive, listeners=[], listeners_visible="yes", fetching=False)
        assert nobody not in drawn and 'class="warning"' not in drawn
        assert "Heartbeats or new locks show that workers are alive" in drawn
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


def test_unlock_waits_for_a_worker_id() -> None:
    full = maintained()
    assert 'data-name="force-unlock" disabled title="Enter a worker id first"' in maintenance_screen.screen(full)
    full["unlock_ids"] = " w<1> , "
    drawn = maintenance_screen.screen(full)
    assert 'data-name="force-unlock"><span>Unlock' in drawn and 'value=" w&lt;1&gt; , "' in drawn


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


def test_the_columns_are_those_of_the_state_and_an_empty_key_takes_no_room() -> None:
    row = fakes.job(7, state="locked", locked_at=fakes.NOW_TEXT, locked_by="w-1", attempts=1)
    full = ready("?state=locked", [row])
    drawn = jobs_screen.body(full, cells(full))
    assert 'class="jobs running-jobs no-keys no-errors"' in drawn
    assert ">Running</th>" in drawn and ">Worker</th>" in drawn and ">w-1</td>" in drawn
    full = ready("", [fakes.job(7, key="k"), fakes.job(8, last_error="x")])
    assert 'class="jobs"' in jobs_screen.body(full, cells(full))
    assert ">Worker</th>" not in jobs_screen.body(full, cells(full))


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
