"""Taking jobs along, and putting back what was rescheduled."""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.text import rows as export
from tests.client import fakes
from tests.client.program import click, started

EXACT = '{"id": 9007199254740993, "price": 1.50}'
LONG = '"' + "x" * 300 + '"'


def rows() -> dict[str, Any]:
    small = fakes.job(9007199254740993, payload_preview=EXACT, payload_bytes=len(EXACT), key="=1+1")
    large = fakes.job(
        7, payload_preview=LONG[:200], payload_bytes=len(LONG), last_error='a "quoted" thing', priority=-5
    )
    return fakes.page_of(small, large)


def select(app: App, *ids: str) -> None:
    for one in ids:
        app.on_event({"type": "change", "action": "select", "data": {"id": one}, "checked": True})


def test_copied_json_is_exact_to_the_byte() -> None:
    app, dom, server = started(jobs=rows())
    select(app, "9007199254740993")
    click(app, "take", way="copy", form="json")
    assert server.paths() == []
    assert '"id": 9007199254740993' in dom.copied[0] and '"payload": ' + EXACT in dom.copied[0]
    assert json.loads(dom.copied[0])[0]["key"] == "=1+1"
    assert "Copied 1 job as JSON" in dom.shown["gw-toasts"]


def test_cut_payloads_are_asked_for_first() -> None:
    app, dom, server = started(jobs=rows())
    select(app, "9007199254740993", "7")
    click(app, "take", way="save", form="csv")
    assert server.paths() == ["api/jobs?sort=-id&limit=100&payload=text"]
    full = [dict(job, payload_text=LONG, payload_truncated=False) for job in rows()["jobs"]]
    server.answer("api/jobs", fakes.page_of(*full[1:]))
    name, text, kind = dom.downloads[0]
    assert (name, kind) == ("jobs-shop-2026-11-24.csv", "text/csv")
    lines = text.split("\r\n")
    assert lines[0] == "\ufeff" + ",".join(export.FIELDS + ("payload",))
    assert lines[1][:21] == '"9007199254740993","s' and '"\'=1+1"' in lines[1]
    assert '"-5"' in lines[2] and '"a ""quoted"" thing","""' + "x" * 300 + '"""' in lines[2]


def test_an_error_that_the_page_has_cut_is_copied_whole() -> None:
    app, dom, server = started("?job=7", jobs=rows())
    short = fakes.job(7, last_error="broken", last_error_truncated=False, payload_text="{}", as_of=fakes.NOW_TEXT)
    server.answer("api/jobs/7?payload=text&last_error=cut", short)
    click(app, "copy-error")
    assert dom.copied == ["broken"] and "cut after" not in dom.shown["gw-drawer"]
    app.follow("?job=7")
    click(app, "refresh")
    server.answer("api/jobs/7?payload=text&last_error=cut", dict(short, last_error="bro", last_error_truncated=True))
    assert '</pre><p class="soft">Cut after 3 B of text; copy has all of it.</p>' in dom.shown["gw-drawer"]
    click(app, "copy-error")
    assert dom.copied[1:] == ["last_error of api/jobs/7?payload=none"]
    dom.copying(True, "")
    assert "Copied the error" in dom.shown["gw-toasts"]
    click(app, "copy-error")
    dom.copying(False, "job 7 not found")
    assert "Nothing was copied. Job 7 not found." in dom.shown["gw-toasts"]


def test_what_stays_cut_says_so() -> None:
    app, dom, server = started(jobs=rows())
    select(app, "7")
    click(app, "take", way="copy", form="json")
    server.answer("api/jobs", {"error": "no", "code": "x"}, 503)
    copied = json.loads(dom.copied[0])[0]
    assert copied["payload"] == LONG[:200] and copied["payload_cut"] is True
    assert "of 1 job the payload or error is cut" in dom.shown["gw-toasts"]


def test_the_filtered_set_is_a_link() -> None:
    _app, dom, _server = started("?state=failed&queue=a%26b&sort=id&job=7", jobs=rows())
    link = 'href="api/jobs/export?state=failed&amp;queue=a%26b&amp;format=csv&amp;bom=true" data-action="export"'
    assert link in dom.shown["gw-admin"]
    _app, dom, _server = started("?db=two", jobs=rows())
    assert (
        'href="api/jobs/export?format=ndjson&amp;sort=-id&amp;db=two" data-action="export" data-form="ndjson"'
        in dom.shown["gw-admin"]
    )


FAILED = "jobs-failed-2026-11-24.csv"


def test_with_a_token_the_program_fetches_it() -> None:
    dom, server = (
        fakes.Dom("?state=failed", {"auth-mode": "bearer", "schema": "s", "read-only": "false", "csrf": ""}),
        fakes.Server(),
    )
    dom.tab["gw-token"] = "secret"
    app = App(dom, server.request)
    app.start()
    assert "api/jobs/export" not in dom.shown["gw-admin"] and "secret" not in dom.shown["gw-admin"]
    server.asked = []
    click(app, "export", form="csv")
    method, path, name, headers, _ = server.answer("api/jobs/export", {})
    assert (method, path, name) == ("SAVE", "api/jobs/export?state=failed&format=csv&bom=true&sort=-id", FAILED)
    assert headers == {"accept": "application/json", "authorization": "Bearer secret"}
    assert "Saved " + FAILED in dom.shown["gw-toasts"]
    click(app, "export", form="csv")
    server.answer("api/jobs/export", {"error": "too slow", "code": "x"}, 503)
    assert "Nothing was downloaded. Too slow." in dom.shown["gw-toasts"]


# ── undo ─────────────────────────────────────────────────────────────────

RUN_AT, BEFORE = "2026-11-24T09:00:12Z", "2026-11-24T08:00:00Z"
AFTER = "2026-11-24T09:04:12.5Z"


def rescheduled() -> tuple[App, fakes.Dom, fakes.Server]:
    """Three jobs got another priority; the third was running."""
    jobs = [fakes.job(3, priority=1), fakes.job(2, priority=4), fakes.job(1, priority=1)]
    app, dom, server = started(jobs=fakes.page_of(*jobs))
    select(app, "1", "2", "3")
    click(app, "job-action", name="reschedule")
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {"priority": "9"}})
    outcomes = [{"id": one, "outcome": "done", "reason": None} for one in (3, 2)]
    outcomes.append({"id": 1, "outcome": "running", "reason": "is running"})
    after = [fakes.job(one, priority=9, revision=one, updated_at=AFTER) for one in (3, 2)]
    after[1]["run_at"] = "infinity"
    server.answer("api/jobs/action", {"results": outcomes, "jobs": after})
    return app, dom, server


def test_undo_puts_back_what_nobody_changed_since() -> None:
    app, dom, server = rescheduled()
    assert "gw-undo" in dom.shown["gw-toasts"]
    server.asked = []
    click(app, "undo")
    first = json.loads(server.answer("api/jobs/action", {"results": [{"id": 3, "outcome": "done"}]})[2])
    assert first["action"] == "reschedule" and first["ids"] == [3] and first["revisions"] == {"3": 3}
    assert first["priority"] == 1 and first["run_at"] is None and first["attempts"] is None
    left = {"priority": 9, "attempts": 0, "max_attempts": 25, "run_at": "2026-11-24T09:00:12Z", "updated_at": AFTER}
    assert first["expected"] == {"3": left}  # the server compares; the page may not have seen what somebody else did
    assert "Putting back · 1 of 2" in dom.shown["gw-toasts"]
    changed = {"results": [{"id": 2, "outcome": "changed", "reason": "was replaced meanwhile"}]}
    second = json.loads(server.answer("api/jobs/action", changed)[2])
    assert second["ids"] == [2] and second["priority"] == 4
    assert "run_at" not in second["expected"]["2"]  # infinity, which no request can say; the time of the change does
    assert "1 job put back · 1 skipped" in dom.shown["gw-toasts"]
    assert "was replaced meanwhile" in dom.shown["gw-toasts"] and "gw-undo" not in dom.shown["gw-toasts"]
    assert "api/jobs?sort=-id&limit=100&payload=preview" in server.paths()


def test_every_verb_says_what_was_seen_of_the_jobs() -> None:
    for action in ("reschedule", "fail", "complete"):
        app, dom, server = started(jobs=fakes.page_of(fakes.job(2, priority=4), fakes.job(1, run_at="infinity")))
        select(app, "1", "2")
        click(app, "job-action", name=action)
        app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {"priority": "9", "reason": ""}})
        sent = json.loads(server.answer("api/jobs/action", {"results": []})[2])["expected"]
        assert sent["2"] == {"priority": 4, "attempts": 0, "max_attempts": 25, "run_at": RUN_AT, "updated_at": BEFORE}
        assert "run_at" not in sent["1"] and sent["1"]["updated_at"] == BEFORE


def test_of_an_open_job_and_its_row_the_later_answer_is_what_was_seen() -> None:
    for moment, attempts in (("2026-11-24T09:04:13Z", 3), ("2026-11-24T09:04:11Z", 0)):
        app, dom, server = started("?job=2", jobs=fakes.page_of(fakes.job(2)))
        server.answer("api/jobs/2", dict(fakes.job(2, attempts=3), payload_text="{}", why=None, as_of=moment))
        click(app, "job-action", name="complete", id="2")
        app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {}})
        sent = json.loads(server.answer("api/jobs/action", {"results": []})[2])
        assert sent["expected"]["2"]["attempts"] == attempts


def test_undo_goes_on_when_its_result_is_dismissed_and_ends_with_another_database() -> None:
    app, dom, server = rescheduled()
    server.asked = []
    click(app, "undo")
    click(app, "dismiss-result")
    server.answer("api/jobs/action", {"results": [{"id": 3, "outcome": "done"}]})
    server.answer("api/jobs/action", {"results": [{"id": 2, "outcome": "done"}]})
    assert "gw-undo" not in dom.shown["gw-toasts"]

    app, dom, server = rescheduled()
    server.asked = []
    click(app, "undo")
    app.go("?db=other")
    server.answer("api/jobs/action", {"results": [{"id": 3, "outcome": "done"}]})
    assert [path for path in server.paths() if path.startswith("api/jobs/action")] == []
    assert app.state["result"] is None


def test_all_that_match_say_that_there_is_no_undo_before_and_after() -> None:
    many = {"jobs": rows()["jobs"], "as_of": fakes.NOW_TEXT, "age_ms": 0, "has_more": True, "next": "n", "prev": None}
    app, dom, server = started(jobs=many)
    for action, none in (("reschedule", True), ("fail", False)):
        select(app, "9007199254740993", "7")
        click(app, "select-every")
        click(app, "job-action", name=action)
        server.answer("api/jobs/bulk", {"count": 2, "more": False, "sample": [7]})
        assert ("There is no undo" in dom.shown["gw-dialog"]) is none, action
        app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {"priority": "3", "reason": ""}})
        server.answer("api/jobs/bulk", {"results": [{"id": 7, "outcome": "done"}], "next": None})
        assert ("There is no undo" in dom.shown["gw-toasts"]) is none, action
        click(app, "bulk-dismiss")


def test_undo_that_breaks_off_says_what_was_not_tried() -> None:
    app, dom, server = rescheduled()
    server.asked = []
    click(app, "undo")
    server.answer("api/jobs/action", {"error": "the database is away", "code": "x"}, 503)
    assert "Nothing done: 2 broken off or not tried" in dom.shown["gw-toasts"]
    assert "<code>2</code><span>The database is away.</span>" in dom.shown["gw-toasts"]


def test_undo_is_offered_for_half_a_minute_and_for_no_other_verb() -> None:
    app, dom, server = rescheduled()
    dom.timers["undo"]()
    assert "gw-undo" not in dom.shown["gw-toasts"] and "2 jobs rescheduled" in dom.shown["gw-toasts"]
    click(app, "undo")
    assert [path for path in server.paths() if "action" in path] == []
    click(app, "job-action", name="complete", id="2")
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {}})
    done = {"results": [{"id": 2, "outcome": "done"}], "jobs": [fakes.job(2)]}
    server.answer("api/jobs/action", done)
    assert "gw-undo" not in dom.shown["gw-toasts"]


# ── the clipboard ────────────────────────────────────────────────────────


def test_copied_is_said_when_it_is_and_not_before() -> None:
    for done, words in ((True, "Copied"), (False, "The browser did not allow copying")):
        app, dom, _server = started(jobs=fakes.page_of(fakes.job(4, key="k")))
        dom.copies = None
        click(app, "copy", id="4", name="key")
        assert dom.copied == ["k"] and "opied" not in dom.shown.get("gw-toasts", "")
        dom.copying(done, "")
        assert words in dom.shown["gw-toasts"]
        select(app, "4")
        click(app, "take", way="copy", form="json")
        assert "as JSON" not in dom.shown["gw-toasts"]
        dom.copying(done, "")
        assert ("Copied 1 job as JSON" in dom.shown["gw-toasts"]) is done
