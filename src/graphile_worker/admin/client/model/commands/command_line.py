"""The same as a command of `graphile-worker`. The address of the database comes from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import CLEANUP_TASKS, DEFAULT_SCHEMA, FILTER_LABELS, FORCED_TASKS
from graphile_worker.admin.client.model.commands.quoting import shell
from graphile_worker.admin.client.text.format import separated

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Values

    Options = list[tuple[str, str]]

PAYLOAD_MAX = 20000  # characters of a payload in a command; a longer one is read from a file
PAYLOAD_FILE = "payload.json"
_ARGUMENTS = ("priority", "attempts", "max_attempts")


def line(schema: str, name: str, options: Options, arguments: list[str]) -> str:
    """The command with its options and arguments, in quotes where the shell needs them."""
    words = ["graphile-worker"]
    if schema != DEFAULT_SCHEMA:
        words.append(_option("schema", schema))
    words.append(name)
    words += [_option(option, value) for option, value in options]
    if [one for one in arguments if one[:1] == "-"]:
        words.append("--")
    return " ".join(words + [shell(one) for one in arguments])


def _option(name: str, value: str) -> str:
    """A value that begins with a dash stands in the word of its option."""
    return "--%s%s%s" % (name, "=" if value[:1] == "-" else " ", shell(value))


def filter_options(filters: list[tuple[str, str]]) -> Options:
    """The filters of a route; none are the state `all`, because a command on jobs needs a selection."""
    return [(_filter_name(name), value) for name, value in filters] or [("state", "all")]


def _filter_name(name: str) -> str:
    label = FILTER_LABELS.get(name, name)
    return (name if " " in label else label).replace("_", "-")


def action(schema: str, name: str, ids: list[str], selection: Options, values: Values, run_at: str) -> str:
    """An action on jobs: on ids, or on the filters of a route as `filter_options` gives them."""
    options = list(selection)
    if name == "fail" and values.get("reason", "").strip():
        options.append(("reason", values["reason"]))
    if run_at.strip():
        options.append(("run-at", run_at))
    return line(schema, name, options + _numbers(values, _ARGUMENTS), ids)


def _numbers(values: Values, names: tuple[str, ...]) -> Options:
    given = [(name.replace("_", "-"), values.get(name, "").strip()) for name in names]
    return [(name, value) for name, value in given if value]


def add(schema: str, values: Values, run_at: str) -> str:
    """A new job."""
    payload = values.get("payload", "").strip()
    options = payload_options("payload", payload) if payload not in ("", "{}") else []
    options += [(name, values[name]) for name in ("queue",) if values.get(name, "").strip()]
    options += [("run-at", run_at)] if run_at.strip() else []
    options += [("key", values["key"])] if values.get("key") else []
    options += [("job-key-mode", values["job_key_mode"])] if values.get("job_key_mode", "").strip() else []
    options += _numbers(values, ("priority", "max_attempts"))
    options += [("flag", one) for one in flags(values)]
    return line(schema, "add", options, [values.get("identifier", "")])


def flags(values: Values) -> list[str]:
    """The flags as typed, between commas."""
    return separated(values.get("flags", ""))


def payload_options(name: str, payload: str) -> Options:
    """The payload, or the file with it where it is too long for a command."""
    return [(name, payload)] if len(payload) <= PAYLOAD_MAX else [(name + "-file", PAYLOAD_FILE)]


def change_payload(schema: str, job_id: str, payload: str, stored: str) -> str:
    """Another payload, where the stored one is still there."""
    options = payload_options("payload", payload.strip())
    options += [("expected-payload", stored)] if len(stored) <= PAYLOAD_MAX else []
    return line(schema, "change-payload", options, [job_id])


def maintain(schema: str, name: str, workers: list[str], old_secs: str, forced: bool) -> str:
    """A maintenance operation; the cleanup tasks are arguments of one command."""
    if name in CLEANUP_TASKS:
        return line(schema, "cleanup", [("force", name)] if forced and name in FORCED_TASKS else [], [name])
    return line(schema, name, [("older-than", old_secs)] if name == "release-old-locks" else [], workers)


def export(
    schema: str, filters: list[tuple[str, str]], paths: list[str], form: str, newest_first: bool, file: str
) -> str:
    """All jobs of the filters into a file, with the values at paths of the payload."""
    options = [(_filter_name(name), value) for name, value in filters] + [("column", path) for path in paths]
    options += [("format", form)] + ([("sort", "-id")] if newest_first else [])
    return line(schema, "export", options + [("output", file)], [])
