"""The table of jobs. Each row is a region of its own, so that a refresh redraws changed rows only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import HIDDEN
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.model.state import database_now, hidden, redacted, refusal
from graphile_worker.admin.client.payloads.json_escapes import unescaped
from graphile_worker.admin.client.text.errors import error_summary
from graphile_worker.admin.client.text.format import duration, epoch, relative
from graphile_worker.admin.client.text.html import esc, icon, icon_button
from graphile_worker.admin.client.text.percent_encoding import quote
from graphile_worker.admin.client.times.zones import full, time_tag
from graphile_worker.admin.client.views.jobs import columns
from graphile_worker.admin.client.views.tables import data_table

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import JobRow, Match, State


PICTURES = {
    "ready": "play",
    "scheduled": "clock",
    "running": "loader",
    "blocked": "pause",
    "retrying": "rotate-ccw",
    "failed": "circle-alert",
    "gone": "circle-minus",
}
_BADGES = {
    kind: '<span class="state %s">%s%s</span>' % (kind, icon(picture), kind) for kind, picture in PICTURES.items()
}
COLUMNS = (
    ("c-id", "ID", "id"),
    ("c-task", "Task", ""),
    ("c-queue", "Queue", ""),
    ("c-state", "State", ""),
    ("c-at", "Run at", "run_at"),
    ("c-tries num", "Attempts", "attempts"),
    ("c-pri num", "Pri", "priority"),
    ("c-key", "Key", ""),
    ("c-data", "Payload", ""),
    ("c-err", "Last error", ""),
    ("c-more", '<span class="visually-hidden">Actions</span>', ""),
)


NO_QUEUE = "no queue"
SCREENFUL = 20  # rows of a new list that are drawn at once; the others follow
EXTRA_INDEX = 5  # index at which optional columns are inserted
RUN_AT_INDEX = 4
EXTRA_COLUMNS = {
    "failed": ("c-when", "Failed at", "failed_at"),
    "made": ("c-made", "Created", "created_at"),
    "worker": ("c-worker", "Worker", ""),
}


def badge(kind: str, word: str = "") -> str:
    """A state as colour, icon and word."""
    if word:
        return '<span class="state %s">%s%s</span>' % (kind, icon(PICTURES[kind]), word)
    return _BADGES.get(kind) or _BADGES["gone"]


def table(state: State, inner: list[str]) -> str:
    """The table. `inner` has the cells of each row, or of the first SCREENFUL rows only."""
    rows = state["jobs"]["rows"]
    return (
        '<table class="jobs%s" style="%s"><caption class="visually-hidden">Jobs</caption>%s<tbody>%s</tbody>'
        '<tbody id="gw-rest">%s</tbody></table>'
    ) % (
        _kind(state, rows),
        _lengths(rows),
        head(state),
        row_tags(rows, inner[:SCREENFUL]),
        row_tags(rows, inner, SCREENFUL),
    )


def _kind(state: State, rows: list[JobRow]) -> str:
    """Classes of the table: the state that all jobs of the list have, the columns that are empty on this page, and those
    in which a search has found something."""
    kind = " failures" if _only_failed(state) else " running-jobs" if _only_running(state) else ""
    for name, field in (("keys", "key"), ("errors", "last_error")):
        if not [row for row in rows if row[field]]:  # type: ignore[literal-required]
            kind += " no-" + name
    found = [one["field"] for row in rows for one in row.get("matched") or []]
    return kind + "".join([" in-" + field for field in ("payload", "error") if field in found])


def _lengths(rows: list[JobRow]) -> str:
    """The longest id, task, queue, key and worker in characters, as custom properties; the style sheet makes column widths of them."""
    return "--id:%d;--task:%d;--queue:%d;--key:%d;--worker:%d" % (
        max([len(row["id"]) for row in rows]),
        max([len(row["task_identifier"]) for row in rows]),
        max([len(row["queue_name"] or NO_QUEUE) for row in rows]),
        max([len(row["key"] or "") for row in rows]),
        max([len(row["locked_by"] or "") for row in rows]),
    )


def row_tags(rows: list[JobRow], inner: list[str], first: int = 0) -> str:
    """The rows from index `first` on, as far as `inner` has their cells."""
    line = '<tr id="row-%s" data-action="open" data-id="%s">%s</tr>'
    return "".join([line % (rows[index]["id"], rows[index]["id"], inner[index]) for index in range(first, len(inner))])


def head(state: State) -> str:
    """The column heads, with the checkbox that selects the page."""
    rows = state["jobs"]["rows"]
    every = len(rows) > 0 and len(state["selected"]) == len(rows)
    box = (
        '<input type="checkbox" id="gw-select-page" data-action="select-page" aria-label="Select all on this page"%s>'
        % (" checked" if every else "")
    )
    extra = tuple([EXTRA_COLUMNS[name] for name in _extra_columns(state)])
    extra += tuple([("c-value", esc(path), "") for path in state["route"]["payload_path"]])
    first = COLUMNS[:EXTRA_INDEX]
    if _only_failed(state):
        first = COLUMNS[:RUN_AT_INDEX] + (("c-at", "Failed at", "failed_at"),)
    if _only_running(state):
        first = COLUMNS[:RUN_AT_INDEX] + (("c-at", "Running", ""),)
    return data_table.head(state, (("c-sel", box, ""),) + first + extra + COLUMNS[EXTRA_INDEX:])


def _only_failed(state: State) -> bool:
    """Are all jobs of the list failed? They do not run again, and Failed at stands in the place of Run at."""
    return state["route"]["state"] == ["failed"]


def _only_running(state: State) -> bool:
    """Do workers run all jobs of the list? The worker, and how long it has run the job, are shown then."""
    return state["route"]["state"] == ["locked"]


def _extra_columns(state: State) -> list[str]:
    """The optional columns that are shown. A list of retrying jobs has Failed at, one of running jobs Worker, without a
    choice."""
    visible, out = state["preferences"]["columns"], []
    if not _only_failed(state) and ("failed" in visible or url_state.lists_failures(state["route"])):
        out.append("failed")
    wanted = ("worker",) if _only_running(state) else ()
    return out + [name for name in ("made", "worker") if name in visible or name in wanted]


def base_url(state: State) -> str:
    """The current address without an open job, escaped and ready for one more parameter."""
    url = url_state.to_url(state["route"], job="")
    return esc(url if url == "?" else url + "&")


def time_text(row: JobRow, now: float) -> str:
    """When the job is due, was due, or how long it runs; a failed one has no further run. No other part of a row changes
    with time."""
    if row["locked_at"] is None:
        return "not again" if row["state"] == "failed" else relative(row["run_at"], now)
    since, now = epoch(row["locked_at"]), epoch(row.get("past")) or now
    return "for " + duration(max(0.0, now - since)) if since is not None else relative(row["locked_at"], now)


def shared_key(state: State, base: str) -> str:
    """The part of the cache key that all rows share."""
    return "%s|%s|%s|%s|%s|%s|%s" % (
        redacted(state),
        len(state["route"]["payload_path"]),
        [refusal(state, action) for action in _BUTTONS],
        _only_failed(state),
        _extra_columns(state),
        state["zone"],
        base,
    )


def row_key(state: State, row: JobRow, shared: str, when: str) -> str:
    """The cache key of a row: everything but the row itself that its cells depend on."""
    shown, now = _extra_columns(state), database_now(state)
    made = relative(row["created_at"], now) if "made" in shown else ""
    failed = relative(row["failed_at"], now) if "failed" in shown or _only_failed(state) else ""
    return "%s|%s|%s|%s|%s|%s" % (
        when, row["id"] in state["selected"], state["focused_id"] == row["id"], made, failed, shared,
    )  # fmt: skip


def cells(state: State, row: JobRow, base: str, when: str) -> str:
    """The cells of one job."""
    job_id = row["id"]
    error = error_summary(row["last_error"])
    return _CELLS % (
        _classes(state, row),
        job_id,
        job_id,
        " checked" if job_id in state["selected"] else "",
        _copy_cell("id mono", "id", job_id, job_id, _marked(row, "id", job_id)),
        _task(row, base + "job=" + job_id),
        _queue(row, base),
        _state(state, row),
        _failed_at(state, row) if _only_failed(state) else _time(state, row["locked_at"] or row["run_at"], when),
        _extra(state, row),
        row["attempts"],
        row["max_attempts"],
        row["priority"],
        _copy_cell("key mono", "key", job_id, row["key"], _marked(row, "key", row["key"])),
        _text_cell(
            state,
            "data",
            "mono",
            "payload_preview",
            job_id,
            unescaped(row["payload_preview"]),
            _matches(row, "payload"),
        ),
        _text_cell(state, "err", "", "last_error", job_id, error, _matches(row, "error")),
        _action_button(state, row),
    )


_CELLS = (
    '<td class="c-sel%s"><input type="checkbox" data-action="select" data-id="%s" aria-label="Select job %s"%s></td>'
    '%s<td class="c-task">%s</td><td class="c-queue">%s</td><td class="c-state">%s</td><td class="c-at">%s</td>%s'
    '<td class="c-tries num">%s/%s</td><td class="c-pri num">%s</td>%s%s%s<td class="c-more">%s</td>'
)


def _matches(row: JobRow, field: str) -> str:
    """HTML of what a search has found in this field, the text around it included."""
    shown = [
        '<span class="match"><span>%s%s</span><mark>%s%s</mark><span>%s%s</span></span>'
        % (
            _cut(one, "before"), esc(one["before"]),
            esc(one["text"]), _cut(one, "text"),
            esc(one["after"]), _cut(one, "after"),
        )
        for one in row.get("matched") or []
        if one["field"] == field
    ]  # fmt: skip
    return '<span class="matches">%s</span>' % "".join(shown) if shown else ""


def _cut(match: Match, part: str) -> str:
    """An ellipsis where the server has shortened this part of the match."""
    return "…" if part in match["cut"] else ""


def _marked(row: JobRow, field: str, value: str | None) -> str:
    """HTML of a name, with the text marked that a search has found in it."""
    for one in row.get("matched") or []:
        if one["field"] == field and one["before"] + one["text"] + one["after"] == value:
            return "%s<mark>%s</mark>%s" % (esc(one["before"]), esc(one["text"]), esc(one["after"]))
    return esc(value or "")


def _text_cell(state: State, kind: str, face: str, name: str, job_id: str, text: str, matches_html: str) -> str:
    """A payload or an error with a button that copies all of it; of a search the part that matches. A hidden one has none."""
    if hidden(state, text):
        return '<td class="c-%s"><i class="faint">%s</i></td>' % (kind, HIDDEN)
    if not text:
        return '<td class="c-%s"></td>' % kind
    shown = esc(text)
    more = (kind + " " + face).strip(), shown, matches_html or shown, job_id, name, WORDS[name], job_id
    return _TEXT_CELL % more


WORDS = {"payload_preview": "payload", "last_error": "error"}
# A click on the text opens the job. The job panel has the same copy button, so the tab key passes over this one.
_TEXT_CELL = (
    '<td class="c-%s" title="%s">%s<button type="button" class="copy" tabindex="-1" data-action="copy" data-id="%s" '
    'data-name="%s" aria-label="Copy the %s of job %s"></button></td>'
)


def _classes(state: State, row: JobRow) -> str:
    """The classes of the first cell. They style the whole row."""
    marks = " on" if row["id"] in state["selected"] else ""
    marks += " focused" if state["focused_id"] == row["id"] else ""
    return marks + (" outdated" if row.get("gone") or row.get("past") else "")


def _state(state: State, row: JobRow) -> str:
    kind = job_actions.display_state(row)
    if row.get("gone"):
        return '<span title="Not in this list any more">%s</span>' % badge("gone")
    if row.get("past"):
        title = "As it was at %s: nobody has looked since" % full(row["past"], state["offsets"])
        return '<span title="%s">%s</span>' % (esc(title), badge(kind, "was " + kind))
    if kind == "retrying":
        title = "Attempt %s of %s failed" % (row["attempts"], row["max_attempts"])
        return '<span title="%s">%s</span>' % (title, badge(kind))
    return badge(kind)


def _failed_at(state: State, row: JobRow) -> str:
    tag = time_tag(row["failed_at"], database_now(state), state["offsets"])
    return tag or '<span class="faint">–</span>'


def _extra(state: State, row: JobRow) -> str:
    shown, out = _extra_columns(state), ""
    if "failed" in shown:
        out += '<td class="c-when">%s</td>' % _failed_at(state, row)
    if "made" in shown:
        when = relative(row["created_at"], database_now(state))
        out += '<td class="c-made">%s</td>' % _time(state, row["created_at"], when)
    if "worker" in shown:
        worker = row["locked_by"]
        out += _copy_cell("worker mono", "locked_by", row["id"], worker, _marked(row, "worker", worker))
    values = row.get("payload_values") or []
    for position in range(len(state["route"]["payload_path"])):
        out += columns.value_cell(values[position] if position < len(values) else None)
    return out


def _time(state: State, text: str, when: str) -> str:
    return '<time datetime="%s" title="%s">%s</time>' % (esc(text), esc(full(text, state["offsets"])), esc(when))


def _task(row: JobRow, address: str) -> str:
    lost = icon("triangle-alert", "failed") if row.get("task_missing") else ""
    name = esc(row["task_identifier"])
    form = '<a href="%s" data-action="open" data-id="%s" title="%s" aria-label="%s, job %s">%s%s</a>'
    return form % (
        address, row["id"], name, name, row["id"], lost, _marked(row, "task", row["task_identifier"]),
    )  # fmt: skip


def _queue(row: JobRow, base: str) -> str:
    name = row["queue_name"]
    if name is None:
        return '<span class="faint">%s</span>' % NO_QUEUE
    form = '<a class="plain" href="%squeue=%s" data-action="go" title="Only queue %s">%s</a>'
    return form % (base, quote(name), esc(name), _marked(row, "queue", name))


def _copy_cell(kind: str, field: str, job_id: str, value: str | None, shown_html: str = "") -> str:
    """A cell that a click copies. The copied text is the value in the state, not the text of the cell. Another text may
    be shown in its place."""
    if value is None or value == "":
        return '<td class="c-%s"></td>' % kind
    shown = esc(value)
    head = '<td class="c-%s" data-action="copy" data-id="%s" data-name="%s" title="%s">' % (kind, job_id, field, shown)
    return head + (shown_html or shown) + "</td>"


def _action_button(state: State, row: JobRow) -> str:
    """A button for the most frequent action of the state, if it would change the job."""
    action = _FREQUENT_ACTIONS.get(row["state"])
    if action is None or refusal(state, action) or row.get("gone"):
        return ""
    job_id = row["id"]
    return _BUTTONS[action] % (job_id, job_id, job_id)


def _button(action: str) -> str:
    """The button with "%s" in place of the job id."""
    label, picture = job_actions.ACTIONS[action][0], job_actions.ACTIONS[action][1]
    return icon_button(label + " job %s", "job-action", picture, data_name=action, data_id="%s")


_FREQUENT_ACTIONS = {"failed": "retry", "scheduled": "run-now"}
_BUTTONS = {action: _button(action) for action in _FREQUENT_ACTIONS.values()}
