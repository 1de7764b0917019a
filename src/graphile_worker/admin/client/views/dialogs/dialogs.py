"""HTML of the open dialog, by its kind. At most one is open: state["dialog"]."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.model.state import database_now, refusal
from graphile_worker.admin.client.text.format import counted, integer
from graphile_worker.admin.client.text.html import esc, icon
from graphile_worker.admin.client.views.dialogs import bulk, commands, forms, payload, removal
from graphile_worker.admin.client.views.maintenance import screen
from graphile_worker.admin.client.views.shell import palette

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Dialog, JobRow, State


KEYS = (
    ("/", "search"),
    ("j  k", "next, previous row"),
    ("x", "select the row, or all jobs of a queue, task, error or worker"),
    ("*", "select the page"),
    ("shift X", "select all that match"),
    ("Enter", "open the row"),
    ("Esc", "close what is open, else clear the selection"),
    ("g j  g q", "Jobs, Queues"),
    ("g t  g e", "Tasks, Errors"),
    ("g w  g m", "Workers, Maintenance"),
    ("ctrl k", "go to or do anything"),
    ("r", "refresh"),
    ("?", "this map"),
)


def open_dialog(state: State) -> str:
    """The open dialog; empty without one."""
    dialog = state["dialog"]
    if dialog is None:
        return ""
    title, inner, foot = _KINDS[dialog["kind"]](state, dialog)
    return (
        '<dialog id="gw-box" aria-labelledby="gw-box-title" class="%s"><form data-action="confirm" novalidate>'
        '<div class="content"><h1 id="gw-box-title">%s</h1>%s%s%s</div>%s</form></dialog>'
    ) % (
        dialog["kind"],
        esc(title),
        inner,
        commands.of_dialog(state, dialog),
        forms.alert(dialog),
        "<footer>%s</footer>" % foot if foot else "",
    )


def _action(state: State, dialog: Dialog) -> tuple[str, str, str]:
    action, jobs = dialog["action"], dialog["jobs"]
    label, _, kind, sentence = job_actions.ACTIONS[action]
    changed, skipped = job_actions.split(action, jobs, database_now(state))
    inner = '<p class="soft">%s</p>%s%s%s' % (
        esc(sentence if len(jobs) > 1 else _singular(sentence)),
        _job_list(changed),
        _skipped(skipped),
        forms.action_fields(state, action, dialog),
    )
    go = "%s %s" % (label, counted(len(changed), "job"))
    return go + "?", inner, forms.buttons(go, kind or "main", dialog, len(changed) == 0)


def _singular(sentence: str) -> str:
    for many, one in (
        ("They count", "It counts"),
        ("They are", "It is"),
        ("they run", "it runs"),
        ("takes them", "takes it"),
        ("if they", "if it"),
    ):
        sentence = sentence.replace(many, one)
    return sentence


def _job_list(jobs: list[JobRow]) -> str:
    """The task and id of the first five jobs."""
    if not jobs:
        return '<div class="note">None of the selected jobs would change.</div>'
    lines = "".join(
        ["<li><span>%s</span><code>%s</code></li>" % (esc(job["task_identifier"]), job["id"]) for job in jobs[:5]]
    )
    if len(jobs) > 5:
        lines += '<li class="soft">and %s more</li>' % integer(len(jobs) - 5)
    return '<ul class="note name-list">%s</ul>' % lines


def _skipped(skipped: list[tuple[str, str]]) -> str:
    if not skipped:
        return ""
    lines = "".join(
        [
            "<li>%s<span><code>%s</code> %s and will be skipped</span></li>"
            % (icon("circle-minus", "running"), job_id, esc(reason))
            for job_id, reason in skipped[:5]
        ]
    )
    if len(skipped) > 5:
        lines += '<li class="soft">and %s more will be skipped</li>' % integer(len(skipped) - 5)
    return '<ul class="left-alone">%s</ul>' % lines


def _add(state: State, dialog: Dialog) -> tuple[str, str, str]:
    if not dialog.get("source_id"):
        return "Add job", forms.add(state, dialog), forms.buttons("Add job", "main", dialog)
    inner = forms.add(state, dialog) + forms.remove_original(dialog, refusal(state, "complete"))
    go = "Duplicate job %s" % dialog["source_id"]
    return go, inner, forms.buttons(go, "main", dialog)


def _keys(state: State, dialog: Dialog) -> tuple[str, str, str]:
    rows = "".join(
        [
            "<dt>%s</dt><dd>%s</dd>" % (" ".join(["<kbd>%s</kbd>" % esc(key) for key in keys.split("  ")]), esc(words))
            for keys, words in KEYS
        ]
    )
    return "Keyboard", '<dl class="keys">%s</dl>' % rows, forms.close()


def _maintain(state: State, dialog: Dialog) -> tuple[str, str, str]:
    sentence, go, kind = screen.confirmation(state, dialog)
    inner = '<p class="soft">%s</p>%s' % (esc(sentence), screen.affected(state, dialog))
    return go + "?", inner, forms.buttons(go, kind, dialog)


def _palette(state: State, dialog: Dialog) -> tuple[str, str, str]:
    return "Commands", palette.palette(state, dialog), ""


_KINDS = {
    "palette": _palette,
    "action": _action,
    "bulk": bulk.confirmation,
    "add": _add,
    "remove": removal.confirmation,
    "payload": payload.editor,
    "keys": _keys,
    "maintain": _maintain,
}
