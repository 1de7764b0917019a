"""The panel of one job. It covers part of the table on a desktop and the whole screen on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import HEARTBEAT_SILENCE_SECONDS, HIDDEN
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.model.state import database_now, hidden, redacted, refusal, request_error
from graphile_worker.admin.client.payloads import json_text
from graphile_worker.admin.client.text.format import integer, size
from graphile_worker.admin.client.text.html import button, esc, icon, icon_button, link
from graphile_worker.admin.client.views.job import facts, retry_schedule
from graphile_worker.admin.client.views.job.explanation import explanation
from graphile_worker.admin.client.views.jobs.table import badge
from graphile_worker.admin.client.views.maintenance import unlock
from graphile_worker.admin.client.views.shell import banners, empty_states, error_texts

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import (
        DetailPart,
        Error,
        JobDetail,
        ListFilter,
        Route,
        ShownLock,
        State,
    )


_HIDDEN = '<p class="soft">This is %s.</p>' % HIDDEN


def panel(state: State) -> str:
    """The panel of `?job=ID`; empty without an open job."""
    wanted = state["route"]["job"]
    if not wanted:
        return ""
    part = state["detail"]
    job = part["job"] if part["id"] == wanted else None
    if job is not None:
        inner = _head(state, job, _error_banner(state, part)) + _body(state, part, job)
    elif part["error"] is not None:
        inner = _short_head(state, wanted) + '<div class="body">%s</div>' % _missing(state, part["error"], wanted)
    else:
        inner = _short_head(state, wanted) + '<div class="body" aria-busy="true">%s</div>' % empty_states.skeleton(6)
    return '<aside class="drawer" id="gw-job" aria-label="Job %s">%s</aside>' % (esc(wanted), inner)


def _short_head(state: State, job_id: str) -> str:
    return '<header><h1>Job</h1><span class="mono soft">%s</span><span class="push"></span>%s</header>' % (
        esc(job_id),
        _close(state),
    )


def _close(state: State) -> str:
    back = url_state.to_url(state["route"], job="")
    return link(icon("x"), back, "btn bare square", id="gw-job-close", aria_label="Close (Esc)", title="Close (Esc)")


def _error_banner(state: State, part: DetailPart) -> str:
    """The banner of an error that the panel would cover, or of the failed request for this job."""
    error = None if is_gone(part) else part["error"]
    error = error or request_error(state)
    return "" if error is None else banners.error_banner(state, error)


def _missing(state: State, error: Error, job_id: str) -> str:
    if error.get("code") == "not_found":
        return empty_states.empty_state(
            "search-x", "Job %s is not in the queue" % job_id, "It was completed or removed, or never existed."
        )
    return empty_states.empty_state(
        error_texts.icon_name(error),
        "The job could not be loaded",
        empty_states.error_html(error),
        error_texts.remedy(state, error, ""),
    )


def _head(state: State, job: JobDetail, error_html: str) -> str:
    """The title, why the job does not run, and below it the buttons."""
    return (
        '<header>%s<h1 title="%s">%s</h1><span class="mono soft">%s</span><span class="push"></span>%s</header>%s%s'
        '<div class="job-actions">%s</div>'
    ) % (
        badge("gone" if is_gone(state["detail"]) else job_actions.display_state(job)),
        esc(job["task_identifier"]),
        esc(job["task_identifier"]),
        job["id"],
        icon_button("Copy link", "copy-link", "copy", data_id=job["id"]) + _close(state),
        error_html,
        "" if is_gone(state["detail"]) else explanation(job, state["route"]),
        _buttons(state, job),
    )


_ENDS = ("fail", "complete")  # the job does not run again


def _buttons(state: State, job: JobDetail) -> str:
    """The buttons of the actions. Of a locked job the ones that lose nothing are first: of a worker that has most likely
    died what runs the job again, of another one Duplicate."""
    now = database_now(state)
    actions = [] if is_gone(state["detail"]) else job_actions.offered([job], now)
    actions = [action for action in actions if not job_actions.skip_reason(action, job, now)]
    remove, clone = _remove_button(state, job), _clone_button(state, job)
    if not job.get("locked_at") or is_gone(state["detail"]):
        buttons = "".join([_action_button(state, job, action) for action in actions])
        return (buttons or _no_actions(state)) + remove + clone
    dead, ends = _holder_died(job, now), [action for action in actions if action in _ENDS]
    again = [action for action in actions if action == "retry"]
    lock = _unlock_button(state, job, "main" if dead and not again else "")
    other = [_action_button(state, job, action) for action in actions if action not in again + ends]
    retry = [_action_button(state, job, action) for action in again]
    out = retry + [lock] + other + [clone] if dead else [clone, lock] + retry + other
    return "".join(out + [_action_button(state, job, action) for action in ends]) + remove


def _holder_died(job: JobDetail, now: float) -> bool:
    """Whether the worker has most likely died: it sent heartbeats and stopped, or sent none and its lock is old."""
    beat = job["why"]["facts"].get("heartbeat_secs") if job.get("why") else None
    return beat > HEARTBEAT_SILENCE_SECONDS if beat is not None else not job_actions.running_reason(job, now)


def _action_button(state: State, job: JobDetail, action: str) -> str:
    label, picture, kind, _ = job_actions.ACTIONS[action]
    reason = refusal(state, action)
    return button(
        label,
        "job-action",
        kind,
        picture if action in ("retry", "run-now") else "",
        id="gw-v-" + action,
        data_name=action,
        data_id=job["id"],
        disabled=reason is not None,
        title=reason,
    )


def _unlock_button(state: State, job: JobDetail, kind: str) -> str:
    """The button that takes a locked job away from its worker."""
    at = job.get("locked_at") or ""
    lock: ShownLock = {"job": job["id"], "queue": "", "by": job.get("locked_by") or "", "at": at}
    return unlock.opener(state, lock, kind, id="gw-v-unlock")


def is_gone(part: DetailPart) -> bool:
    """Whether the open job is no longer in the table of jobs."""
    return part["error"] is not None and part["error"].get("code") == "not_found"


def _no_actions(state: State) -> str:
    words = "It is done, or was removed." if is_gone(state["detail"]) else "No action would change it."
    return '<span class="soft">%s</span>' % words


_NO_KEY = "It has no key. The schema gives up a running job by its key alone: unlock it, then use Fail."


def _remove_button(state: State, job: JobDetail) -> str:
    """Gives up a running job after this attempt, or removes another one: both by its key."""
    running = bool(job_actions.running_reason(job, database_now(state)))
    if is_gone(state["detail"]) or not (running or job["key"]):
        return ""
    reason = refusal(state, "remove-by-key") or (None if job["key"] else _NO_KEY)
    label = "Give up…" if running else "Remove…"
    return button(label, "remove-job", "bad", id="gw-v-remove", disabled=reason is not None, title=reason)


def _clone_button(state: State, job: JobDetail) -> str:
    """The button that opens the dialog Add job with the values of this job."""
    reason = refusal(state, "add")
    if reason is None and job.get("payload_truncated"):
        reason = "Its payload is too large to be edited here"
    return button("Duplicate…", "clone", "", "copy-plus", data_id=job["id"], disabled=reason is not None, title=reason)


def _edit_button(state: State, job: JobDetail) -> str:
    """The button that opens the editor of the payload."""
    reason = refusal(state, "change-payload")
    if reason is None and job.get("payload_truncated"):
        reason = "It is too large to be edited here"
    if reason is None:
        reason = job_actions.running_reason(job, database_now(state)) or None
    return button("Edit…", "edit-payload", "bare small", disabled=reason is not None, title=reason)


def _body(state: State, part: DetailPart, job: JobDetail) -> str:
    gone = '<div class="note">It has left the queue since. This is its last state.</div>' if is_gone(part) else ""
    return '<div class="body">%s</div>' % "".join(
        [
            gone,
            facts.facts(state, job),
            "" if is_gone(part) else _attempts(state, job),
            _payload(state, part, job),
            _error(state, job),
            _related(state, job),
        ]
    )


def _section(name: str, more_html: str, body_html: str) -> str:
    return '<section class="section"><header><h2>%s</h2>%s</header>%s</section>' % (name, more_html, body_html)


def _attempts(state: State, job: JobDetail) -> str:
    now = database_now(state)
    summary = '<span class="soft">%s</span>' % retry_schedule.summary(job, now)
    return _section("Attempts", summary, retry_schedule.schedule(job, now, state["offsets"]))


def _payload(state: State, part: DetailPart, job: JobDetail) -> str:
    raw = part["raw"]
    text = job.get("payload_text")
    if text is None:
        return ""
    if hidden(state, text):
        return _section("Payload", "", _HIDDEN)
    note = '<span class="soft">%s</span><span class="push"></span>' % (
        "values are %s" % HIDDEN
        if redacted(state) and job.get("payload_bytes") is None
        else size(job.get("payload_bytes"))
    )
    flip = button("Pretty" if raw else "Raw", "raw", "bare small", aria_pressed="true" if raw else "false")
    edit = "" if is_gone(part) else _edit_button(state, job)
    copy = button("Copy", "copy-payload", "bare small", "copy")
    shown, cut = (esc(text), False) if raw else part["pretty"]
    below = ""
    if job.get("payload_truncated"):
        below = "Cut after %s of text; the database holds all of it." % size(len(text))
    elif cut:
        below = "Cut after %s lines; raw and copy have all of it." % integer(json_text.LINES_MAX)
    return _section(
        "Payload", note + edit + flip + copy, _pre(shown, "json") + ('<p class="soft">%s</p>' % below if below else "")
    )


def _pre(html: str, kind: str) -> str:
    return '<pre class="%s" tabindex="0">%s</pre>' % (kind, html)


def _error(state: State, job: JobDetail) -> str:
    text = job.get("last_error")
    if not text:
        return ""
    if hidden(state, text):
        return _section("Last error", "", _HIDDEN)
    cut = job.get("last_error_truncated")
    below = '<p class="soft">Cut after %s of text; copy has all of it.</p>' % size(len(text)) if cut else ""
    copy = button("Copy", "copy-error", "bare small", "copy")
    return _section(
        "Last error",
        '<span class="push"></span>' + _error_group(state["route"], job) + copy,
        _pre(esc(text), "error") + below,
    )


def _error_group(route: Route, job: JobDetail) -> str:
    """A link to the group of this error on the Errors screen."""
    common = job.get("error_fingerprint")
    if common is None or not _failure(job):
        return ""
    words = url_state.bare(route, view="errors", search=common)
    return link("In Errors", url_state.to_url(words), "btn bare small", title="How many failed of this, and when")


def _failure(job: JobDetail) -> list[str]:
    """The filter by state that a failed or retrying job matches; empty for others."""
    return ["retrying"] if job["retrying"] else ["failed"] if job["state"] == "failed" else []


def _related(state: State, job: JobDetail) -> str:
    """Links to jobs with the same task or error; the facts link those of a queue, key, worker or flag."""
    links = [_related_link(state["route"], "task", "identifier", job["task_identifier"])]
    common = job.get("error_fingerprint")
    if common is not None:
        links.append(_related_link(state["route"], "error", "error", common, _failure(job)))
    return '<nav class="related" aria-label="Jobs like this one">%s</nav>' % "".join(links)


def _related_link(route: Route, word: str, name: ListFilter, value: str, states: list[str] | None = None) -> str:
    like = url_state.bare_with(route, name, value)
    if states:
        like["state"] = states
    return link("same " + word, url_state.to_url(like), "btn small", title=value)
