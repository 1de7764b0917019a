"""The same as a command: what the open dialog, or the menu Export, would do as lines for a shell and for PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.events import data
from graphile_worker.admin.client.handlers.selection import copy_text
from graphile_worker.admin.client.handlers.writes.run_at import run_at
from graphile_worker.admin.client.io import bodies
from graphile_worker.admin.client.model import queries, url_state
from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.model.commands import command_line, curl, export, sql
from graphile_worker.admin.client.model.state import database_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphile_worker.admin.client.model.types import App, Command, Dialog, Event, Handler

    Lines = tuple[str, str, str]  # command line, curl, SQL; empty where there is none


def typed(app: App, event: Event) -> None:
    """The commands were opened, or a field changed while they are."""
    box = app.state["dialog"]
    if box is None:
        app.state["export_commands"] = True
    elif not box["busy"] and box["kind"] in _LINES:
        box["values"] = event.get("form") or box["values"]
        _write(app, box)


def follow(app: App, box: Dialog) -> None:
    """The request of the dialog has changed without a typed text: commands that are shown are written again."""
    if box["commands"]:
        _write(app, box)


def _write(app: App, box: Dialog) -> None:
    box["commands"] = _commands(_LINES[box["kind"]](app, box))


def _commands(lines: Lines) -> list[Command]:
    line, request, statement = lines
    found = (("cli", "Command line", line), ("curl", "curl", request), ("sql", "SQL", statement))
    return [{"name": name, "label": label, "text": text} for name, label, text in found if text]


def copy(app: App, event: Event) -> None:
    """Copies one of them."""
    box, name = app.state["dialog"], data(event, "name")
    shown = box["commands"] if box is not None else export.commands(app.state)
    for one in shown:
        if one["name"] == name:
            copy_text(app, one["text"], "Copied the command")


def _of_action(app: App, box: Dialog) -> Lines:
    name, jobs, values, time = box["action"], box["jobs"], box["values"], run_at(app, box)
    schema = app.state["schema"]
    acted = job_actions.split(name, jobs, database_now(app.state))[0]
    # the functions of the schema leave an old lock as it is, the action releases it
    changed = [] if [job for job in acted if job["locked_at"]] else [job["id"] for job in acted]
    return (
        command_line.action(schema, name, [job["id"] for job in jobs], [], values, time),
        curl.writes(app.state, [("api/jobs/action", bodies.action(name, jobs, values, time, True))]),
        sql.action(schema, name, changed, values, time) if changed else "",
    )


def _of_bulk(app: App, box: Dialog) -> Lines:
    name, route, values, time = box["action"], box["route"], box["values"], run_at(app, box)
    options = command_line.filter_options(url_state.filters(route))
    body = bodies.bulk(name, queries.filter_members(route), values, time, "", False, True)
    return (
        command_line.action(app.state["schema"], name, [], options, values, time),
        curl.batches(app.state, "api/jobs/bulk", body),
        "",
    )


def _of_add(app: App, box: Dialog) -> Lines:
    values, time, schema = box["values"], run_at(app, box), app.state["schema"]
    requests = [("api/jobs", bodies.add(values, time, True))]
    line, statement = command_line.add(schema, values, time), sql.add(schema, values, time)
    if values.get("remove_original"):
        original = box["jobs"][:1]
        line += " && " + command_line.action(schema, "complete", [job["id"] for job in original], [], {}, "")
        requests.append(("api/jobs/action", bodies.action("complete", original, {}, "", True)))
        statement = ""
    if len(values.get("payload", "")) > command_line.PAYLOAD_MAX:
        return line, "", ""
    return line, curl.writes(app.state, requests), statement


def _of_remove(app: App, box: Dialog) -> Lines:
    key, schema = box["values"].get("key", ""), app.state["schema"]
    return (
        command_line.line(schema, "remove", [], [key]),
        curl.writes(app.state, [("api/jobs/remove-by-key", bodies.remove(key))]),
        sql.remove(schema, key),
    )


def _of_payload(app: App, box: Dialog) -> Lines:
    job_id, text, stored = box["jobs"][0]["id"], box["values"].get("payload", ""), box["stored"]
    line = command_line.change_payload(app.state["schema"], job_id, text, stored)
    if len(text) + len(stored) > command_line.PAYLOAD_MAX:
        return line, "", ""
    return line, curl.writes(app.state, [("api/jobs/payload", bodies.payload(job_id, text, stored))]), ""


def _of_maintenance(app: App, box: Dialog) -> Lines:
    """One lock is released by its job or queue, for which there is no command."""
    name, ids, lock, old_secs = box["name"], box.get("ids") or [], box.get("lock"), app.state["old_secs"]
    forced, schema = bool(box["values"].get("force")), app.state["schema"]
    body = bodies.maintain(name, ids, old_secs, forced, lock, False, True)
    return (
        "" if lock is not None else command_line.maintain(schema, name, ids, old_secs, forced),
        curl.writes(app.state, [("api/maintenance", body)]),
        sql.force_unlock(schema, ids) if name == "force-unlock" and lock is None else "",
    )


_LINES: dict[str, Callable[[App, Dialog], Lines]] = {
    "action": _of_action,
    "bulk": _of_bulk,
    "add": _of_add,
    "remove": _of_remove,
    "payload": _of_payload,
    "maintain": _of_maintenance,
}
TABLE: dict[str, Handler] = {"command-typed": typed, "copy-command": copy}
