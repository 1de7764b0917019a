"""Everything the page knows, in one dict, and the few functions that change it. No browser in here."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import SUGGEST_FIELDS
from graphile_worker.admin.client import url_state
from graphile_worker.admin.client.format import epoch

READ_ONLY = "This admin is read only"
AUTO_CHOICES = (0, 2, 5, 15, 60)
AUTO_DEFAULT = 5
THEMES = ("system", "light", "dark")
ACCENTS = ("cyan", "emerald", "violet", "amber")
DENSITIES = ("comfortable", "compact")
ABOUT_ONE_DATABASE = (
    "session", "jobs", "count", "suggest", "overview", "queues", "tasks", "errors", "workers", "detail", "upkeep", "activity", "old_secs", "selected", "every", "anchor", "at", "dialog", "result", "clock",
)  # fmt: skip
COLUMNS = (
    ("queue", "Queue"),
    ("at", "Run at"),
    ("made", "Created"),
    ("worker", "Worker"),
    ("tries", "Attempts"),
    ("pri", "Priority"),
    ("key", "Key"),
    ("data", "Payload"),
    ("err", "Last error"),
)
COLUMNS_USUAL = ("queue", "at", "tries", "pri", "key", "data", "err")
LOOK = {"theme": THEMES, "accent": ACCENTS, "density": DENSITIES}


def new(search: str = "", auth_mode: str = "none", auth_header: str = "", read_only: bool = False) -> dict[str, Any]:
    """The state of a page that has asked for nothing yet."""
    route, dropped = url_state.parse(search)
    return {
        "route": route,
        "dropped": dropped,
        "auth": {"mode": auth_mode, "header": auth_header, "token": "", "wanted": False, "refused": False},
        "read_only": read_only,
        "schema": "",
        "session": None,
        "jobs": answer(rows=[], next=None, prev=None, query="", held=None, slice=None),
        "count": answer(data=None, query=""),
        "overview": answer(data=None),
        "queues": answer(data=None, query=""),
        "tasks": answer(data=None, query=""),
        "errors": answer(data=None, query=""),
        "workers": answer(data=None, query=""),
        "detail": answer(id="", job=None, raw=False),
        "upkeep": answer(data=None),
        "suggest": {name: {"prefix": None, "values": None} for name in SUGGEST_FIELDS},
        "local": {},
        "zone": "UTC",
        "old_secs": "14400",
        "selected": {},
        "every": False,  # not only the selected rows: all that match
        "bulk": None,
        "anchor": "",
        "at": "",
        "dialog": None,
        "result": None,
        "toasts": [],
        "activity": answer(data=None),
        "live": {"up": False, "address": "", "pause": 1, "until": 0.0, "due": False},
        "look": {
            "activity": False,
            "theme": "system",
            "accent": "cyan",
            "density": "comfortable",
            "auto": AUTO_DEFAULT,
            "columns": COLUMNS_USUAL,
        },
        "clock": None,
        "now_ms": 0.0,
        "generation": 0,
        "hidden": False,
    }


def other_database(state: dict[str, Any]) -> None:
    """Nothing that was said of one database is shown of another."""
    blank = new()
    for name in ABOUT_ONE_DATABASE:
        state[name] = blank[name]
    state.pop("maintained", None)
    state["generation"] += 1


def answer(**more: Any) -> dict[str, Any]:
    """What one endpoint last said: status first | ready | error, as_of, client time of arrival, error, loading."""
    base: dict[str, Any] = {"status": "first", "as_of": None, "got_ms": 0.0, "error": None, "loading": False}
    base.update(more)
    return base


def database_now(state: dict[str, Any]) -> float:
    """Seconds since 1970 on the database's clock: its last answer plus the time since."""
    clock = state["clock"]
    if clock is None:
        return float(state["now_ms"] / 1000)
    return float(clock[0] + max(0.0, state["now_ms"] - clock[1]) / 1000)


def age(state: dict[str, Any], part: dict[str, Any]) -> float | None:
    """Seconds since the database said what `part` shows; None before its first answer."""
    said = epoch(part["as_of"])
    return None if said is None else max(0.0, database_now(state) - said)


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


def shown_name(state: dict[str, Any]) -> str:
    """The part of the state that the present screen is made of."""
    view = str(state["route"]["view"])
    return "upkeep" if view == "maintenance" else view


def shown_part(state: dict[str, Any]) -> dict[str, Any]:
    """The answer that the present screen is made of."""
    part: dict[str, Any] = state[shown_name(state)]
    return part


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


def selected_rows(state: dict[str, Any]) -> list[dict[str, Any]]:
    """The selected rows in the order of the table."""
    return [row for row in state["jobs"]["rows"] if row["id"] in state["selected"]]


def row_of(state: dict[str, Any], job_id: str) -> dict[str, Any] | None:
    """A job that the page has: from the table, or the open one."""
    for row in state["jobs"]["rows"]:
        if row["id"] == job_id:
            return dict(row)
    job = state["detail"]["job"]
    return dict(job) if job is not None and state["detail"]["id"] == job_id else None


def counts(state: dict[str, Any]) -> dict[str, Any]:
    """The stats of the last overview; empty before it."""
    data = state["overview"]["data"]
    return data["stats"] if data else {}


def refusal(state: dict[str, Any], action: str) -> str | None:
    """Why this action is not offered here (its button is then disabled, with this sentence); None when it is."""
    if state["read_only"]:
        return READ_ONLY
    reason = ((state["session"] or {}).get("offers") or {}).get(action)
    return None if reason is None else str(reason)
