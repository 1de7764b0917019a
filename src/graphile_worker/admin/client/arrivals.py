"""Answers that arrive: what each changes in the state, and how rows that are shown take new values in place."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.format import epoch


def _arrived(state: dict[str, Any], part: dict[str, Any], body: dict[str, Any]) -> None:
    said = epoch(body.get("as_of"))
    part.update({"status": "ready", "error": None, "loading": False, "as_of": body.get("as_of")})
    part["got_ms"] = state["now_ms"]
    if said is not None:
        state["clock"] = (said + (body.get("age_ms") or 0) / 1000, state["now_ms"])


def took_jobs(state: dict[str, Any], body: dict[str, Any], query: str, hold: bool) -> None:
    """A list arrived. With `hold`, rows shown keep their places and new ones wait behind the pill."""
    part = state["jobs"]
    same = part["status"] == "ready" and part["query"] == query
    shown = {row["id"]: row for row in part["rows"]}
    rows = [_same_or_new(row, shown) for row in body["jobs"]]
    fresh = [row for row in rows if row["id"] not in shown]
    _arrived(state, part, body)
    part["query"] = query
    part["slice"] = _slice(body, 1, True)
    if hold and same and fresh:
        part["held"] = {"rows": rows, "fresh": len(fresh), "next": body.get("next"), "prev": body.get("prev")}
        part["held"]["more"] = len(fresh) == len(rows)  # as many as fit on a page: nobody knows how many there are
        part["rows"] = _in_place(part["rows"], rows)
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


def took_slice(state: dict[str, Any], body: dict[str, Any]) -> None:
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


def _in_place(old: list[dict[str, Any]], new_rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The old order with new values; a row that the answer no longer reaches stays and is marked gone."""
    by_id = {row["id"]: row for row in new_rows}
    last = new_rows[-1]["id"] if new_rows else ""
    out = []
    for row in old:
        found = by_id.get(row["id"])
        if found is None:
            found = dict(row)
            found["gone"] = bool(row.get("gone")) or not last or int(row["id"]) > int(last)
        out.append(found)
    return out


def show_held(state: dict[str, Any]) -> None:
    """The "N new" pill was pressed."""
    part = state["jobs"]
    held = part["held"]
    if held is not None:
        part.update({"rows": held["rows"], "next": held["next"], "prev": held["prev"], "held": None})
        keep_selection(state)


def keep_selection(state: dict[str, Any]) -> None:
    """Nobody acts on rows they cannot see: what left the table leaves the selection."""
    shown = {row["id"]: True for row in state["jobs"]["rows"]}
    state["selected"] = {name: True for name in state["selected"] if name in shown}
    state["every"] = state["every"] and len(state["selected"]) > 0


def took_table(state: dict[str, Any], name: str, body: dict[str, Any], query: str, search: str) -> None:
    """A page of queues, tasks or workers arrived."""
    _arrived(state, state[name], body)
    body["search"] = search
    state[name].update({"data": body, "query": query})


def took_count(state: dict[str, Any], body: dict[str, Any], query: str) -> None:
    """How many jobs the filters of `query` leave."""
    _arrived(state, state["count"], body)
    state["count"].update({"data": body, "query": query})


def took_overview(state: dict[str, Any], body: dict[str, Any]) -> None:
    """The counts of the whole table arrived."""
    _arrived(state, state["overview"], body)
    state["overview"]["data"] = body


def took_activity(state: dict[str, Any], body: dict[str, Any]) -> None:
    """What happened lately."""
    _arrived(state, state["activity"], body)
    state["activity"]["data"] = body


def took_upkeep(state: dict[str, Any], body: dict[str, Any]) -> None:
    """What every maintenance operation would touch now."""
    _arrived(state, state["upkeep"], body)
    state["upkeep"]["data"] = body


def took_detail(state: dict[str, Any], body: dict[str, Any]) -> None:
    """One job arrived, with its payload as text."""
    body["id"] = str(body["id"])
    _arrived(state, state["detail"], body)
    state["detail"].update({"id": body["id"], "job": body})


def took_session(state: dict[str, Any], body: dict[str, Any]) -> None:
    """Who we are, which schema, may we write."""
    state["session"] = body
    state["schema"] = body.get("schema") or state["schema"]
    state["read_only"] = bool(body.get("read_only"))
    state["auth"].update({"wanted": False, "refused": False})


def broke_off(state: dict[str, Any]) -> None:
    """The login was lost while a verb on all that match was under way."""
    run = state["bulk"]
    if run is not None and run["phase"] in ("running", "stopping"):
        run.update({"phase": "broken", "error": {"error": "The login was refused."}})


def refused(part: dict[str, Any], error: dict[str, Any]) -> None:
    """An answer did not come; what was there stays, older by the second."""
    part["error"] = error
    part["loading"] = False
    if part["status"] == "first":
        part["status"] = "error"
