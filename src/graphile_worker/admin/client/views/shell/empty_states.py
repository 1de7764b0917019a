"""What is shown in place of rows: loading, no rows, no match, an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import FILTER_LABELS, REPEATED_PARAMETERS, STATE_LABELS
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.filters import near_names
from graphile_worker.admin.client.model.state import refusal, shown_part
from graphile_worker.admin.client.text.format import sentences, server_words
from graphile_worker.admin.client.text.html import button, code, esc, icon, link
from graphile_worker.admin.client.views.shell import error_texts

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Error, Part, Route, RouteChanges, State


def skeleton(rows: int = 12) -> str:
    """Grey bars while the first data loads."""
    line = '<div class="skeleton"><i></i><i></i><i></i><i></i><i></i></div>'
    return '<div class="table-panel" aria-busy="true"><span class="visually-hidden">Loading</span>%s</div>' % (
        line * rows
    )


def empty_state(picture: str, title: str, text_html: str, more_html: str = "") -> str:
    """An icon, a title, a text and buttons."""
    return '<div class="table-panel empty-state">%s<h2>%s</h2><p class="soft">%s</p>%s</div>' % (
        icon(picture),
        esc(title),
        text_html,
        '<div class="tools">%s</div>' % more_html if more_html else "",
    )


_NO_MATCH = "A job is deleted when it succeeds, so that it cannot be found here afterwards. Remove a filter:"


def no_rows(state: State) -> str:
    """The empty state of a list: no match, a page past the end, or no jobs."""
    route = state["route"]
    if route["cursor"]:
        return empty_state(
            "inbox",
            "Nothing on this page any more",
            "The jobs that stood here have left the queue.",
            link("First page", url_state.to_url(route, cursor=""), "btn"),
        )
    if url_state.filtered(route):
        return empty_state("search-x", "No job matches", _unknown_names(state) + _NO_MATCH, _remove_links(route))
    return empty_state(
        "inbox",
        "No jobs in this schema",
        "Add one here, or with <code>graphile-worker add my_task --payload '{}'</code>.",
        "" if refusal(state, "add") else button("Add job", "add-job", "main", "plus"),
    )


def _unknown_names(state: State) -> str:
    """The names of the filter that do not exist, each with links to similar ones."""
    route, out = state["route"], ""
    for field, name, near in near_names.unknown(state):
        links = []
        for other in near:
            values = [other if one == name else one for one in route[field] if one != other]
            changes: RouteChanges = {"job": ""}
            changes[field] = values
            links.append(link(esc(other), url_state.to_url(url_state.over(route, changes))))
        question = " Did you mean %s?" % " or ".join(links) if links else ""
        out += '<span class="unknown-name">%s%s</span>' % (esc(near_names.sentence(field, name)), question)
    return out


def _remove_links(route: Route) -> str:
    out = []
    for name in REPEATED_PARAMETERS:
        if route[name]:
            changes: RouteChanges = {}
            changes[name] = []
            out.append(link(_remove(name, route[name]), url_state.to_url(url_state.over(route, changes)), "btn"))
    if route["search"]:
        out.append(link("Clear search", url_state.to_url(route, search=""), "btn"))
    bounds: RouteChanges = {}
    for bound in url_state.RANGES:
        if route[bound]:
            bounds[bound] = ""
    if bounds:
        out.append(link("Remove ranges", url_state.to_url(url_state.over(route, bounds)), "btn"))
    return "".join(out)


def _remove(name: str, values: list[str]) -> str:
    """Like "Remove “state: failed”"; of several values the number."""
    shown = values[0] if len(values) == 1 else "%d values" % len(values)
    if name == "state":
        shown = " or ".join([STATE_LABELS[one].lower() for one in values])
    return esc("Remove “%s: %s”" % (FILTER_LABELS[name], shown))


def error_state(state: State, error: Error | None) -> str:
    """The empty state of a failed request."""
    error = error or {}
    if error.get("code") == "schema_missing":
        return empty_state(
            "database", "The schema is not there yet", error_html(error), error_texts.remedy(state, error, "")
        )
    if error.get("code") == "redacted":
        return empty_state("lock", _capitalized(str(error["error"])), esc(error.get("hint")))
    if error.get("code") in ("row_security", "permission_denied"):
        return empty_state("lock", "This database role may not see the jobs", error_html(error))
    if error.get("code") == "unknown_database":
        return empty_state("database", "This queue is not here", error_html(error), link("Open the first", "?", "btn"))
    title = "The admin was not reached" if error.get("login") else "The rows could not be loaded"
    return empty_state(
        "lock" if error.get("login") else "circle-alert", title, error_html(error), error_texts.remedy(state, error, "")
    )


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def shows(state: State, error: Error) -> bool:
    """Whether the error is shown in place of the rows."""
    part = shown_part(state)
    stands = part["status"] == "error" and state["route"]["view"] != "maintenance"
    return stands and (part["error"] or {}).get("code") == error.get("code")


def error_html(error: Error) -> str:
    """HTML of the error message, the message of the database server, the hint and the request id."""
    lines = [
        esc(error_texts.sentence(error)),
        esc(server_words(error)),
        code(sentences(error.get("hint"))),
        error_texts.request_id(error),
    ]
    return "<br>".join([line.strip() for line in lines if line])


def placeholder(state: State, part: Part) -> str:
    """What is shown while data loads or after an error; empty once there is data."""
    if part["status"] == "first":
        return skeleton()
    return error_state(state, part["error"]) if part["status"] == "error" else ""
