"""Everything the page knows, in one dict, and what is read from it. No browser in here; what arrives changes it in reducers.py."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.api.vocabulary import HIDDEN, SUGGEST_FIELDS
from graphile_worker.admin.client.model import preferences, url_state
from graphile_worker.admin.client.model.action_table import ON_JOBS as ON_JOBS
from graphile_worker.admin.client.text import zones
from graphile_worker.admin.client.text.format import epoch

READ_ONLY = "This admin is read only"
ABOUT_ONE_DATABASE = (
    "session", "jobs", "count", "suggest", "overview", "queues", "tasks", "errors", "workers", "detail", "upkeep", "activity", "old_secs", "selected", "every", "anchor", "at", "dialog", "result", "clock",
)  # fmt: skip


def new(search: str = "", auth_mode: str = "none", auth_header: str = "", read_only: bool = False) -> dict[str, Any]:
    """The state of a page that has asked for nothing yet."""
    route, dropped = url_state.parse(search)
    return {
        "route": route,
        "dropped": dropped,
        "auth": {
            "mode": auth_mode,
            "header": auth_header,
            "token": "",
            "wanted": False,
            "refused": False,
            "entered": False,
            "ended": False,  # it was a login, and is none any more
            "problem": None,
        },
        "build": "",  # of the admin that answered last
        "page_build": "",  # of this page
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
        "zone": zones.UTC,
        "offsets": [],
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
        "live": {"up": False, "address": "", "pause": 1, "until": 0.0, "due": False, "owed": False},
        "look": preferences.usual(),
        "clock": None,
        "now_ms": 0.0,
        "generation": 0,
        "typed": "",  # into the search box, last
        "typed_ms": 0.0,
        "emptied": {},  # how often a box of filters was, by name: what was typed into it is a filter now
        "epoch": 0,  # another database or login is another: what was asked before is not answered any more
        "hidden": False,
    }


def other_database(state: dict[str, Any]) -> None:
    """Nothing that was said of one database is shown of another."""
    blank = new()
    for name in ABOUT_ONE_DATABASE:
        state[name] = blank[name]
    state.pop("maintained", None)
    state["generation"] += 1
    state["epoch"] += 1


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


def shown_name(state: dict[str, Any]) -> str:
    """The part of the state that the present screen is made of."""
    view = str(state["route"]["view"])
    return "upkeep" if view == "maintenance" else view


def shown_part(state: dict[str, Any]) -> dict[str, Any]:
    """The answer that the present screen is made of."""
    part: dict[str, Any] = state[shown_name(state)]
    return part


def trouble(state: dict[str, Any]) -> dict[str, Any] | None:
    """Why what is shown is old or missing; None while the admin answers. What is hidden from this user is no trouble."""
    for part in (shown_part(state), state["overview"]):
        error: dict[str, Any] | None = part["error"]
        if error is not None and error.get("code") != "redacted":
            return error
    return None


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


def last_seen(state: dict[str, Any], job_id: str) -> dict[str, Any] | None:
    """The same, as the person saw it last: of the open one and its row, what was answered later."""
    row, part = row_of(state, job_id), state["detail"]
    if row is None or part["job"] is None or part["id"] != job_id:
        return row
    shown, told = epoch(row.get("past") or state["jobs"]["as_of"]), epoch(part["as_of"])
    older = row.get("gone") or (shown is not None and told is not None and shown < told)
    return dict(part["job"]) if older else row


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


def withheld(state: dict[str, Any]) -> list[str]:
    """Actions on jobs that this user cannot do here, where there are others; also empty where there is none or all are."""
    names = [name for name in ON_JOBS if refusal(state, name) is not None]
    return names if len(names) < len(ON_JOBS) else []


def writes(state: dict[str, Any]) -> str:
    """What this user can do to jobs here, in two words at most; nothing before that is known."""
    if state["read_only"]:
        return "read only"
    session = state["session"] or {}
    if session.get("database") is None or state["auth"]["wanted"]:
        return ""
    if withheld(state):
        return "some"
    return "on" if refusal(state, ON_JOBS[0]) is None else "read only"


def redacted(state: dict[str, Any]) -> bool:
    """Whether payloads (or values in them) and error texts are hidden from this user."""
    return bool((state["session"] or {}).get("redacted"))


def hidden(state: dict[str, Any], text: str | None) -> bool:
    """Whether this payload or error is hidden whole."""
    return text in (HIDDEN, '"%s"' % HIDDEN) and redacted(state)
