"""The Maintenance screen: a card per operation, the health of the queue, and the crontabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.actions.maintenance import CARDS, NAMED_MAX, ORDER, action_of
from graphile_worker.admin.client.model.state import refusal
from graphile_worker.admin.client.text.format import integer, separated
from graphile_worker.admin.client.text.html import attrs, button, code, esc, icon, options
from graphile_worker.admin.client.views.maintenance import crontabs, preview, unlock

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Dialog, MaintenanceResult, State


_PICTURES = {"error": "circle-alert", "warning": "triangle-alert", "note": "info"}


def screen(state: State) -> str:
    """The findings, the cards and the crontabs."""
    cards = "".join([_card(state, name) for name in ORDER])
    return '%s<div class="cards">%s</div>%s' % (health(state), cards, crontabs.section(state))


def _card(state: State, name: str) -> str:
    title, text, label, kind = CARDS[name]
    reason = refusal(state, action_of(name)) or _nothing(state, name)
    action = button(
        label + "…", "maintain", "" if kind == "main" else kind, data_name=name, disabled=bool(reason), title=reason
    )
    last = state["maintenance_results"].get(name)
    shown = _result(last) if last else '<span class="soft">%s</span>' % esc(preview.summary(state, name))
    return (
        '<section class="card"%s><div class="content"><h2>%s</h2><p class="soft">%s</p>%s%s</div>'
        '<footer>%s<span class="push"></span>%s</footer></section>'
    ) % (attrs(aria_label=title), title, esc(text), _control(state, name), preview.details(state, name), shown, action)


def _nothing(state: State, name: str) -> str | None:
    """Why the operation has nothing to do now."""
    if preview.nothing(state, name):
        return "Nothing to do now"
    empty = name == "force-unlock" and not separated(state["unlock_ids"])
    return "Enter a worker id first" if empty else None


def _control(state: State, name: str) -> str:
    if name == "release-old-locks":
        control = '<label><span>older than</span><select class="text" name="age" id="gw-old-age" data-action="old-age">%s</select></label>'
        return control % options(list(preview.AGES), state["old_secs"])
    if name == "force-unlock":
        return (
            '<label><span class="visually-hidden">Worker ids</span><input class="text mono" name="ids" id="gw-unlock-ids" '
            'data-action="unlock-ids" data-keep '
            'data-live value="%s" placeholder="worker ids, separated by commas" autocomplete="off" spellcheck="false"></label>'
        ) % esc(state["unlock_ids"])
    return ""


def _result(last: MaintenanceResult) -> str:
    picture = {"good": "circle-check", "warn": "triangle-alert"}.get(last["kind"], "circle-alert")
    return '<span class="last %s">%s<span>%s</span></span>' % (last["kind"], icon(picture), esc(last["text"]))


def health(state: State) -> str:
    """The findings of `graphile-worker doctor`."""
    data = state["maintenance"]["data"]
    found = data.get("health") if data else None
    if found is None:
        return ""
    rows = "".join(
        [
            '<li class="%s">%s<div><b>%s</b><p class="soft">%s</p></div></li>'
            % (
                "info" if one["level"] == "note" else one["level"],
                icon(_PICTURES[one["level"]]),
                esc(one["message"]),
                code(one["remedy"]),
            )
            for one in found
        ]
    )
    if not rows:
        rows = '<li class="good">%s<div><b>Nothing looks wrong.</b></div></li>' % icon("circle-check")
    return '<section class="list-section health" aria-label="Health"><h2>Health</h2><ul>%s</ul></section>' % rows


def confirmation(state: State, dialog: Dialog) -> tuple[str, str, str]:
    """(sentence, label, kind of button) of the confirmation dialog. The label names what the operation would change; its
    title is the same as a question."""
    name = dialog["name"]
    title, text, label, kind = CARDS[name]
    lock = dialog.get("lock")
    if lock is not None:
        go, text = unlock.of_one(lock)
        return text, go, kind
    amount = unlock.amount(dialog) if name == "force-unlock" else preview.amount(state, name)
    if amount:
        return text, "%s %s" % (label, amount), kind
    now = preview.summary(state, name)
    return text + (" (%s)" % now if now else ""), title, kind


def affected(state: State, dialog: Dialog) -> str:
    """What the operation would change, and the checkbox to force it."""
    ids = dialog.get("ids") or []
    if dialog.get("lock") is not None:
        return unlock.taken(dialog)
    if ids:
        lines = ["<li><code>%s</code></li>" % esc(one) for one in ids[:NAMED_MAX]]
        lines += ['<li class="soft">and %s more</li>' % integer(len(ids) - NAMED_MAX)] if len(ids) > NAMED_MAX else []
        return '<ul class="note name-list">%s</ul>%s' % ("".join(lines), unlock.taken(dialog))
    task = None if preview.refused(state, dialog["name"]) else preview.cleanup(state, dialog["name"])
    if dialog["name"] == "gc-task-identifiers" and task is not None and task.get("skipped"):
        return preview.details(state, dialog["name"], preview.IN_DIALOG) + (
            '<label class="check"><input type="checkbox" name="force" value="1">'
            "<span>Remove them although workers may be alive</span></label>"
        )
    return preview.details(state, dialog["name"], preview.IN_DIALOG)
