"""The editor of a job's payload: its text, the check, and the difference from the stored payload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.payloads import json_edit
from graphile_worker.admin.client.payloads.line_diff import line_diff
from graphile_worker.admin.client.text.html import esc
from graphile_worker.admin.client.views.dialogs import forms

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Dialog, State

_CLASSES = {"-": "removed", "+": "added", " ": "", "…": ""}
_LOST = (
    '<div class="note" role="status">The payload was changed meanwhile. Your text is kept. Save replaces what is there '
    "now:</div>"
)


def editor(state: State, dialog: Dialog) -> tuple[str, str, str]:
    """(title, fields, buttons) of the dialog."""
    job = dialog["jobs"][0]
    now = '<pre class="json" tabindex="0">%s</pre>' % esc(json_edit.editable(dialog["stored"]))
    area = forms.area(
        dialog,
        "payload",
        "Payload",
        "JSON, stored exactly as typed.",
        14,
        data_action="payload-typed",
        data_live=True,
        autofocus=True,
    )
    inner = '<p class="soft">%s</p>%s%s%s' % (
        esc(job["task_identifier"]),
        _LOST + now if dialog.get("lost") else "",
        area,
        _difference(dialog),
    )
    return "Payload of job %s" % job["id"], inner, forms.buttons("Save", "main", dialog)


def _difference(dialog: Dialog) -> str:
    """The lines that change; both texts are indented, so that only values and names count."""
    typed = dialog["values"].get("payload", "")
    if json_edit.problem(typed) or json_edit.problem(dialog["stored"]):
        return ""
    lines = line_diff(json_edit.indented(dialog["stored"]), json_edit.indented(typed))
    if not lines:
        return ""
    shown = ['<span class="%s">%s %s</span>' % (_CLASSES[mark], mark, esc(line)) for mark, line in lines]
    return '<pre class="diff" aria-label="Changes" tabindex="0">%s</pre>' % "\n".join(shown)
