"""The state of the page, and what is read from it. Answers change it in reducers.py; nothing here touches the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import HIDDEN, SUGGEST_FIELDS
from graphile_worker.admin.client.model import preferences, queries, url_state
from graphile_worker.admin.client.model.actions.action_table import ON_JOBS as ON_JOBS
from graphile_worker.admin.client.text.format import counted, epoch, integer
from graphile_worker.admin.client.times import zones

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import CountName, Error, JobRow, Part, PartName, State, Suggested

PARTS: tuple[PartName, ...] = (
    "jobs", "count", "overview", "queues", "tasks", "errors", "histogram", "workers", "detail", "maintenance", "activity",
    "crontabs",
)  # fmt: skip
_COUNTED: tuple[CountName, ...] = ("total", "ready", "scheduled", "locked", "failed", "blocked", "retrying")
READ_ONLY = "This admin is read only"


def new(search: str = "", auth_mode: str = "none", auth_header: str = "", read_only: bool = False) -> State:
    """The state of a page before its first request."""
    route, dropped = url_state.parse(search)
    state: dict[str, object] = {
        "route": route,
        "dropped": dropped,
        "auth": {
            "mode": auth_mode,
            "header": auth_header,
            "token": "",
            "wanted": False,
            "refused": False,
            "entered": False,
            "ended": False,  # there was a login, which is not valid any more
            "problem": None,
        },
        "build": "",  # of the admin that answered last
        "page_build": "",  # of this page
        "read_only": read_only,
        "schema": "",
        "export_commands": False,  # the menu Export shows them
        "base": "",  # the address of the page, which requests are relative to
        "environment": "",
        "environment_color": "",
        "session": None,
        "jobs": new_part(rows=[], names={}, next=None, prev=None, query="", held=None, slice=None),
        "count": new_part(data=None, query="", others=""),
        "overview": new_part(data=None),
        "queues": new_part(data=None, query=""),
        "tasks": new_part(data=None, query=""),
        "errors": new_part(data=None, query=""),
        "histogram": new_part(data=None),
        "workers": new_part(data=None, query=""),
        "detail": new_part(id="", job=None, raw=False, pretty=("", False)),
        "maintenance": new_part(data=None),
        "activity": new_part(data=None),
        "crontabs": new_part(data=None),
        "suggest": {name: new_suggested() for name in SUGGEST_FIELDS},
        "views": {"key": "", "saved": [], "renamed": "", "refused": ""},
        "near": {},  # similar names by "field=name" of a filter without jobs; None for a name that exists, or before the answer
        "local_times": {},  # of the route, as boxes for times take them
        "zone": zones.UTC,
        "offsets": [],
        "old_secs": "14400",
        "unlock_ids": "",
        "maintenance_results": {},
        "g_ms": 0.0,  # when the key `g` was pressed
        "g_letter": False,
        "selected": {},
        "all_matching": False,  # all jobs that match are selected, not only those in `selected`
        "bulk": None,
        "watch": None,
        "anchor": "",  # the row from which Shift selects
        "focused_id": "",  # the row that keys act on
        "dialog": None,
        "result": None,
        "toasts": [],
        "second": {"here": True, "error": None},
        "live": {
            "connected": False,
            "listening": False,
            "stream_key": "",
            "pause_secs": 1,
            "retry_at_ms": 0.0,
            "refresh_scheduled": False,
            "refresh_postponed": False,
            "refreshed_ms": 0.0,
            "added_ms": 0.0,
            "again_ms": 0,
        },
        "preferences": preferences.defaults(),
        "clock": None,  # (the database's time, this computer's time) of the newest answer
        "now_ms": 0.0,
        "input_version": 0,  # another version makes the search box anew
        "typed": "",  # the text of the search box
        "typed_ms": 0.0,
        "emptied": {},  # by filter: another number makes its box anew
        "unfolded": {},  # the groups of errors whose variants are shown
        "context_version": 0,  # another database or login has another: answers to older requests are dropped
    }
    return state  # type: ignore[return-value]  # tests compare the members with State


def new_part(**more: object) -> dict[str, object]:
    """A part that was not asked for yet."""
    base: dict[str, object] = {"status": "first", "as_of": None, "got_ms": 0.0, "error": None, "loading": False}
    base.update(more)
    return base


def new_suggested() -> dict[str, object]:
    """The suggestions of a filter before its first request."""
    return {"prefix": None, "values": None, "counts": [], "counts_as_of": None, "alone": False}


def reset_database(state: State) -> None:
    """Forgets everything about the database: another one was chosen, or the login ended."""
    blank = new()
    state.update({
        "jobs": blank["jobs"], "count": blank["count"], "overview": blank["overview"], "queues": blank["queues"],
        "tasks": blank["tasks"], "errors": blank["errors"], "histogram": blank["histogram"], "workers": blank["workers"], "detail": blank["detail"],
        "maintenance": blank["maintenance"], "activity": blank["activity"], "session": blank["session"],
        "crontabs": blank["crontabs"],
        "suggest": blank["suggest"], "near": blank["near"], "views": blank["views"], "old_secs": blank["old_secs"], "maintenance_results": blank["maintenance_results"],
        "selected": blank["selected"], "all_matching": blank["all_matching"], "anchor": blank["anchor"],
        "focused_id": blank["focused_id"], "dialog": blank["dialog"], "result": blank["result"], "watch": blank["watch"], "clock": blank["clock"],
    })  # fmt: skip
    state["input_version"] += 1
    state["context_version"] += 1


def database_now(state: State) -> float:
    """Seconds since 1970 on the database's clock: the time of its last answer plus the time since."""
    clock = state["clock"]
    if clock is None:
        return state["now_ms"] / 1000
    return clock[0] + max(0.0, state["now_ms"] - clock[1]) / 1000


def age(state: State, part: Part) -> float | None:
    """Seconds since the database answered what the part shows; None before its first answer."""
    answered = epoch(part["as_of"])
    return None if answered is None else max(0.0, database_now(state) - answered)


def shown_part(state: State) -> Part:
    """The part that the screen shows."""
    return state[state["route"]["view"]]


def request_error(state: State) -> Error | None:
    """Why the screen is old or empty; None while requests succeed. Redaction is no such error."""
    for part in (shown_part(state), state["overview"]):
        error = part["error"]
        if error is not None and error.get("code") != "redacted":
            return error
    return None


def suggested_jobs(part: Suggested, position: int) -> str:
    """The number of jobs of a suggested name, like "1,234 jobs"; empty where it is unknown."""
    count = part["counts"][position] if position < len(part["counts"]) else None
    return "" if count is None else counted(count, "job")


def searched_in_slices(state: State) -> bool:
    """Did the search on the page take several slices? It is repeated only on request."""
    found = state["jobs"]["slice"]
    return bool(state["route"]["view"] == "jobs" and found is not None and found["slices"] > 1)


def selected_rows(state: State) -> list[JobRow]:
    """The selected rows in the order of the table."""
    return [row for row in state["jobs"]["rows"] if row["id"] in state["selected"]]


def find_job(state: State, job_id: str) -> JobRow | None:
    """A copy of a job on the page: of its row, or of the open job."""
    for row in state["jobs"]["rows"]:
        if row["id"] == job_id:
            return row.copy()
    job = state["detail"]["job"]
    return job.copy() if job is not None and state["detail"]["id"] == job_id else None


def latest_job(state: State, job_id: str) -> JobRow | None:
    """As `find_job`; of a job that is open and has a row, the one with the later answer."""
    row, part = find_job(state, job_id), state["detail"]
    if row is None or part["job"] is None or part["id"] != job_id:
        return row
    listed, opened = epoch(row.get("past") or state["jobs"]["as_of"]), epoch(part["as_of"])
    older = row.get("gone") or (listed is not None and opened is not None and listed < opened)
    return part["job"].copy() if older else row


def counts(state: State) -> dict[str, int]:
    """The counts of the last overview; empty before it."""
    data = state["overview"]["data"]
    return {name: data["stats"][name] for name in _COUNTED} if data else {}


def matching_counts(state: State) -> dict[str, int] | None:
    """The counts by state of the jobs that match the other filters; None while they are unknown."""
    route, part = state["route"], state["count"]
    if not queries.filters_beside_states(route):
        return counts(state)
    known = part["data"] is not None and part["others"] == queries.others_query(route)
    stats = part["data"].get("stats") if known and part["data"] is not None else None
    return {name: stats[name] for name in _COUNTED} if stats else None


def matching_counts_awaited(state: State) -> bool:
    """Will the counts within the filters come? They do not for a search, or if they take too long."""
    part = state["count"]
    if state["route"]["search"].strip() or part["error"] is not None:
        return False
    return part["data"] is None or part["others"] != queries.others_query(state["route"])


def known_count(state: State) -> tuple[int, bool] | None:
    """(count, whether there are more) of the jobs that match the filters; None while the count is unknown."""
    route, part = state["route"], state["count"]
    known = matching_counts(state) if len(route["state"]) < 2 else None
    if known is not None:
        count = known.get(route["state"][0] if route["state"] else "total")
        return None if count is None else (count, False)
    if part["query"] != queries.filter_query(route) or part["data"] is None:
        return None
    return part["data"]["count"], part["data"]["more"]


def known_amount(state: State) -> str:
    """Like "3,000 " or "more than 10,000 "; empty while the count is unknown."""
    known = known_count(state)
    return "" if known is None else ("more than " if known[1] else "") + integer(known[0]) + " "


def refusal(state: State, action: str) -> str | None:
    """Why this action is not permitted here, for its disabled button; None when it is."""
    if state["read_only"]:
        return READ_ONLY
    session = state["session"]
    return (session.get("offers") or {}).get(action) if session else None


def withheld(state: State) -> list[str]:
    """The actions on jobs that are not permitted, where others are; empty where all or none are permitted."""
    names = [name for name in ON_JOBS if refusal(state, name) is not None]
    return names if len(names) < len(ON_JOBS) else []


def writes(state: State) -> str:
    """The permission of this user in a word: on, some or read only; empty before it is known."""
    if state["read_only"]:
        return "read only"
    session = state["session"]
    if session is None or session.get("database") is None or state["auth"]["wanted"]:
        return ""
    if withheld(state):
        return "some"
    return "on" if refusal(state, ON_JOBS[0]) is None else "read only"


def redacted(state: State) -> bool:
    """Are payloads, or values in them, and error texts hidden from this user?"""
    session = state["session"]
    return bool(session and session.get("redacted"))


def hidden(state: State, text: str | None) -> bool:
    """Is this whole payload or error hidden?"""
    return text in (HIDDEN, '"%s"' % HIDDEN) and redacted(state)
