"""The list of the command palette: jobs by id, queues, tasks, screens, verbs."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.model import job_actions, url_state
from graphile_worker.admin.client.model.state import database_now, find_job, refusal, selected_rows
from graphile_worker.admin.client.text.html import attrs, esc, icon
from graphile_worker.admin.client.views.shell.frame import SCREENS

SHOWN_MAX = 12
DEEDS = (
    ("Add job…", "plus", "add-job", "add"),
    ("Remove by key…", "key-round", "remove-key", "remove-by-key"),
    ("Refresh", "refresh-cw", "refresh", ""),
    ("Keyboard shortcuts", "info", "keys", ""),
)


def items(state: dict[str, Any], box: dict[str, Any]) -> list[dict[str, Any]]:
    """What can be chosen now, the likeliest first: `words`, `hint`, `picture`, and a `url` or an `action` with `data`."""
    text = box["text"].strip()
    found = _jobs(state, text) + _verbs(state, text) + _names(state, box) + _screens(state, text) + _deeds(state, text)
    if text:
        route = url_state.bare(state["route"], search=text)
        found.append(_item("Search jobs for “%s”" % text, "", "search", url_state.to_url(route)))
    return found[:SHOWN_MAX]


def _item(words: str, hint: str, picture: str, url: str = "", action: str = "", **data: str) -> dict[str, Any]:
    return {"words": words, "hint": hint, "picture": picture, "url": url, "action": action, "data": data}


def _jobs(state: dict[str, Any], text: str) -> list[dict[str, Any]]:
    if not (text.encode().isdigit() and len(text) <= 19):
        return []
    return [_item("Job " + text, "open", "text-align-start", url_state.to_url(state["route"], job=text))]


def _verbs(state: dict[str, Any], text: str) -> list[dict[str, Any]]:
    """The verbs of what is selected, or of the open job."""
    job = find_job(state, state["route"]["job"]) if state["route"]["job"] else None
    jobs = [job] if job is not None else selected_rows(state)
    if not jobs:
        return []
    hint = "job %s" % jobs[0]["id"] if len(jobs) == 1 else "%d selected" % len(jobs)
    more = {"id": job["id"]} if job is not None else {}
    return [
        _item(job_actions.ACTIONS[verb][0], hint, job_actions.ACTIONS[verb][1], "", "verb", verb=verb, **more)
        for verb in job_actions.offered(jobs, database_now(state))
        if _fits(job_actions.ACTIONS[verb][0], text) and refusal(state, verb) is None
    ]


def _names(state: dict[str, Any], box: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for name, word, picture in (("queue", "queue", "layers"), ("identifier", "task", "tag")):
        for value in box["names"].get(name) or []:
            url = url_state.to_url(url_state.bare(state["route"], **{name: [value]}))
            found.append(_item(value, word, picture, url))
    return found


def _screens(state: dict[str, Any], text: str) -> list[dict[str, Any]]:
    return [
        _item(label, "screen", picture, url_state.screen_url(state["route"], name))
        for name, label, picture in SCREENS
        if _fits(label, text)
    ]


def _deeds(state: dict[str, Any], text: str) -> list[dict[str, Any]]:
    return [
        _item(words, "", picture, "", action)
        for words, picture, action, right in DEEDS
        if _fits(words, text) and not (right and refusal(state, right))
    ]


def _fits(words: str, text: str) -> bool:
    return text.lower() in words.lower()


def palette(state: dict[str, Any], box: dict[str, Any]) -> str:
    """The box to type in and the list below it."""
    found = items(state, box)
    rows = "".join([_row(found[place], place, place == box["position"]) for place in range(len(found))])
    field = (
        '<label class="field find">%s<input id="gw-palette" role="combobox" aria-expanded="true" aria-controls="gw-found" '
        'aria-label="Job id, queue, task, screen or verb" placeholder="Job id, queue, task, screen or verb" autofocus '
        'data-action="palette-type" data-live data-keep data-keys="ArrowDown ArrowUp" autocomplete="off" spellcheck="false"%s>'
        "</label>"
    ) % (icon("search"), attrs(aria_activedescendant="gw-found-%d" % box["position"] if found else None))
    return field + '<ul id="gw-found" role="listbox" aria-label="Found" class="results">%s</ul>' % rows


def _row(item: dict[str, Any], place: int, here: bool) -> str:
    return (
        '<li id="gw-found-%d" role="option" aria-selected="%s" data-action="palette-choose" data-place="%d">'
        '%s<span>%s</span><span class="soft">%s</span></li>'
    ) % (place, "true" if here else "false", place, icon(item["picture"]), esc(item["words"]), esc(item["hint"]))
