"""The editor of a payload: its check, the difference, what is sent, and a lost race."""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.payloads import json_edit
from graphile_worker.admin.client.payloads.line_diff import line_diff
from tests.client import fakes
from tests.client.program import THREE, click, started

TEXT = '{"amount":49.90,"id":9007199254740993,"to":["ada@example.org","zoe@example.org"],"note":null}'


def detail(text: str, **more: Any) -> dict[str, Any]:
    """The answer for the open job."""
    row: dict[str, Any] = fakes.job(7, payload_text=text, payload_truncated=False, as_of=fakes.NOW_TEXT, **more)
    return row


def editing(text: str = TEXT) -> tuple[App, fakes.Dom, fakes.Server]:
    """A page with the editor of job 7."""
    app, dom, server = started("?job=7", jobs=THREE)
    server.answer("api/jobs/7", detail(text))
    click(app, "edit-payload", id="7")
    return app, dom, server


def save(app: App, text: str) -> None:
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {"payload": text}})


RULES = (
    ("", "expected a value at line 1 column 1"),
    ('{\n  "é": tru\n}', "expected a value at line 2 column 8"),
    ('{"é" 1}', "expected a colon at line 1 column 6"),
    ("[1 2]", "expected a comma or ] at line 1 column 4"),
    ('{"a": 1,}', 'expected a name in "quotes" at line 1 column 9'),
    ("{} {}", "expected nothing more at line 1 column 4"),
    ('["a', "a string without its end at line 1 column 2"),
    ('["a\tb"]', "a control character in a string at line 1 column 4"),
    ('["\\x"]', "an unknown escape in a string at line 1 column 3"),
)


def test_an_error_has_its_place_in_the_payload() -> None:
    for text, rule in RULES:
        assert json_edit.problem(text) == f"must be JSON ({rule})"


def test_indenting_keeps_every_token() -> None:
    text = '{"a":1.10,"a":1e400,"b":[],"c":{"d":[1,{"e":"\\u0000, [x]: \\""}]}}'
    lines = json_edit.indented(text)
    assert lines[:3] == ["{", '  "a": 1.10,', '  "a": 1e400,']
    assert "".join("\n".join(lines).split()) == "".join(text.split())
    assert json_edit.editable("[1,2]") == "[1,2]"
    assert json_edit.editable(text) == "\n".join(lines)


def test_the_difference_of_lines() -> None:
    old = [str(n) for n in range(20)]
    assert line_diff(old, old) == []
    new = old.copy()
    new[10] = "x"
    del new[15]
    assert line_diff(old, new) == [
        ("…", ""), (" ", "8"), (" ", "9"), ("-", "10"), ("+", "x"), (" ", "11"), (" ", "12"),
        (" ", "13"), (" ", "14"), ("-", "15"), (" ", "16"), (" ", "17"), ("…", ""),
    ]  # fmt: skip
    assert [mark for mark, _ in line_diff([], ["a"])] == ["+"]
    assert len(line_diff([f"a{n}" for n in range(1000)], [f"b{n}" for n in range(1000)])) <= 121


def test_a_payload_is_sent_as_it_was_typed() -> None:
    app, dom, server = editing()
    shown = app.state["dialog"]["values"]["payload"]
    assert "  &quot;id&quot;: 9007199254740993," in dom.shown["gw-dialog"] or '"id": 9007199254740993,' in shown
    text = shown.replace("49.90", "50.00")
    app.on_event({"type": "input", "action": "payload-typed", "data": {}, "form": {"payload": text}})
    dom.timers["payload"]()
    assert 'class="removed">-   &quot;amount&quot;: 49.90,' in dom.shown["gw-dialog"]
    assert 'class="added">+   &quot;amount&quot;: 50.00,' in dom.shown["gw-dialog"]
    save(app, text)
    sent = server.answer(
        "api/jobs/payload", {"message": "", "results": [{"id": 7, "outcome": "done", "reason": None}], "jobs": []}
    )
    assert sent[2] == '{"id":7,"payload":' + text + ',"expected_payload":' + json.dumps(TEXT) + "}"
    assert dom.shown["gw-dialog"] == "" and "Payload of job 7 changed" in dom.shown["gw-toasts"]


def test_text_that_is_not_json_is_not_sent() -> None:
    app, dom, server = editing()
    for text, words in (
        ('{"a": 1,}', "at line 1 column 9"),
        ("", "at line 1 column 1"),
        (app.state["dialog"]["shown"], "Nothing is changed"),
    ):
        save(app, text)
        assert words in dom.shown["gw-dialog"]
        assert dom.focused[-1] == "#gw-in-payload"
    assert "api/jobs/payload" not in server.paths()


def test_a_lost_race_keeps_the_text_and_shows_the_present_payload() -> None:
    app, dom, server = editing('{"n":1}')
    save(app, '{"n":2}')
    lost = {"id": 7, "outcome": "changed", "reason": "was changed meanwhile (its payload is not the expected one)"}
    server.answer("api/jobs/payload", {"message": "", "results": [lost], "jobs": []})
    server.answer("api/jobs/7", detail('{"n":3}'))
    box = dom.shown["gw-dialog"]
    assert "was changed meanwhile. Your text is kept" in box and "{&quot;n&quot;:3}" in box
    assert app.state["dialog"]["values"]["payload"] == '{"n":2}'
    save(app, '{"n":2}')
    sent = server.answer(
        "api/jobs/payload", {"message": "", "results": [{"id": 7, "outcome": "done", "reason": None}], "jobs": []}
    )
    assert sent[2].endswith('"payload":{"n":2},"expected_payload":' + json.dumps('{"n":3}') + "}")


def test_after_a_lost_race_the_commands_are_those_of_the_next_request() -> None:
    for opened in (True, False):
        app, _dom, server = editing('{"n":1}')
        if opened:
            app.on_event({"type": "input", "action": "command-typed", "form": {"payload": '{"n":2}'}})
        save(app, '{"n":2}')
        lost = {"id": 7, "outcome": "changed", "reason": "was changed meanwhile"}
        server.answer("api/jobs/payload", {"message": "", "results": [lost], "jobs": []})
        server.answer("api/jobs/7", detail('{"n":3}'))
        lines = [one["text"] for one in app.state["dialog"]["commands"]]
        assert len(lines) == (2 if opened else 0)
        for line in lines:
            present, typed = line.replace("\\", "").replace('"', ""), "{n:2}"
            assert typed in present and "{n:3}" in present and "{n:1}" not in present, line


def test_a_job_that_began_to_run_keeps_the_editor_open() -> None:
    app, dom, server = editing('{"n":1}')
    save(app, '{"n":2}')
    running = {"id": 7, "outcome": "running", "reason": "is running on worker-1 since 2026-11-24T09:01:12Z"}
    server.answer("api/jobs/payload", {"message": "", "results": [running], "jobs": []})
    assert "Job 7 was not changed: is running on worker-1" in dom.shown["gw-dialog"]
    assert app.state["dialog"]["values"]["payload"] == '{"n":2}'


def test_the_button_says_why_it_is_off() -> None:
    for more, reason in (
        ({"state": "locked", "locked_at": "2026-11-24T09:01:12Z", "locked_by": "w1"}, "is running on w1"),
        ({"payload_truncated": True}, "It is too large to be edited here"),
    ):
        app, dom, server = started("?job=7", jobs=THREE)
        server.answer("api/jobs/7", detail("{}") | more)
        button = "".join(dom.shown.values()).split('data-action="edit-payload"')[1].split(">")[0]
        assert "disabled" in button and reason in button


def test_a_duplicate_removes_its_original_afterwards() -> None:
    for outcome, new_id, words, kind in (
        ("done", 8, "Added job 8; job 7 was removed", "good"),
        ("running", 8, "Added job 8; job 7 was not removed: is running on w1", "warn"),
        ("", 7, "was waiting with this key and was replaced", "note"),
    ):
        app, _dom, server = started("?job=7", jobs=THREE)
        server.answer("api/jobs/7", detail("{}"))
        click(app, "clone", id="7")
        form = dict(app.state["dialog"]["values"], remove_original="1")
        app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": form})
        added = {
            "message": f"Added job {new_id}",
            "jobs": [{"id": new_id}],
            "outcome": "new" if outcome else "replaced",
        }
        server.answer("api/jobs", added)
        if outcome:
            reason = None if outcome == "done" else "is running on w1"
            sent = server.answer("api/jobs/action", {"results": [{"id": 7, "outcome": outcome, "reason": reason}]})
            assert '"action":"complete","ids":[7]' in sent[2] and '"revisions":{"7":0}' in sent[2]
        [toast] = app.state["toasts"]
        assert words in toast["text"] and toast["kind"] == kind
