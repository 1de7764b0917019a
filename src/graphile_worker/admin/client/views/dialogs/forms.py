"""Fields of the dialogs. What was typed comes back from box["values"]; the server's words stand at their field."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import KEY_MODES
from graphile_worker.admin.client.model.action_table import FAIL_REASON
from graphile_worker.admin.client.text.format import sentences
from graphile_worker.admin.client.text.html import attrs, button, esc, icon, options
from graphile_worker.admin.client.views.shell import error_texts, foreign_answer

MODE_WORDS = {"replace": "replace", "preserve-run-at": "preserve run at", "unsafe-dedupe": "unsafe dedupe"}


def field(box: dict[str, Any], name: str, label: str, hint: str = "", kind: str = "text", **more: Any) -> str:
    """A labelled input."""
    value = box["values"].get(name, "")
    control = '<input class="text" type="%s" name="%s" value="%s" id="gw-in-%s" data-keep autocomplete="off"%s%s>' % (
        kind,
        name,
        esc(value),
        name,
        attrs(**more),
        _state(box, name),
    )
    return _labelled(box, name, label, hint, control)


def _state(box: dict[str, Any], name: str) -> str:
    wrong = (box.get("error") or {}).get("field") == name
    return ' aria-invalid="true" aria-describedby="gw-err-%s"' % name if wrong else ""


def _labelled(box: dict[str, Any], name: str, label: str, hint: str, control: str) -> str:
    error = box.get("error") or {}
    below = ""
    if error.get("field") == name:
        below = '<span class="error" id="gw-err-%s" role="alert">%s</span>' % (
            name,
            esc(sentences(error.get("error"))),
        )
    elif hint:
        below = '<span class="hint">%s</span>' % esc(hint)
    return '<label class="in-%s"><span>%s</span>%s%s</label>' % (name, esc(label), control, below)


def area(box: dict[str, Any], name: str, label: str, hint: str = "", rows: int = 5) -> str:
    """A labelled text area in the fixed-width font."""
    control = (
        '<textarea class="text mono" name="%s" id="gw-in-%s" rows="%d" data-keep spellcheck="false"%s>\n%s</textarea>'
        % (
            name,
            name,
            rows,
            _state(box, name),
            esc(box["values"].get(name, "")),
        )
    )
    return _labelled(box, name, label, hint, control)


def choice(box: dict[str, Any], name: str, label: str, choices: list[tuple[str, str]]) -> str:
    """A labelled select."""
    control = '<select class="text" name="%s" id="gw-in-%s" data-keep%s>%s</select>' % (
        name,
        name,
        _state(box, name),
        options(choices, box["values"].get(name, "")),
    )
    return _labelled(box, name, label, "", control)


def alert(box: dict[str, Any]) -> str:
    """A refusal that belongs to no field of the dialog."""
    error = box.get("error")
    if not error or error.get("field") in box.get("fields", ()):
        return ""
    text = error_texts.whole(error) + foreign_answer.link(error) + error_texts.request(error)
    return '<p class="error" role="alert">%s<span>%s</span></p>' % (icon("circle-alert"), text)


def buttons(label: str, kind: str, box: dict[str, Any], off: bool = False) -> str:
    """Cancel and the verb itself."""
    busy = box.get("busy")
    word = label + " …" if busy else label
    go = '<button class="btn %s" id="gw-go"%s>%s</button>' % (
        kind + " full",
        attrs(disabled=bool(busy) or off),
        esc(word),
    )
    return button("Cancel", "close-dialog") + go


def close() -> str:
    """The only button of a dialog that asks nothing."""
    return button("Close", "close-dialog", "main", autofocus=True)


def of_verb(verb: str, box: dict[str, Any]) -> str:
    """The fields a verb takes."""
    if verb == "fail":
        return field(
            box,
            "reason",
            "Reason",
            "Becomes the last error of each job.",
            maxlength="2000",
            placeholder=FAIL_REASON,
            autofocus=True,
        )
    if verb != "reschedule":
        return ""
    number = {"inputmode": "numeric"}
    return '<div class="grid">%s</div>' % "".join(
        [
            field(
                box,
                "run_at",
                "Run at",
                "%s. Empty: unchanged." % box["zone"],
                "datetime-local",
                step="1",
                autofocus=True,
            ),
            field(box, "priority", "Priority", "Smaller runs first.", **number),
            field(box, "attempts", "Attempts used", **number),
            field(box, "max_attempts", "Max attempts", **number),
        ]
    )


def add(box: dict[str, Any]) -> str:
    """Everything a job can be added with."""
    modes = [("", "–")] + [(mode, MODE_WORDS[mode]) for mode in KEY_MODES]
    return "".join(
        [
            field(
                box,
                "identifier",
                "Task",
                list="gw-l-identifier",
                data_typing="suggest",
                data_name="identifier",
                autofocus=True,
                spellcheck="false",
            ),
            area(box, "payload", "Payload", "JSON, stored exactly as typed."),
            '<div class="grid">',
            field(
                box,
                "queue",
                "Queue",
                "Empty: no queue, runs in parallel.",
                list="gw-l-queue",
                data_typing="suggest",
                data_name="queue",
                spellcheck="false",
            ),
            field(box, "run_at", "Run at", "%s. Empty: now." % box["zone"], "datetime-local", step="1"),
            field(box, "key", "Key", spellcheck="false"),
            choice(box, "job_key_mode", "If the key exists", modes),
            field(box, "priority", "Priority", "Smaller runs first.", inputmode="numeric"),
            field(box, "max_attempts", "Max attempts", "Empty: 25.", inputmode="numeric"),
            "</div>",
            field(box, "flags", "Flags", "Separated by commas.", spellcheck="false"),
        ]
    )


def remove(box: dict[str, Any]) -> str:
    """The key, blanks included."""
    return field(box, "key", "Key", "Blanks count.", autofocus=True, spellcheck="false")
