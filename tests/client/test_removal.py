"""Giving up a running job, and removing a keyed one, from the panel: the dry run decides what the dialog says."""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.views.job import panel
from tests.client import fakes
from tests.client.program import THREE, click, started
from tests.client.states import opened

RUNNING = {"state": "locked", "locked_at": fakes.NOW_TEXT, "locked_by": "w", "attempts": 3, "retry_ladder": []}


def at_job(**more: Any) -> tuple[App, fakes.Dom, fakes.Server]:
    app, dom, server = started("?job=7", jobs=THREE)
    body = fakes.job(7, payload_text="{}", payload_truncated=False, as_of=fakes.NOW_TEXT, retry_ladder=[], **more)
    server.answer("api/jobs/7", body)
    click(app, "remove-job")
    return app, dom, server


def answered(server: fakes.Server, **more: Any) -> Any:
    sent = server.answer("api/jobs/remove-by-key", dict(more, message="m"))
    return json.loads(sent[2])


def confirm(app: App) -> None:
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {}})


def test_a_job_with_an_old_lock_is_not_said_to_be_without_a_worker() -> None:
    _, dom, server = at_job(key="k:7", state="locked", locked_at="2026-11-24T03:00:00Z", locked_by="w", attempts=3)
    answered(server, outcome="removed", id=7, dry_run=True, marked=False)
    drawn = dom.shown["gw-dialog"]
    assert "A worker locked it 6 h" in drawn and "a lock older than 4 hours does not protect a job" in drawn
    assert "No worker runs it" not in drawn


def test_a_running_job_is_given_up_as_the_dry_run_says() -> None:
    app, dom, server = at_job(key="k:7", **{name: RUNNING[name] for name in RUNNING if name != "retry_ladder"})
    assert "Give up job 7 after this attempt?" in dom.shown["gw-dialog"] and "Asking" in dom.shown["gw-dialog"]
    confirm(app)
    assert len([path for path in server.paths() if "remove-by-key" in path]) == 1, "not before the dry run"
    assert answered(server, outcome="key_released", id=7, dry_run=True, marked=False) == {"key": "k:7", "dry_run": True}
    drawn = dom.shown["gw-dialog"]
    assert "attempt 3 of 25 is not interrupted" in drawn and "This schema has no mark for it" in drawn
    confirm(app)
    sent = answered(server, outcome="changed")
    assert sent == {"key": "k:7", "expected_id": 7, "expected_outcome": "key_released"}
    assert "Job 7 was changed meanwhile: nothing was done" in dom.shown["gw-dialog"]
    answered(server, outcome="removed", id=7, dry_run=True, marked=False)
    assert "Remove job 7?" in dom.shown["gw-dialog"] and "It is deleted" in dom.shown["gw-dialog"]
    confirm(app)
    assert answered(server, outcome="removed")["expected_outcome"] == "removed"
    assert app.state["dialog"] is None


def test_a_key_that_another_job_has_now_changes_nothing() -> None:
    app, dom, server = at_job(key="k:7")
    answered(server, outcome="removed", id=9, dry_run=True, marked=False)
    assert "Job 9 has this key now: there is nothing to do for job 7." in dom.shown["gw-dialog"]
    assert 'id="gw-go" disabled' in dom.shown["gw-dialog"]


def test_a_running_job_without_a_key_says_why_not() -> None:
    drawn = panel.panel(opened(**RUNNING))
    assert "It has no key. The schema gives up a running job by its key alone" in drawn and "Give up…" in drawn
    assert "remove-job" not in panel.panel(opened(retry_ladder=[]))
    assert ">Remove…</span>" in panel.panel(opened(key="k", retry_ladder=[]))
    assert "The schema marks it" not in drawn
