"""Answers into the state: each function applies one answer or error, and rows on the page take new values in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model import row_hold
from graphile_worker.admin.client.payloads import json_text
from graphile_worker.admin.client.text.format import epoch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphile_worker.admin.client.model.types import (
        Activity,
        Count,
        Crontabs,
        Error,
        FailureHistogram,
        JobDetail,
        JobPage,
        JobRow,
        JobsPart,
        Overview,
        Part,
        Previews,
        Session,
        Slice,
        State,
        TableName,
        TablePage,
    )

LATE_MAX = 60  # seconds between two answers that arrive in the wrong order; more means that the clock was set back


def _arrived(state: State, part: Part, body: Mapping[str, object], same: bool = False) -> bool:
    """Marks the part as answered; False where the page shows a later answer. `same`: to the same request."""
    as_of, age_ms = body.get("as_of"), body.get("age_ms")
    moment = epoch(as_of) if isinstance(as_of, str) else None
    part.update({"error": None, "loading": False})
    if same and _overtaken(moment, epoch(part["as_of"])):
        return False
    part.update({"status": "ready", "as_of": as_of if isinstance(as_of, str) else None, "got_ms": state["now_ms"]})
    now = None if moment is None else moment + (age_ms if isinstance(age_ms, int) else 0) / 1000
    if now is not None and not _overtaken(now, state["clock"][0] if state["clock"] else None):
        state["clock"] = (now, state["now_ms"])
    return True


def _overtaken(moment: float | None, shown: float | None) -> bool:
    return moment is not None and shown is not None and 0 < shown - moment <= LATE_MAX


def apply_jobs(state: State, body: JobPage, query: str, hold: str) -> None:
    """A list. With `hold`, the order of the list, rows on the page keep their places and new rows wait behind the pill."""
    part = state["jobs"]
    before = part["as_of"]
    same = part["status"] == "ready" and part["query"] == query
    shown = {row["id"]: row for row in part["rows"]}
    if not _arrived(state, part, body, same):
        return
    rows = [_same_or_new(row, shown) for row in body["jobs"]]
    part["query"] = query
    part["slice"] = _slice(body, 1, True)
    if hold and same and not body.get("partial") and row_hold.moves(part["rows"], rows):
        row_hold.hold(part, rows, body, hold, before)
    else:
        part["held"] = None
        part.update({"rows": rows, "next": body.get("next"), "prev": body.get("prev")})
    _update_names(part)
    keep_selection(state)


def _slice(body: JobPage, slices: int, going: bool) -> Slice | None:
    """How far a search in slices has come; None for other lists."""
    searched = body.get("searched")
    if searched is None:
        return None
    partial = bool(body.get("partial"))
    return {
        "first": searched["from"], "to": searched["to"], "partial": partial, "slices": slices, "going": going and partial,
    }  # fmt: skip


def apply_slice(state: State, body: JobPage) -> None:
    """The next slice of a search: its rows are appended."""
    part = state["jobs"]
    before = part["slice"]
    shown = {row["id"]: row for row in part["rows"]}
    _arrived(state, part, body)
    rows = [_same_or_new(row, {}) for row in body["jobs"]]
    part["rows"] = part["rows"] + [row for row in rows if row["id"] not in shown]
    part["next"] = body.get("next")
    _update_names(part)
    if before is not None:
        now = _slice(body, before["slices"] + 1, before["going"]) or before.copy()
        now["first"] = before["first"]
        part["slice"] = now


def _same_or_new(row: JobRow, shown: dict[str, JobRow]) -> JobRow:
    """The row object of the page where nothing in it changed: its drawing is kept."""
    row["id"] = str(row["id"])
    old = shown.get(row["id"])
    return row if old is None or old != row else old


def show_held(state: State) -> None:
    """Shows the rows that wait behind the "N new" pill."""
    row_hold.show_held(state["jobs"])
    _update_names(state["jobs"])
    keep_selection(state)


def _update_names(part: JobsPart) -> None:
    """Collects the distinct names in the rows."""
    rows = part["rows"]
    part["names"] = {
        "identifier": sorted({row["task_identifier"] for row in rows}),
        "queue": sorted({row["queue_name"] for row in rows if row["queue_name"] is not None}),
        "worker": sorted({row["locked_by"] for row in rows if row["locked_by"] is not None}),
    }


def keep_selection(state: State) -> None:
    """Removes the rows from the selection that are not on the page any more."""
    shown = {row["id"]: True for row in state["jobs"]["rows"]}
    state["selected"] = {job_id: True for job_id in state["selected"] if job_id in shown}
    state["all_matching"] = state["all_matching"] and len(state["selected"]) > 0


def apply_table(state: State, name: TableName, body: TablePage, query: str, search: str) -> None:
    """A page of queues, tasks, errors or workers."""
    body["search"] = search
    part = state[name]
    if _arrived(state, part, body, part["query"] == query):
        part.update({"data": body, "query": query})


def apply_count(state: State, body: Count, query: str, others: str) -> None:
    """The number of jobs that match the filters of `query`; `others` are its filters beside the states."""
    part = state["count"]
    if _arrived(state, part, body, part["query"] == query):
        part.update({"data": body, "query": query, "others": others})


def apply_overview(state: State, body: Overview) -> None:
    """The counts of the whole table."""
    if _arrived(state, state["overview"], body, True):
        state["overview"]["data"] = body


def apply_activity(state: State, body: Activity) -> None:
    """The points of the charts."""
    if _arrived(state, state["activity"], body, True):
        state["activity"]["data"] = body


def apply_histogram(state: State, body: FailureHistogram) -> None:
    """Failures over time."""
    if _arrived(state, state["histogram"], body, True):
        state["histogram"]["data"] = body


def apply_maintenance(state: State, body: Previews) -> None:
    """The previews of every maintenance operation."""
    _arrived(state, state["maintenance"], body)
    state["maintenance"]["data"] = body


def apply_crontabs(state: State, body: Crontabs) -> None:
    """The known crontabs."""
    if _arrived(state, state["crontabs"], body, True):
        state["crontabs"]["data"] = body


def apply_detail(state: State, body: JobDetail) -> None:
    """One job, with its payload as text."""
    body["id"] = str(body["id"])
    part, payload = state["detail"], body.get("payload_text")
    if _arrived(state, part, body, part["id"] == body["id"]):
        old = part["job"]
        if payload and (old is None or old.get("payload_text") != payload):
            part["pretty"] = json_text.pretty(payload)
        part.update({"id": body["id"], "job": body})


def apply_session(state: State, body: Session) -> None:
    """The user, the schema and the permissions."""
    state["session"] = body
    state["schema"] = body.get("schema") or state["schema"]
    state["read_only"] = bool(body.get("read_only"))
    state["auth"].update({"wanted": False, "refused": False, "ended": False, "entered": True})


def interrupt_bulk(state: State) -> None:
    """The login ended during an action on all that match."""
    run = state["bulk"]
    if run is not None and run["phase"] in ("running", "stopping"):
        run.update({"phase": "broken", "error": {"error": "The login was refused."}})


def apply_error(part: Part, error: Error) -> None:
    """A request failed: the part keeps its rows, with their age."""
    part["loading"] = False
    apply_shared_error(part, error)


def apply_shared_error(part: Part, error: Error) -> None:
    """Another request failed for a reason that this part has in common with it."""
    part["error"] = error
    if part["status"] == "first" and not part["loading"]:
        part["status"] = "error"


def clear_error(part: Part) -> None:
    """An error of one login is not shown to the next."""
    part.update({"error": None, "loading": False})
    if part["status"] == "error":
        part["status"] = "first"
