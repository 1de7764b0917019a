"""The command line that a dialog of the page shows makes the request of the dialog: through a real shell and the real commands."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.admin.api.vocabulary import (
    CLEANUP_TASKS,
    FILTER_PARAMETERS,
    KEY_MODES,
    NUMBER_PARAMETERS,
    REPEATED_PARAMETERS,
)
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.actions.maintenance import ORDER
from graphile_worker.admin.client.model.commands import export
from graphile_worker.cli.main import cli
from graphile_worker.cli.options.filters import explicit_filter
from graphile_worker.cli.settings import Settings, settings
from graphile_worker.core.actions.table import JOB_ACTION_NAMES, JOB_ACTIONS
from tests.support import dialogs
from tests.support.dialogs import HOSTILE

TIME = "2026-12-24T18:30:00Z"
TYPED = {
    "reason": " it's\n$(late) ",
    "run_at": "2026-12-24T18:30",
    "priority": "-3",
    "attempts": "2",
    "max_attempts": "9",
}


def parsed(line: str) -> tuple[str, dict[str, Any], str]:
    """(command, its parameters, the schema) of a line, as bash and click take it."""
    script = "graphile-worker() { printf '%s\\0' \"$@\"; }; " + line
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    words = done.stdout.decode().split("\0")[:-1]
    with cli.make_context("graphile-worker", words, obj=Settings()) as root:
        name, command, rest = cli.resolve_command(root, [*root._protected_args, *root.args])
        assert command is not None and name is not None
        with command.make_context(name, rest, parent=root) as context:
            return name, dict(context.params), settings(context).schema


def arguments_of(name: str, form: dict[str, str]) -> dict[str, str]:
    """The typed values of the fields that the dialog of the action has."""
    fields = [one.name for one in JOB_ACTIONS[name].arguments] if name in ("fail", "reschedule") else []
    return {field: form[field] for field in fields}


def same_arguments(name: str, body: dict[str, Any], given: dict[str, Any]) -> None:
    for argument in JOB_ACTIONS[name].arguments:
        default = argument.default[1] if argument.default else None
        assert given[argument.name] == (body.get(argument.name) or default), argument.name


@pytest.mark.parametrize("typed", [TYPED, dict.fromkeys(TYPED, "")], ids=["filled", "empty"])
@pytest.mark.parametrize("name", JOB_ACTION_NAMES)
def test_an_action_on_ids(name: str, typed: dict[str, str]) -> None:
    app, server = dialogs.page(schema="my 'odd' schéma")
    form = arguments_of(name, typed)
    line = dialogs.commands(app, dialogs.action(name, 9007199254740993, 7), form)["cli"]
    path, body = dialogs.sent(app, server, form)
    command, given, schema = parsed(line)
    assert (command, path, schema) == (name, "api/jobs/action", "my 'odd' schéma")
    assert list(given["ids"]) == json.loads(body)["ids"]
    same_arguments(name, json.loads(body), given)


FILTERS: dict[str, Any] = {name: list(HOSTILE) for name in REPEATED_PARAMETERS if name != "state"}
FILTERS |= {"state": ["failed", "retrying", "locked"], "search": " ".join(HOSTILE)}
FILTERS |= {name: "-7" if name[-3:] == "min" else "12" for name in NUMBER_PARAMETERS}
FILTERS |= {name: TIME for name in FILTER_PARAMETERS if name not in FILTERS}


@pytest.mark.parametrize(
    "filters", [*([name] for name in FILTER_PARAMETERS), [], list(FILTERS)], ids=lambda names: "+".join(names[:3])
)
def test_an_action_on_every_filter(filters: list[str]) -> None:
    changes: Any = {name: FILTERS[name] for name in filters}
    app, server = dialogs.page(url_state.to_url(url_state.empty(), **changes))
    line = dialogs.commands(app, dialogs.bulk(app, "reschedule"), {"priority": "-3"})["cli"]
    _, body = dialogs.sent(app, server, {"priority": "-3"})
    command, given, _ = parsed(line)
    members = {
        name: value if isinstance(value, list) else [value] for name, value in json.loads(body)["filter"].items()
    }
    same_arguments("reschedule", json.loads(body), given)
    assert command == "reschedule" and given["ids"] == ()
    assert explicit_filter(given) == JobFilter.for_action(members)
    exported = parsed(export.commands(app.state)[0]["text"])
    assert exported[0] == "export"
    assert JobFilter.of(
        {name: [value] if isinstance(value, str) else list(value) for name in filters if (value := exported[1][name])}
    ) == (JobFilter.for_action(members) if filters else JobFilter.of({}))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("mode", ["", *KEY_MODES])
def test_a_new_job(text: str, mode: str) -> None:
    app, server = dialogs.page()
    payload = ' {"a" : ' + json.dumps(text) + ',\n\t"n": 1.50}\n'
    form = {
        "identifier": text,
        "queue": text,
        "key": text,
        "job_key_mode": mode,
        "payload": payload,
        "flags": f"{text}, b",
    }
    form |= {"run_at": TYPED["run_at"], "priority": "-3", "max_attempts": "9"}
    line = dialogs.commands(app, {"kind": "add"}, form)["cli"]
    _, sent = dialogs.sent(app, server, form)
    body, (command, given, _) = json.loads(sent), parsed(line)
    assert command == "add" and given.pop("payload") == payload.strip()
    assert given.pop("payload_file") is None and given.pop("dry_run") is False
    assert list(given.pop("flags")) == body.pop("flags") and body.pop("payload")
    assert given == body


def test_an_empty_form_of_a_new_job() -> None:
    app, server = dialogs.page()
    assert (
        dialogs.commands(app, {"kind": "add"}, {"identifier": "t", "payload": "{}"})["cli"] == "graphile-worker add t"
    )
    assert json.loads(dialogs.sent(app, server, {"identifier": "t", "payload": "{}"})[1])["payload"] == {}


def test_a_duplicate_that_removes_the_original() -> None:
    app, _ = dialogs.page()
    job = dialogs.action("complete", 7)["jobs"][0]
    form = {"identifier": "-t", "payload": "[]", "remove_original": "1"}
    found = dialogs.commands(app, {"kind": "add", "source_id": "7", "jobs": [job]}, form)
    assert found["cli"] == "graphile-worker add --payload '[]' -- -t && graphile-worker complete 7"
    assert '"payload":[]' in found["curl"] and found["curl"].endswith("http://admin.test/api/jobs/action")
    assert "sql" not in found


@pytest.mark.parametrize("text", HOSTILE)
def test_a_key_a_payload_and_workers(text: str) -> None:
    app, server = dialogs.page()
    line = dialogs.commands(app, {"kind": "remove"}, {"key": text})["cli"]
    assert parsed(line)[1]["key"] == json.loads(dialogs.sent(app, server, {"key": text})[1])["key"] == text

    job, payload = dialogs.action("complete", 7)["jobs"][0], json.dumps(text) + "\n"
    editor = {"kind": "payload", "jobs": [job], "stored": '{"a" :1}', "shown": ""}
    command, given, _ = parsed(dialogs.commands(app, editor, {"payload": payload})["cli"])
    body = json.loads(dialogs.sent(app, server, {"payload": payload})[1])
    assert (command, given["id"], given["payload"]) == ("change-payload", body["id"], payload.strip())
    assert given["expected_payload"] == body["expected_payload"] == '{"a" :1}' and body["payload"] == text

    command, given, _ = parsed(dialogs.commands(app, dialogs.maintain("force-unlock", text, "w"), {})["cli"])
    assert (command, list(given["worker_ids"])) == ("force-unlock", [text, "w"])
    assert json.loads(dialogs.sent(app, server, {})[1])["worker_ids"] == [text, "w"]


@pytest.mark.parametrize("name", [name for name in ORDER if name != "force-unlock"])
def test_maintenance(name: str) -> None:
    app, server = dialogs.page("?view=maintenance")
    form = {"force": "1"} if name == "gc-task-identifiers" else {}
    command, given, _ = parsed(dialogs.commands(app, dialogs.maintain(name), form)["cli"])
    body = json.loads(dialogs.sent(app, server, form)[1])
    assert command == body["action"]
    if name in CLEANUP_TASKS:
        assert list(given["tasks"]) == body["cleanup_tasks"] and list(given["force"]) == body.get("force", [])
    if name == "release-old-locks":
        assert given["older_than"] == body["older_than_secs"]
    assert not given.get("dry_run") and body["dry_run"] is False


def test_a_payload_too_long_for_a_command_comes_from_a_file() -> None:
    app, _ = dialogs.page()
    found = dialogs.commands(app, {"kind": "add"}, {"identifier": "t", "payload": '"%s"' % ("x" * 30000)})
    assert found == {"cli": "graphile-worker add --payload-file payload.json t"}
