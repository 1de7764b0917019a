"""The rows of the Errors screen: a row per group, and below an unfolded group a row per variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.state import database_now, refusal
from graphile_worker.admin.client.text.format import counted, epoch, integer, relative
from graphile_worker.admin.client.text.html import button, esc, icon, link
from graphile_worker.admin.client.times.zones import time_tag

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import ErrorRow, ErrorTask, ErrorVariant, State, Time


TASKS_SHOWN = 2
NEW_SECONDS = 3600  # a group whose first failure is not older is marked as new
CUT = 199  # characters; a fingerprint of more may be cut
HOLE = "…"  # in a fingerprint, for what differs between the errors of its group
_CELLS = (
    '<tr%s><td class="c-error">%s</td><td class="c-n c-failed num">%s</td><td class="c-n c-retrying num">%s</td>'
    '<td class="c-tasks">%s</td><td class="c-at">%s</td><td class="c-since">%s</td><td class="c-go">%s</td></tr>'
)


class Jobs:
    """The jobs of one row: of a group, or of one variant where there is a `variant`."""

    def __init__(
        self, state: State, fingerprint: str, row: ErrorRow | ErrorVariant, variant: str | None = None
    ) -> None:
        self.state = state
        self.fingerprint = fingerprint
        self.variant = variant
        self.name = fingerprint if variant is None else variant
        self.failed = row["count"]
        self.retrying = row["retrying"]

    @property
    def states(self) -> list[str]:
        """The states of the jobs."""
        return [name for name, count in (("failed", self.failed), ("retrying", self.retrying)) if count]

    def address(self, states: list[str], task: str = "") -> str:
        """The list of these jobs in these states, of one task or of all."""
        tasks = [task] if task else []
        if self.variant is None:
            route = url_state.bare(self.state["route"], state=states, identifier=tasks, error=[self.fingerprint])
        else:
            route = url_state.bare(self.state["route"], state=states, identifier=tasks, variant=[self.variant])
        return url_state.to_url(route)


def rows(state: State, group: ErrorRow) -> str:
    """The row of the group, and the rows of its variants where it is unfolded."""
    jobs = Jobs(state, group["fingerprint"], group)
    text = link(
        _marked(group["fingerprint"], _line(group["fingerprint"], group["example"])),
        jobs.address(jobs.states),
        "mono",
        title=group["example"],
    )
    below = _new(group, database_now(state)) + _opener(state, group)
    text += '<span class="below">%s</span>' % below if below else ""
    drawn = _row(state, jobs, group, text, group["task_count"])
    if not group["variants"] or group["fingerprint"] not in state["unfolded"]:
        return drawn
    drawn += "".join([_variant(state, group, one) for one in group["variants"]])
    rest = group["variant_count"] - len(group["variants"])
    more = '<tr class="variant more"><td class="c-error soft" colspan="7">and %s with fewer jobs</td></tr>'
    return drawn + (more % counted(rest, "more variant", "more variants") if rest else "")


def _variant(state: State, group: ErrorRow, variant: ErrorVariant) -> str:
    jobs = Jobs(state, group["fingerprint"], variant, variant["text"])
    text = link(
        _marked(group["fingerprint"], variant["text"]), jobs.address(jobs.states), "mono", title=variant["text"]
    )
    return _row(state, jobs, variant, text, len(variant["tasks"]))


def _row(state: State, jobs: Jobs, row: ErrorRow | ErrorVariant, text_html: str, task_count: int) -> str:
    now, newest = database_now(state), url_state.over(state["route"], {"job": str(row["job"])})
    label = "Newest job of: " + jobs.name
    go = link("Newest", url_state.to_url(newest), "btn small", title="Job %s" % row["job"], aria_label=label)
    return _CELLS % (
        ' class="variant"' if jobs.variant is not None else "",
        text_html,
        _count(jobs, jobs.failed, "failed"),
        _count(jobs, jobs.retrying, "retrying"),
        _tasks(jobs, row["tasks"], task_count),
        _time(state, row["last_at"], now),
        _time(state, row["first_at"], now),
        _actions(state, jobs) + go,
    )


def _time(state: State, moment: Time, now: float) -> str:
    return time_tag(moment, now, state["offsets"])


def _opener(state: State, group: ErrorRow) -> str:
    """The button that unfolds a group of several variants."""
    if not group["variants"]:
        return ""
    opened = group["fingerprint"] in state["unfolded"]
    words = counted(group["variant_count"], "variant")
    return (
        '<button type="button" class="unfold" data-action="unfold" data-name="%s" aria-expanded="%s" aria-label="%s">%s%s</button>'
    ) % (
        esc(group["fingerprint"]),
        "true" if opened else "false",
        esc("%s of: %s" % (words, group["fingerprint"])),
        icon("chevron-right", "turned" if opened else ""),
        words,
    )


def _count(jobs: Jobs, count: int, kind: str) -> str:
    return link(integer(count), jobs.address([kind]), kind) if count else '<span class="faint">0</span>'


def _new(group: ErrorRow, now: float) -> str:
    """The mark of a group whose first failure is recent."""
    since = epoch(group["first_at"])
    if since is None or now - since > NEW_SECONDS:
        return ""
    return '<span class="new-since" title="Its first failure was %s">new</span> ' % relative(group["first_at"], now)


def _actions(state: State, jobs: Jobs) -> str:
    """Retry for failed jobs, Run now for retrying ones."""
    out = ""
    if jobs.failed:
        out = _action(state, jobs, "retry", "Retry…", "Retry all that failed of this")
    if jobs.retrying:
        out += _action(state, jobs, "run-now", "Run now…", "Run all that are retrying of this now")
    return out


def _action(state: State, jobs: Jobs, action: str, label: str, title: str) -> str:
    reason = refusal(state, action)
    return button(
        label,
        "group",
        "small",
        data_name=jobs.fingerprint,
        data_variant=jobs.variant,
        data_value=action,
        disabled=reason is not None,
        title=reason or title,
        aria_label="%s of: %s" % (label, jobs.name),
    )


def _tasks(jobs: Jobs, tasks: list[ErrorTask], task_count: int) -> str:
    shown = [_task_link(jobs, task) for task in tasks[:TASKS_SHOWN]]
    more = task_count - len(shown)
    return ", ".join(shown) + (" +%s" % integer(more) if more else "")


def _task_link(jobs: Jobs, task: ErrorTask) -> str:
    name, count = task["task_identifier"], counted(task["count"] + task["retrying"], "job")
    words = "%s, %s of: %s" % (name, count, jobs.name)
    return link(esc(name), jobs.address(jobs.states, name), "", title=count, aria_label=words)


# ── the text, once ───────────────────────────────────────────────────────


def _line(fingerprint: str, example: str) -> str:
    """The line of the example that has this fingerprint, else the fingerprint."""
    for line in example.split("\n"):
        if _parts(fingerprint, line.strip()):
            return line.strip()
    return fingerprint


def _marked(fingerprint: str, line: str) -> str:
    """The line, with what differs from error to error in another color."""
    parts = _parts(fingerprint, line)
    if not parts:
        parts = [(fingerprint, False)]
    return "".join(['<span class="variable">%s</span>' % esc(text) if varies else esc(text) for text, varies in parts])


def _parts(fingerprint: str, line: str) -> list[tuple[str, bool]]:
    """The line as (text, whether it varies); empty where it does not have this fingerprint, which may be cut."""
    kept = fingerprint.split(HOLE)
    if not line.startswith(kept[0]):
        return []
    out, position = [(kept[0], False)], len(kept[0])
    for number, part in enumerate(kept[1:]):
        last = number == len(kept) - 2
        if last and line.endswith(part) and len(line) - len(part) > position:
            found = len(line) - len(part)
        else:
            found = line.find(part, position + 1) if part else len(line)
        if found <= position or found < 0:
            return []
        out += [(line[position:found], True), (part, False)]
        position = found + len(part)
    if position < len(line) and len(fingerprint) < CUT:
        return []
    out.append((line[position:], True))
    return [one for one in out if one[0]]
