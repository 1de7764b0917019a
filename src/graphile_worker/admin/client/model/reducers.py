"""Answers that arrive: what each changes in the state, and how rows that are shown take new values in place."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.model import row_hold
from graphile_worker.admin.client.text.format import epoch

LATE_MAX = 60  # seconds an answer can be under way: one that is older still comes of a clock that was set back


def _arrived(state: dict[str, Any], part: dict[str, Any], body: dict[str, Any], same: bool = False) -> bool:
    """Marks the part as answered; False where the page shows what was later. `same`: to the same question."""
    said = epoch(body.get("as_of"))
    part.update({"error": None, "loading": False})
    if same and _overtaken(said, epoch(part["as_of"])):
        return False
    part.update({"status": "ready", "as_of": body.get("as_of"), "got_ms": state["now_ms"]})
    now = None if said is None else said + (body.get("age_ms") or 0) / 1000
    if now is not None and not _overtaken(now, state["clock"][0] if state["clock"] else None):
        state["clock"] = (now, state["now_ms"])
    return True


def _overtaken(said: float | None, shown: float | None) -> bool:
    return said is not None and shown is not None and 0 < shown - said <= LATE_MAX


def apply_jobs(state: dict[str, Any], body: dict[str, Any], query: str, hold: str) -> None:
    """A list arrived. With `hold`, the order of the list, rows shown keep their places and new ones wait behind the pill."""
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
    keep_selection(state)


def _slice(body: dict[str, Any], steps: int, going: bool) -> dict[str, Any] | None:
    """How far a search in slices has come; None for a list that was not searched so."""
    looked = body.get("searched")
    if looked is None:
        return None
    partial = bool(body.get("partial"))
    return {"first": looked["from"], "to": looked["to"], "partial": partial, "steps": steps, "going": going and partial}


def apply_slice(state: dict[str, Any], body: dict[str, Any]) -> None:
    """The next slice of a search arrived: its rows stand below the others."""
    part = state["jobs"]
    before = part["slice"]
    shown = {row["id"]: True for row in part["rows"]}
    _arrived(state, part, body)
    rows = [dict(row, id=str(row["id"])) for row in body["jobs"]]
    part["rows"] = part["rows"] + [row for row in rows if row["id"] not in shown]
    part["next"] = body.get("next")
    part["slice"] = dict(_slice(body, before["steps"] + 1, before["going"]) or before, first=before["first"])


def _same_or_new(row: dict[str, Any], shown: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The row object that is on the page already when nothing in it changed, so that nobody draws it again."""
    row["id"] = str(row["id"])
    old = shown.get(row["id"])
    return row if old is None or old != row else old


def show_held(state: dict[str, Any]) -> None:
    """The "N new" pill was pressed."""
    row_hold.show_held(state["jobs"])
    keep_selection(state)


def keep_selection(state: dict[str, Any]) -> None:
    """Nobody acts on rows they cannot see: what left the table leaves the selection."""
    shown = {row["id"]: True for row in state["jobs"]["rows"]}
    state["selected"] = {name: True for name in state["selected"] if name in shown}
    state["all_matching"] = state["all_matching"] and len(state["selected"]) > 0


def apply_table(state: dict[str, Any], name: str, body: dict[str, Any], query: str, search: str) -> None:
    """A page of queues, tasks or workers arrived."""
    body["search"] = search
    if _arrived(state, state[name], body, state[name]["query"] == query):
        state[name].update({"data": body, "query": query})


def apply_count(state: dict[str, Any], body: dict[str, Any], query: str) -> None:
    """How many jobs the filters of `query` leave."""
    if _arrived(state, state["count"], body, state["count"]["query"] == query):
        state["count"].update({"data": body, "query": query})


def apply_overview(state: dict[str, Any], body: dict[str, Any]) -> None:
    """The counts of the whole table arrived."""
    if _arrived(state, state["overview"], body, True):
        state["overview"]["data"] = body


def apply_activity(state: dict[str, Any], body: dict[str, Any]) -> None:
    """What happened lately."""
    if _arrived(state, state["activity"], body, True):
        state["activity"]["data"] = body


def apply_maintenance(state: dict[str, Any], body: dict[str, Any]) -> None:
    """What every maintenance operation would touch now."""
    _arrived(state, state["maintenance"], body)
    state["maintenance"]["data"] = body


def apply_detail(state: dict[str, Any], body: dict[str, Any]) -> None:
    """One job arrived, with its payload as text."""
    body["id"] = str(body["id"])
    if _arrived(state, state["detail"], body, state["detail"]["id"] == body["id"]):
        state["detail"].update({"id": body["id"], "job": body})


def apply_session(state: dict[str, Any], body: dict[str, Any]) -> None:
    """Who we are, which schema, may we write."""
    state["session"] = body
    state["schema"] = body.get("schema") or state["schema"]
    state["read_only"] = bool(body.get("read_only"))
    state["auth"].update({"wanted": False, "refused": False, "ended": False, "entered": True})


def interrupt_bulk(state: dict[str, Any]) -> None:
    """The login was lost while a verb on all that match was under way."""
    run = state["bulk"]
    if run is not None and run["phase"] in ("running", "stopping"):
        run.update({"phase": "broken", "error": {"error": "The login was refused."}})


def apply_shared_error(part: dict[str, Any], error: dict[str, Any]) -> None:
    """Something else than this part was asked for in vain, for a reason that it has in common with it."""
    part["error"] = error
    if part["status"] == "first" and not part["loading"]:
        part["status"] = "error"


def clear_error(part: dict[str, Any]) -> None:
    """What went wrong under another login says nothing about the next one."""
    part.update({"error": None, "loading": False})
    if part["status"] == "error":
        part["status"] = "first"


def apply_error(part: dict[str, Any], error: dict[str, Any]) -> None:
    """An answer did not come; what was there stays, older by the second."""
    part["error"] = error
    part["loading"] = False
    if part["status"] == "first":
        part["status"] = "error"
