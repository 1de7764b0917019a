"""The title of a dialog and its button name the same jobs, queues or workers, with the same count."""

from __future__ import annotations

import re
from typing import Any

import pytest

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.model.actions.action_table import BUTTONS
from graphile_worker.admin.client.model.actions.maintenance import CARDS
from tests.client import fakes
from tests.client.program import click, started
from tests.client.test_bulk import asked

RUNNING = fakes.job(9, state="locked", locked_at="2026-11-24T09:01:12Z", locked_by="worker-12")
PREVIEWS: dict[str, Any] = {
    "cleanup": {
        "delete-permanently-failed-jobs": {"count": 1300, "skipped": None},
        "gc-job-queues": {"count": 1, "skipped": None},
        "gc-task-identifiers": {"count": 2, "skipped": None},
    },
    "migrate": {"verdict": "older", "found": "x", "would_apply": [22], "missing": []},
    "sweep-stale-workers": {"workers": ["a", "b"], "jobs": 3, "details": []},
    "release-old-locks": {"jobs": 2, "queues": 1, "used_up": 0, "locks": [], "kept": {}},
    "force-unlock": [],
    "health": [],
}
AMOUNTS = {
    "migrate": "Migrate",
    "delete-permanently-failed-jobs": "Delete 1,300 failed jobs",
    "gc-job-queues": "Remove 1 unused queue",
    "gc-task-identifiers": "Remove 2 unused task names",
    "sweep-stale-workers": "Release 3 jobs of 2 stale workers",
    "release-old-locks": "Release 2 jobs and 1 queue",
    "force-unlock": "Unlock 2 workers",
}


def named(dom: fakes.Dom) -> str:
    """The label of the button, of which the title is the question."""
    drawn = dom.shown["gw-dialog"]
    [title], [label] = re.findall("<h1[^>]*>(.*?)</h1>", drawn), re.findall('id="gw-go"[^>]*>(.*?)</button>', drawn)
    text = re.sub("<[^>]*>", "", label)
    assert title in (text, text + "?"), (title, text)
    return text


def maintaining(previews: dict[str, Any] | None) -> tuple[App, fakes.Dom, fakes.Server]:
    app, dom, server = started("?view=maintenance")
    server.answer("api/session", fakes.session())
    app.state["maintenance"]["data"] = previews  # the members that a dialog reads
    server.asked = []
    return app, dom, server


@pytest.mark.parametrize("action", BUTTONS)
def test_actions_on_jobs(action: str) -> None:
    app, dom, _ = started(jobs=fakes.page_of(RUNNING, fakes.job(8), fakes.job(7)))
    app.on_event({"type": "change", "action": "select-page", "checked": True, "data": {}})
    click(app, "job-action", name=action)
    assert named(dom) == "%s 2 jobs" % BUTTONS[action][0]
    _, dom, _ = asked(action, "?queue=billing")
    assert named(dom) == "%s 1,234 jobs" % BUTTONS[action][0]


@pytest.mark.parametrize("name", CARDS)
def test_maintenance(name: str) -> None:
    app, dom, server = maintaining(PREVIEWS)
    app.state["unlock_ids"] = "a, b"
    click(app, "maintain", name=name)
    assert named(dom) == AMOUNTS[name]
    if name == "force-unlock":
        server.answer("api/maintenance", {"message": "", "jobs": 3, "queues": 1, "waiting": 0})
        assert named(dom) == "Unlock 3 jobs and 1 queue of 2 workers"


@pytest.mark.parametrize("name", [name for name in CARDS if name != "force-unlock"])
def test_maintenance_before_it_is_counted(name: str) -> None:
    app, dom, _ = maintaining(None)
    click(app, "maintain", name=name)
    assert named(dom) == CARDS[name][0]


def test_one_lock_one_duplicate_and_one_removal() -> None:
    app, dom, server = started("?job=7", jobs=fakes.page_of(fakes.job(7, key="k")))
    body = fakes.job(7, payload_text="{}", payload_truncated=False, as_of=fakes.NOW_TEXT, key="k", retry_ladder=[])
    server.answer("api/jobs/7", body)
    click(app, "maintain", name="force-unlock", job="7", by="w", at="2026-11-24T04:04:12Z")
    assert named(dom) == "Unlock job 7"
    click(app, "maintain", name="force-unlock", queue="mail", by="w", at="2026-11-24T04:04:12Z")
    assert named(dom) == "Unlock queue mail"
    click(app, "clone", id="7")
    assert named(dom) == "Duplicate job 7"
    click(app, "add-job")
    assert named(dom) == "Add job"
    click(app, "remove-job")
    assert named(dom) == "Remove job 7"
