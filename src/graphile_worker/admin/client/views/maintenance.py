"""Maintenance: one card per operation, each asks before it acts and says what it did."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.format import counted, integer
from graphile_worker.admin.client.html import attrs, button, esc, icon
from graphile_worker.admin.client.state import counts, refusal

# name: (title, what it does, label, kind of button)
CARDS: dict[str, tuple[str, str, str, str]] = {
    "migrate": (
        "Migrate",
        (
            "Brings the schema to the newest state this version knows. Where it is there already, nothing changes; "
            "live workers keep running."
        ),
        "Migrate",
        "main",
    ),
    "delete-permanently-failed-jobs": (
        "Delete failed jobs",
        "Jobs that used all attempts and are not running. They are gone for good.",
        "Delete",
        "bad",
    ),
    "gc-job-queues": ("Remove unused queues", "Queue rows that no job refers to and nobody holds.", "Remove", "main"),
    "gc-task-identifiers": (
        "Remove unused task names",
        "Dangerous while workers run: those that know a removed name never see its new jobs until they restart.",
        "Remove",
        "bad",
    ),
    "sweep-stale-workers": (
        "Recover stale workers",
        (
            "Workers that sent heartbeats and stopped for 5 minutes. Their jobs run again after 30 s. "
            "Workers without heartbeats are never touched."
        ),
        "Recover",
        "main",
    ),
    "force-unlock": (
        "Force unlock",
        (
            "Takes every job and queue away from the workers named here. Be sure that they are dead: "
            "what a live one runs would run twice."
        ),
        "Unlock",
        "bad",
    ),
}
ORDER = (
    "migrate",
    "delete-permanently-failed-jobs",
    "gc-job-queues",
    "gc-task-identifiers",
    "sweep-stale-workers",
    "force-unlock",
)


def screen(state: dict[str, Any]) -> str:
    """The cards."""
    return '<div class="cards">%s</div>' % "".join([_card(state, name) for name in ORDER])


def _card(state: dict[str, Any], name: str) -> str:
    title, text, label, kind = CARDS[name]
    reason = refusal(state, name if name in ("migrate", "sweep-stale-workers", "force-unlock") else "cleanup")
    off = reason is not None
    buttons = button(
        label + "…", "maintain", "" if kind == "main" else kind, data_name=name, disabled=off, title=reason
    )
    if name == "sweep-stale-workers":
        buttons = button("Preview", "sweep-preview", "", disabled=off, title=reason) + buttons
    extra = ""
    if name == "force-unlock":
        extra = (
            '<label><span class="sr">Worker ids</span><input class="text mono" name="ids" id="gw-unlock-ids" '
            'data-action="unlock-ids" data-keep '
            'data-live placeholder="worker ids, separated by commas" autocomplete="off" spellcheck="false"></label>'
        )
    last = state.get("maintained", {}).get(name)
    shown = _last(last) if last else '<span class="soft">%s</span>' % _now(state, name)
    return (
        '<section class="card"%s><div class="in"><h2>%s</h2><p class="soft">%s</p>%s</div>'
        '<footer>%s<span class="push"></span>%s</footer></section>'
    ) % (
        attrs(aria_label=title),
        title,
        esc(text),
        extra,
        shown,
        buttons,
    )


def _last(last: dict[str, Any]) -> str:
    picture = "circle-check" if last["good"] else "circle-alert"
    return '<span class="last %s">%s%s</span>' % ("good" if last["good"] else "bad", icon(picture), esc(last["text"]))


def _now(state: dict[str, Any], name: str) -> str:
    """What it would touch, where the page knows it."""
    data = state["overview"]["data"]
    if not data:
        return ""
    if name == "delete-permanently-failed-jobs":
        return "%s failed now" % integer(counts(state)["failed"])
    if name == "gc-job-queues":
        idle = len([one for one in data["queues"] if not one["job_count"] and one["locked_at"] is None])
        return "%s unused now" % integer(idle)
    if name == "sweep-stale-workers":
        return "%s stale now" % counted(len([one for one in data["active_workers"] if one["is_stale"]]), "worker")
    if name == "force-unlock":
        return counted(len(data["workers"]), "lock holder")
    return ""


def question(state: dict[str, Any], box: dict[str, Any]) -> tuple[str, str, str, str]:
    """(title, sentence, label, kind) of the dialog that asks."""
    title, text, label, kind = CARDS[box["name"]]
    now = _now(state, box["name"])
    return title + "?", text + (" (%s)" % now if now and box["name"] != "force-unlock" else ""), label, kind


def named(box: dict[str, Any]) -> str:
    """The workers a force unlock will hit."""
    ids = box.get("ids") or []
    if not ids:
        return ""
    return '<ul class="note named">%s</ul>' % "".join(["<li><code>%s</code></li>" % esc(one) for one in ids[:20]])
