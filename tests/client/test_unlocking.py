"""Unlock from where the problem is seen: what it takes is shown before, what it took afterwards."""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.client.model import queries, reducers
from graphile_worker.admin.client.views.job import panel
from graphile_worker.admin.client.views.shell import page
from tests.client import fakes
from tests.client.program import THREE, click, started
from tests.client.states import opened, ready
from tests.client.test_bulk import confirm

AT = "2026-11-24T04:04:12.123456Z"
TAKEN = {
    "message": "Would unlock 1 job and 1 queue",
    "jobs": 1,
    "queues": 1,
    "job_ids": [7],
    "queue_names": ["<q>"],
    "waiting": 3,
}


def body_of(request: Any) -> Any:
    return json.loads(request[2])


def test_a_running_job_and_a_held_queue_have_the_button_with_the_lock_as_it_is_shown() -> None:
    drawn = panel.panel(opened(state="locked", locked_at=AT, locked_by="<w>"))
    assert 'id="gw-v-unlock"' in drawn and 'data-at="%s"' % AT in drawn and 'data-by="&lt;w&gt;"' in drawn
    assert "gw-v-unlock" not in panel.panel(opened())

    full = ready("?view=queues")
    held = fakes.queue("<q>", locked_at=AT, locked_by="w", state="held")
    reducers.apply_table(
        full, "queues", fakes.table_of("queues", held, fakes.queue("r")), queries.table_query(full["route"]), ""
    )
    drawn = page.regions(full)["gw-screen"]
    assert drawn.count('data-name="force-unlock"') == 1
    assert 'data-queue="&lt;q&gt;"' in drawn and 'data-at="%s"' % AT in drawn


def test_the_dialog_shows_what_is_taken_and_the_notice_what_was() -> None:
    app, dom, server = started(jobs=THREE)
    click(app, "maintain", name="force-unlock", job="7", by="w", at=AT)
    assert "Unlock job 7?" in dom.shown["gw-dialog"] and "Reading the locks" in dom.shown["gw-dialog"]
    asked = body_of(server.answer("api/maintenance", TAKEN))
    assert asked["dry_run"] is True and asked["worker_ids"] == []
    assert asked["unlock"] == {"job_id": 7, "locked_by": "w", "locked_at": AT}
    shown = dom.shown["gw-dialog"]
    assert "Releases 1 job (7) and 1 queue (&lt;q&gt;). 3 due jobs wait for it." in shown

    confirm(app)
    sent = body_of(server.answer("api/maintenance", dict(TAKEN, message="Unlocked 1 job and 1 queue", outcome="done")))
    assert sent["dry_run"] is False and sent["unlock"] == asked["unlock"]
    assert "Released 1 job (7) and 1 queue (&lt;q&gt;)" in dom.shown["gw-toasts"]
    assert dom.shown["gw-dialog"] == ""


def test_a_queue_without_a_named_holder_and_a_lock_that_is_gone() -> None:
    app, dom, server = started(jobs=THREE)
    click(app, "maintain", name="force-unlock", queue="q", at=AT)
    asked = body_of(server.answer("api/maintenance", {"message": "", "jobs": 0, "queues": 0, "waiting": 0}))
    assert asked["unlock"] == {"queue_name": "q", "locked_by": None, "locked_at": AT}
    assert (
        "Unlock queue q?" in dom.shown["gw-dialog"]
        and "The lock is another one now, or none." in dom.shown["gw-dialog"]
    )


def test_a_worker_has_all_its_locks_counted_first() -> None:
    app, dom, server = started(jobs=THREE)
    click(app, "maintain", name="force-unlock", id="w")
    many = {"message": "", "jobs": 7, "queues": 0, "job_ids": list(range(1, 8)), "queue_names": [], "waiting": 10001}
    asked = body_of(server.answer("api/maintenance", many))
    assert asked["worker_ids"] == ["w"] and "unlock" not in asked
    assert "Releases 7 jobs (1, 2, 3, 4, 5, …). More than 10,000 due jobs wait for it." in dom.shown["gw-dialog"]
