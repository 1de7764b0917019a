"""The fields of the dialogs. dialog["values"] has their values; an error of the server is shown at its field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import KEY_MODES
from graphile_worker.admin.client.model.actions.action_table import FAIL_REASON
from graphile_worker.admin.client.model.state import database_now
from graphile_worker.admin.client.text.format import message_of, sentences
from graphile_worker.admin.client.text.html import attrs, button, esc, icon, options
from graphile_worker.admin.client.views.dialogs import times
from graphile_worker.admin.client.views.shell import error_texts

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Attribute, Dialog, State


MODE_WORDS = {
    "replace": "Replace it (default)",
    "preserve-run-at": "Replace it, keep its run at",
    "unsafe-dedupe": "Keep the old one (unsafe dedupe)",
}


def field(dialog: Dialog, name: str, label: str, hint: str = "", kind: str = "text", **more: Attribute) -> str:
    """A labelled input."""
    value = dialog["values"].get(name, "")
    control = '<input class="text" type="%s" name="%s" value="%s" id="gw-in-%s" data-keep autocomplete="off"%s%s>' % (
        kind,
        name,
        esc(value),
        name,
        attrs(**more),
        _error_attributes(dialog, name),
    )
    return _labelled(dialog, name, label, hint, control)


def _error_attributes(dialog: Dialog, name: str) -> str:
    wrong = (dialog.get("error") or {}).get("field") == name
    return ' aria-invalid="true" aria-describedby="gw-err-%s"' % name if wrong else ""


def _labelled(dialog: Dialog, name: str, label: str, hint: str, control: str) -> str:
    error = dialog.get("error") or {}
    below = ""
    if error.get("field") == name:
        below = '<span class="error" id="gw-err-%s" role="alert">%s</span>' % (
            name,
            esc(sentences(message_of(error))),
        )
    elif hint:
        below = '<span class="hint">%s</span>' % esc(hint)
    return '<label class="in-%s"><span>%s</span>%s%s</label>' % (name, esc(label), control, below)


def area(dialog: Dialog, name: str, label: str, hint: str = "", rows: int = 5, **more: Attribute) -> str:
    """A labelled text area in the fixed-width font."""
    control = (
        '<textarea class="text mono" name="%s" id="gw-in-%s" rows="%d" data-keep spellcheck="false"%s%s>\n%s</textarea>'
        % (
            name,
            name,
            rows,
            attrs(**more),
            _error_attributes(dialog, name),
            esc(dialog["values"].get(name, "")),
        )
    )
    return _labelled(dialog, name, label, hint, control)


def choice(dialog: Dialog, name: str, label: str, choices: list[tuple[str, str]]) -> str:
    """A labelled select."""
    control = '<select class="text" name="%s" id="gw-in-%s" data-keep%s>%s</select>' % (
        name,
        name,
        _error_attributes(dialog, name),
        options(choices, dialog["values"].get(name, "")),
    )
    return _labelled(dialog, name, label, "", control)


def alert(dialog: Dialog) -> str:
    """An error that belongs to no field."""
    error = dialog.get("error")
    if not error or error.get("field") in dialog.get("fields", ()):
        return ""
    text = error_texts.full(error) + error_texts.login_link(error) + error_texts.request_id(error)
    return '<p class="error" role="alert">%s<span>%s</span></p>' % (icon("circle-alert"), text)


def buttons(label: str, kind: str, dialog: Dialog, off: bool = False) -> str:
    """The buttons Cancel and `label`. In a dialog without a field one of them has the focus: Cancel before what cannot be undone."""
    busy = dialog.get("busy")
    careful = kind == "bad" or off
    word = label + " …" if busy else label
    go = '<button class="btn %s" id="gw-go"%s>%s</button>' % (
        kind + " full",
        attrs(disabled=bool(busy) or off, autofocus=not careful),
        esc(word),
    )
    return button("Cancel", "close-dialog", autofocus=careful) + go


def close() -> str:
    """The button of a dialog without a form."""
    return button("Close", "close-dialog", "main", autofocus=True)


def action_fields(state: State, action: str, dialog: Dialog) -> str:
    """The fields of an action."""
    if action == "fail":
        return field(
            dialog,
            "reason",
            "Reason",
            "Becomes the last error of each job.",
            maxlength="2000",
            placeholder=FAIL_REASON,
            autofocus=True,
        )
    if action != "reschedule":
        return ""
    number = {"inputmode": "numeric"}
    now = times.present(dialog.get("jobs") or [], database_now(state), state["offsets"])
    return '<div class="grid">%s</div>' % "".join(
        [
            _run_at(state, dialog, now["run_at"] + "%s. Empty: unchanged." % dialog["zone"], autofocus=True),
            field(dialog, "priority", "Priority", now["priority"] + "Smaller runs first.", **number),
            field(dialog, "attempts", "Attempts used", now["attempts"], **number),
            field(dialog, "max_attempts", "Max attempts", now["max_attempts"], **number),
        ]
    )


def _run_at(state: State, dialog: Dialog, hint: str, autofocus: bool = False) -> str:
    """The field for a time, with presets; below it the resulting time, or the hint."""
    typed = dialog["values"].get("run_at", "")
    control = times.control("run_at", typed, data_action="time-typed", data_live=True, autofocus=autofocus)
    shown = times.result(typed, database_now(state), state["offsets"]) or hint
    return '<div class="time-presets">%s%s</div>' % (
        _labelled(dialog, "run_at", "Run at", shown, control),
        times.PRESETS,
    )


def add(state: State, dialog: Dialog) -> str:
    """The fields of a new job."""
    modes = [("" if mode == "replace" else mode, MODE_WORDS[mode]) for mode in KEY_MODES]
    return "".join(
        [
            field(
                dialog,
                "identifier",
                "Task",
                list="gw-l-identifier",
                data_typing="suggest",
                data_name="identifier",
                autofocus=True,
                spellcheck="false",
            ),
            area(dialog, "payload", "Payload", "JSON, stored exactly as typed."),
            '<div class="grid">',
            field(
                dialog,
                "queue",
                "Queue",
                "Empty: no queue, runs in parallel.",
                list="gw-l-queue",
                data_typing="suggest",
                data_name="queue",
                spellcheck="false",
            ),
            _run_at(state, dialog, "%s. Empty: now." % dialog["zone"]),
            field(dialog, "key", "Key", spellcheck="false"),
            choice(dialog, "job_key_mode", "If the key exists", modes),
            field(dialog, "priority", "Priority", "Smaller runs first.", inputmode="numeric"),
            field(dialog, "max_attempts", "Max attempts", "Empty: 25.", inputmode="numeric"),
            "</div>",
            field(dialog, "flags", "Flags", "Separated by commas.", spellcheck="false"),
        ]
    )


def remove_original(dialog: Dialog, reason: str | None) -> str:
    """The checkbox of a duplicate that removes the job it was made from; `reason`: why the user may not."""
    return (
        '<label class="check"><input type="checkbox" name="remove_original" value="1" data-keep%s><span>%s</span></label>'
        % (
            attrs(checked=bool(dialog["values"].get("remove_original")), disabled=reason is not None, title=reason),
            "Remove the original (job %s) after that, unless it is running" % esc(dialog["source_id"]),
        )
    )


def remove(dialog: Dialog) -> str:
    """The field of the key; its spaces count."""
    return field(dialog, "key", "Key", "Spaces matter.", autofocus=True, spellcheck="false")
