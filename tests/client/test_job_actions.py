"""Actions on jobs: what is sent, the dialogs, and the results."""

from __future__ import annotations

import json

from tests.client import fakes
from tests.client.program import THREE, click, started

SEEN = {
    "priority": 0,
    "attempts": 25,
    "max_attempts": 25,
    "run_at": "2026-11-24T09:00:12Z",
    "updated_at": "2026-11-24T08:00:00Z",
}


def test_retry_of_one_does_not_ask_and_reports_per_id() -> None:
    app, dom, server = started(jobs=THREE)
    click(app, "job-action", name="retry", id="7")
    sent = server.answer(
        "api/jobs/action",
        {"message": "Retried 1 job(s)", "results": [{"id": 7, "outcome": "done", "reason": None}], "jobs": []},
    )
    members, expected = sent[2].split(',"expected":')
    assert members == (
        '{"action":"retry","ids":[7],"reason":null,"run_at":null,"priority":null,"attempts":null,"max_attempts":null,'
        '"revisions":{"7":0}'
    )
    assert json.loads(expected[:-1]) == {"7": SEEN}
    assert sent[3]["x-graphile-worker-admin-csrf"] == "session-token"
    assert "1 job retried" in dom.shown["gw-toasts"]


def test_fail_asks_names_what_it_leaves_alone_and_sends_the_reason() -> None:
    running = fakes.job(9, state="locked", locked_at="2026-11-24T09:01:12Z", locked_by="worker-12")
    app, dom, server = started(jobs=fakes.page_of(running, fakes.job(8)))
    app.on_event({"type": "change", "action": "select-page", "checked": True, "data": {}})
    click(app, "job-action", name="fail")
    box = dom.shown["gw-dialog"]
    assert "Fail 1 job?" in box
    assert "is running on worker-12 for 3 min and will be skipped" in box
    assert "Fail 1 job<" in box
    assert dom.dialogs == ["gw-box"]
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {"reason": 'say "no"'}})
    sent = server.answer(
        "api/jobs/action",
        {
            "message": "Failed 1 job(s)",
            "results": [
                {"id": 9, "outcome": "running", "reason": "is running on worker-12 since 2026-11-24T09:01:12Z"},
                {"id": 8, "outcome": "done", "reason": None},
            ],
        },
    )
    assert '"reason":"say \\"no\\""' in sent[2]
    assert '"ids":[9,8]' in sent[2]
    assert "1 job marked as failed · 1 skipped" in dom.shown["gw-toasts"]
    assert dom.shown["gw-dialog"] == ""
    assert app.state["selected"] == {"9": True}


def test_a_refused_add_keeps_what_was_typed_and_points_at_the_field() -> None:
    app, dom, server = started(jobs=THREE)
    click(app, "add-job")
    form = {"identifier": "x", "payload": '{"n": 9007199254740993}', "priority": "99999", "key": " k ", "flags": "a, b"}
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": form})
    sent = server.answer(
        "api/jobs",
        {"error": "priority must be between -32768 and 32767", "code": "invalid_input", "field": "priority"},
        400,
    )
    assert '"payload":{"n": 9007199254740993}' in sent[2]
    assert '"priority":99999' in sent[2]
    assert '"key":" k "' in sent[2]
    assert '"flags":["a", "b"]' in sent[2]
    assert "Priority must be between" in dom.shown["gw-dialog"]
    assert 'value="99999"' in dom.shown["gw-dialog"]
    assert dom.focused[-1] == "#gw-in-priority"


def test_remove_by_key_tells_its_three_outcomes() -> None:
    app, dom, server = started(jobs=THREE)
    for outcome, message, where in (
        ("removed", "Removed job with key `k`", "gw-toasts"),
        ("key_released", "Job with key `k` is running: it lost its key and will not run again", "gw-toasts"),
        (
            "key_released",
            "Job with key `k` is running: it lost its key; a recovery of dead workers may run it again",
            "gw-toasts",
        ),
        ("not_found", "No job with key `k`", "gw-dialog"),
    ):
        click(app, "remove-key")
        app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {"key": " k"}})
        sent = server.answer("api/jobs/remove-by-key", {"message": message, "outcome": outcome})
        assert sent[2] == '{"key":" k"}'
        assert message in dom.shown[where]
        if where == "gw-toasts":  # the message of the API alone: another sentence would repeat or contradict it
            assert app.state["toasts"][-1]["text"] == message


def test_an_add_says_what_became_of_the_job_with_its_key() -> None:
    for outcome, words in (
        ("new", "Added job 9"),
        ("replaced", "was waiting with this key and was replaced"),
        ("deduplicated", "left as it is"),
        ("split", "job 3 with this key runs"),
    ):
        app, _dom, server = started(jobs=THREE)
        click(app, "add-job")
        app.on_event({"type": "submit", "action": "confirm", "form": {"identifier": "t", "key": "k"}, "data": {}})
        server.answer("api/jobs", {"message": "Added job 9", "jobs": [], "outcome": outcome, "previous_id": 3})
        [toast] = app.state["toasts"]
        assert words in toast["text"]
        assert toast["kind"] == ("good" if outcome == "new" else "note")


def test_a_job_is_added_again_with_changes_and_its_payload_to_the_letter() -> None:
    app, dom, server = started("?job=7", jobs=THREE)
    text = '{"amount":49.90,"id":9007199254740993}'
    body = fakes.job(
        7, payload_text=text, payload_truncated=False, queue_name="billing", key="k", flags={"slow": True}, as_of=fakes.NOW_TEXT
    )  # fmt: skip
    server.answer("api/jobs/7", body)
    click(app, "clone", id="7")
    assert "Duplicate job 7" in dom.shown["gw-dialog"]
    values = app.state["dialog"]["values"]
    assert values["payload"] == text and values["queue"] == "billing" and values["flags"] == "slow"
    assert "key" not in values
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": dict(values, priority="-3")})
    sent = server.answer("api/jobs", {"message": "Added job 8", "outcome": "new"})[2]
    assert '"payload":' + text in sent and '"priority":-3' in sent and '"key":null' in sent
