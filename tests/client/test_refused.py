"""What was not done does not look done: colours, first words, groups of one reason, and what a screen reader hears."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.views.dialogs import results as cards
from graphile_worker.admin.client.views.maintenance import preview, screen
from tests.client import fakes
from tests.client.program import THREE, click, started
from tests.client.test_bulk import asked, confirm, step

WHY = "a trigger or a function of the database refuses this: Frozen. (SQLSTATE P0001)"


def maintained(name: str, answer: dict[str, Any], **more: Any) -> tuple[Any, fakes.Dom]:
    app, dom, server = started(jobs=THREE)
    app.state["unlock_ids"] = "w, idle"
    click(app, "maintain", name=name)
    if name == "force-unlock":
        server.answer("api/maintenance", {"message": "Would unlock 1 worker", "jobs": 0, "queues": 0})
    confirm(app)
    server.answer("api/maintenance", answer)
    return app, dom


def test_maintenance_that_was_refused_is_red_or_a_warning() -> None:
    for outcome, look in (("not_done", "bad"), ("partly", "warn"), ("done", "good")):
        answer = {"message": "4,668 stay: " + WHY, "outcome": outcome, "deleted": {"gc-job-queues": 0}}
        app, dom = maintained("gc-job-queues", answer)
        kept = app.state["maintenance_results"]["gc-job-queues"]
        assert kept["kind"] == look and kept["text"].startswith("4,668 stay: " + WHY)
        assert ('class="last %s"' % look) in screen._result(kept)
        assert ('class="toast %s"' % look) in dom.shown["gw-toasts"]
        assert ("circle-check" in dom.shown["gw-toasts"]) is (outcome == "done")


def test_workers_that_held_nothing_are_named() -> None:
    app, _dom = maintained(
        "force-unlock", {"message": "Unlocked 1 worker id(s)", "outcome": "partly", "holders": [{"worker_id": "w"}]}
    )
    assert (
        app.state["maintenance_results"]["force-unlock"]["text"] == "Unlocked 1 worker id(s). No lock is held by idle"
    )


def test_nothing_done_is_no_success_and_a_refusal_is_not_left_alone() -> None:
    app, dom, server = asked("fail")
    confirm(app)
    server.answer("api/jobs/bulk", step(*[(one, "refused", WHY) for one in range(1, 668)]))
    shown = dom.shown["gw-toasts"]
    assert "Nothing done: 667 refused by the database" in shown
    assert "skipped" not in shown and "circle-check" not in shown and "#i-check" not in shown
    assert shown.count(WHY) == 1 and "667 ×" in shown and "(1, 2, 3, 4, 5, …)" in shown
    assert "667 × " + WHY in dom.shown["gw-live"]


def test_what_was_broken_off_was_not_refused_by_a_rule() -> None:
    results = [{"id": one, "outcome": "refused", "reason": "not tried: the database is away"} for one in (1, 2)]
    results.append({"id": 3, "outcome": "done", "reason": ""})
    assert job_actions.summary("fail", results) == "1 job marked as failed · 2 broken off or not tried"


def test_the_rest_of_a_result_is_not_said_to_be_done_where_it_is_not() -> None:
    def drawn(left: int, good: int) -> str:
        rows = [{"id": str(one), "outcome": "running", "reason": "runs on w%d" % one} for one in range(left)]
        rows += [{"id": str(one), "outcome": "done"} for one in range(left, left + good)]
        return cards.result_card({"action": "fail", "results": rows, "values": {}})

    assert "and 80 more, 50 of them not done" in drawn(150, 30)
    assert "and 20 more, all done" in drawn(60, 60)
    assert " more, " not in drawn(60, 40)


def test_a_preview_that_names_some_locks_counts_all() -> None:
    lock = {"kind": "queue", "id": 1, "task": None, "queue": "q", "worker": "w", "locked_at": "", "age_secs": 9}
    found = {"jobs": 900, "queues": 3, "used_up": 0, "busy": 0, "locks": [lock] * 200, "kept": {"a": 1, "b": 2}}
    full = {"maintenance": {"data": {"cleanup": {}, "release-old-locks": found}}}
    drawn = preview.details(full, "release-old-locks")
    assert "and 901 more" in drawn and "1 stays: a." in drawn and "2 stay: b." in drawn


def test_a_refused_dialog_is_heard_with_the_servers_words_and_hint() -> None:
    app, dom, server = started(jobs=THREE)
    click(app, "add-job")
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {"identifier": "x", "payload": "{}"}})
    sent = {"message": "Frozen.", "sqlstate": "P0001", "hint": "Ask us."}
    server.answer("api/jobs", {"error": "a trigger refuses this", "code": "refused", "server": sent}, 409)
    words = "Frozen. (SQLSTATE P0001); hint: Ask us."
    assert words in dom.shown["gw-live"] and words in dom.shown["gw-dialog"]


def test_a_job_that_was_skipped_is_a_warning_and_a_job_marked_as_failed_a_success() -> None:
    done: Any = {"id": "1", "outcome": "done"}
    skipped: Any = {"id": "2", "outcome": "running", "reason": "running"}
    refused: Any = {"id": "3", "outcome": "refused", "reason": WHY}
    for results, look in (([done], "good"), ([done, skipped], "warn"), ([skipped], "bad"), ([done, refused], "bad")):
        card = cards.result_card({"action": "fail", "results": results, "values": {}, "db": ""})
        assert 'class="toast result %s"' % look in card


def test_a_release_names_the_workers_and_counts_their_jobs_and_queues() -> None:
    answer = {
        "message": "Unlocked 1 worker id(s)", "outcome": "partly", "workers": ["w"], "jobs": 1, "queues": 2,
        "holders": [{"worker_id": "w"}],
    }  # fmt: skip
    app, dom = maintained("force-unlock", answer)
    text = "Released 1 job and 2 queues of w. No lock is held by idle"
    assert app.state["maintenance_results"]["force-unlock"]["text"] == text
    app, dom = maintained("force-unlock", {"message": "Unlocked 0 worker id(s)", "workers": [], "jobs": 0, "queues": 0})
    assert "No lock was released" in dom.shown["gw-toasts"] and "(s)" not in dom.shown["gw-toasts"]


def test_one_message_is_shown_once() -> None:
    app, dom, _server = started(jobs=THREE)
    for _ in range(3):
        app.toast("Copied", "note")
    app.draw()
    assert dom.shown["gw-toasts"].count("Copied") == 1
    app, dom, server = started(jobs=THREE)
    app.state["route"]["view"] = "maintenance"
    click(app, "maintain", name="migrate")
    confirm(app)
    server.answer("api/maintenance", {"message": "Migrations complete"})
    assert app.state["maintenance_results"]["migrate"]["text"] == "Migrations complete"
    assert "Migrations complete" not in dom.shown.get("gw-toasts", "") and "Migrations complete" in dom.shown["gw-live"]
