"""The lines of the command palette: jobs by id, actions, names of queues and tasks, screens, and a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import STATE_LABELS
from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.actions import job_actions
from graphile_worker.admin.client.model.filters import saved_views
from graphile_worker.admin.client.model.preferences import CHOICES
from graphile_worker.admin.client.model.screens import SCREENS
from graphile_worker.admin.client.model.state import database_now, find_job, known_amount, refusal, selected_rows

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Dialog, ListFilter, PaletteItem, State

SHOWN_MAX = 12
COMMANDS = (
    ("Add job…", "plus", "add-job", "add"),
    ("Remove by key…", "key-round", "remove-key", "remove-by-key"),
    ("Refresh", "refresh-cw", "refresh", ""),
    ("Keyboard shortcuts", "info", "keys", ""),
)
SELECTING = (
    ("Select the page", "select-rest"),
    ("Select all that match", "select-every"),
    ("Clear selection", "clear-selection"),
)
NAMES: tuple[tuple[ListFilter, str, str], ...] = (("queue", "queue", "layers"), ("identifier", "task", "tag"))


def items(state: State, box: Dialog) -> list[PaletteItem]:
    """The lines for the text of the box, most likely first."""
    text = box["text"].strip()
    found = (
        _jobs(state, text)
        + _actions(state, text)
        + _names(state, box)
        + _views(state, text)
        + _screens(state, text)
        + _commands(state, text)
    )
    if text:
        found += _more(state, text)
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
    hint = "job %s" % jobs[0]["id"] if len(jobs) == 1 else "%d selected" % len(jobs)
    if every:
        hint = (known_amount(state) or "all that match ") + "selected"
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


def _views(state: State, text: str) -> list[PaletteItem]:
    """The saved views whose name has the text."""
    db = state["route"]["db"]
    return [
        _item(view["name"], "saved view", "bookmark", saved_views.url(view, db))
        for view in state["views"]["saved"]
        if text and _fits(view["name"] + " view", text)
    ]


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


def _more(state: State, text: str) -> list[PaletteItem]:
    """States, the selection, the other databases on the same screen, and the settings."""
    route, session = state["route"], state["session"]
    same = route if route["view"] == "jobs" else url_state.bare(route)
    out = []
    for name in STATE_LABELS:
        url = url_state.to_url(same, state=[] if name == "all" else [name], job="")
        out.append(_item(STATE_LABELS[name] + " jobs", "filter", "list-filter", url))
    out.append(_item("Clear filters", "filter", "x", url_state.to_url(url_state.bare(route))))
    if route["view"] == "jobs":
        out.append(_item("Save view…", "filters", "bookmark", "", "views"))
    if route["view"] == "jobs" and state["jobs"]["rows"]:
        out += [_item(words, "", "check", "", action) for words, action in SELECTING]
    several = (session.get("databases") or []) if session else []
    for index in range(len(several)):
        there = url_state.bare(route, view=route["view"])
        there["db"] = several[index]["name"] if index else ""
        out.append(_item(several[index]["name"], "database", "database", url_state.to_url(there)))
    for choice in CHOICES:
        for value in CHOICES[choice]:
            out.append(_item("%s: %s" % (choice, value), "setting", "settings-2", "", "look", name=choice, value=value))
    return [one for one in out if _fits(one["words"] + " " + one["hint"], text)]


def _fits(words: str, text: str) -> bool:
    return text.lower() in words.lower()
