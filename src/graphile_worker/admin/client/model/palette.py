"""The lines of the command palette: jobs by id, actions, names of queues and tasks, screens, and a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import STATE_LABELS
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.model.preferences import CHOICES
from graphile_worker.admin.client.model.screens import SCREENS
from graphile_worker.admin.client.model.state import database_now, find_job, known_count, refusal, selected_rows
from graphile_worker.admin.client.text.format import integer

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Dialog, ListFilter, PaletteItem, State

SHOWN_MAX = 12
COMMANDS = (
    ("Add job…", "plus", "add-job", "add"),
    ("Remove by key…", "key-round", "remove-key", "remove-by-key"),
    ("Refresh", "refresh-cw", "refresh", ""),
    ("Keyboard shortcuts", "info", "keys", ""),
)
NAMES: tuple[tuple[ListFilter, str, str], ...] = (("queue", "queue", "layers"), ("identifier", "task", "tag"))


def items(state: State, box: Dialog) -> list[PaletteItem]:
    """The lines for the text of the box, most likely first."""
    text = box["text"].strip()
    found = (
        _jobs(state, text) + _actions(state, text) + _names(state, box) + _screens(state, text) + _commands(state, text)
    )
    if text:
        found += _filters(state, text) + _selecting(state, text) + _databases(state, text) + _choices(text)
        found = found[: SHOWN_MAX - 1]
        route = url_state.bare(state["route"], search=text)
        found.append(_item("Search jobs for “%s”" % text, "", "search", url_state.to_url(route)))
    return found[:SHOWN_MAX]


def _item(words: str, hint: str, picture: str, url: str = "", action: str = "", **data: str) -> PaletteItem:
    return {"words": words, "hint": hint, "picture": picture, "url": url, "action": action, "data": data}


def _jobs(state: State, text: str) -> list[PaletteItem]:
    if not (text.encode().isdigit() and len(text) <= 19):
        return []
    return [_item("Job " + text, "open", "text-align-start", url_state.to_url(state["route"], job=text))]


def _actions(state: State, text: str) -> list[PaletteItem]:
    """The actions on the open job, or on the selected ones."""
    job = find_job(state, state["route"]["job"]) if state["route"]["job"] else None
    jobs = [job] if job is not None else selected_rows(state)
    if not jobs:
        return []
    every = job is None and state["all_matching"]
    known = known_count(state) if every else None
    hint = "job %s" % jobs[0]["id"] if len(jobs) == 1 and not every else "%s selected" % integer(len(jobs))
    if every:
        hint = "all that match" if known is None else "%s%s selected" % ("over " if known[1] else "", integer(known[0]))
    more = {"id": job["id"]} if job is not None else {}
    names = (
        job_actions.offered_for(state["route"]["state"]) if every else job_actions.offered(jobs, database_now(state))
    )
    return [
        _item(
            job_actions.ACTIONS[action][0], hint, job_actions.ACTIONS[action][1], "", "job-action", name=action, **more
        )
        for action in names
        if _fits(job_actions.ACTIONS[action][0], text) and refusal(state, action) is None
    ]


def _names(state: State, box: Dialog) -> list[PaletteItem]:
    found = []
    for name, word, picture in NAMES:
        for value in box["names"].get(name) or []:
            url = url_state.to_url(url_state.bare_with(state["route"], name, value))
            found.append(_item(value, word, picture, url))
    return found


def _screens(state: State, text: str) -> list[PaletteItem]:
    return [
        _item(label, "screen", picture, url_state.screen_url(state["route"], name))
        for name, label, picture, _, _ in SCREENS
        if _fits(label, text)
    ]


def _commands(state: State, text: str) -> list[PaletteItem]:
    return [
        _item(words, "", picture, "", action)
        for words, picture, action, permission in COMMANDS
        if _fits(words, text) and not (permission and refusal(state, permission))
    ]


def _filters(state: State, text: str) -> list[PaletteItem]:
    """Jobs in one state, within the other filters; and the list without filters."""
    route = state["route"] if state["route"]["view"] == "jobs" else url_state.bare(state["route"])
    found = [
        _item("%s jobs" % STATE_LABELS[name], "filter", "list-filter", url_state.to_url(route, state=wanted, job=""))
        for name, wanted in [(one, [one] if one != "all" else []) for one in STATE_LABELS]
        if _fits("%s jobs filter" % STATE_LABELS[name], text)
    ]
    if _fits("Clear filters", text) and url_state.filters(route):
        found.append(_item("Clear filters", "filter", "x", url_state.to_url(url_state.bare(route))))
    return found


def _selecting(state: State, text: str) -> list[PaletteItem]:
    if state["route"]["view"] != "jobs" or not state["jobs"]["rows"]:
        return []
    lines = [("Select the page", "*", "select-rest"), ("Select all that match", "shift X", "select-every")]
    if state["selected"]:
        lines.append(("Clear selection", "Esc", "clear-selection"))
    return [_item(words, key, "check", "", action) for words, key, action in lines if _fits(words, text)]


def _databases(state: State, text: str) -> list[PaletteItem]:
    """The other databases of this server, on the same screen."""
    several = (state["session"] or {}).get("databases") or []
    found = []
    for index in range(len(several)):
        name = several[index]["name"]
        if _fits("Database " + name, text) and name != (state["route"]["db"] or several[0]["name"]):
            route = url_state.bare(state["route"], view=state["route"]["view"])
            route["db"] = name if index else ""
            found.append(_item(name, "database", "database", url_state.to_url(route)))
    return found


def _choices(text: str) -> list[PaletteItem]:
    """Theme, accent, density and time zone."""
    return [
        _item("%s: %s" % (label, value), "setting", "settings-2", "", "look", name=name, value=value)
        for name, label in (("theme", "Theme"), ("accent", "Accent"), ("density", "Density"), ("zone", "Time zone"))
        for value in CHOICES[name]  # type: ignore[index]  # the names are its keys
        if _fits("%s: %s" % (label, value), text)
    ]


def _fits(words: str, text: str) -> bool:
    return text.lower() in words.lower()
