"""What a person does, as a table from data-action to a function of the state. Writes stand in writes.py."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client import export, keys, loads, state, url_state, writes

TYPING_MS = 250


def dispatch(app: Any, event: dict[str, Any]) -> None:
    """Finds the function of an event; unknown ones do nothing."""
    kind = event.get("type")
    if kind == "key":
        keys.pressed(app, event)
    elif kind == "popstate":
        app.follow(app.dom.url())
    elif kind == "visible":
        if not app.dom.hidden() and app.state["look"]["auto"] and not app.state["selected"]:
            loads.refresh(app)
    else:
        act = TABLE.get(event.get("action") or "") or writes.TABLE.get(event.get("action") or "")
        if act is not None:
            act(app, event)


def _data(event: dict[str, Any], name: str) -> str:
    return str((event.get("data") or {}).get(name) or "")


def change(app: Any, replace: bool = False, **changes: Any) -> None:
    """The present address with other values."""
    app.go(url_state.to_url(app.state["route"], **changes), replace)


def go(app: Any, event: dict[str, Any]) -> None:
    """A link of ours."""
    app.go(_data(event, "href"))


def open_job(app: Any, event: dict[str, Any]) -> None:
    """A row, or the task in it."""
    app.state["at"] = _data(event, "id")
    change(app, job=_data(event, "id"))


def close_job(app: Any, event: dict[str, Any]) -> None:
    """Back to the table."""
    change(app, job="")


def refresh(app: Any, event: dict[str, Any]) -> None:
    """Asked for by hand: also while rows are selected."""
    if app.state["session"] is None:
        loads.session(app)
    loads.refresh(app)


def search(app: Any, event: dict[str, Any]) -> None:
    """Typing: the address follows when the typing rests."""
    text = str(event.get("value") or "")
    app.dom.timer("typing", TYPING_MS, lambda *_: _searched(app, text))


def _searched(app: Any, text: str) -> None:
    if text.strip() == app.state["route"]["search"]:
        return
    generation = app.state["generation"]
    change(app, app.state["route"]["search"] != "", search=text.strip(), job="")
    app.state["generation"] = generation  # the box in use stays the one it is
    app.draw()


def add_filter(app: Any, event: dict[str, Any]) -> None:
    """A name typed, pasted (commas and lines separate) or clicked."""
    name = _data(event, "name")
    typed = _data(event, "value")
    values = [typed] if typed else split(str(event.get("value") or ""))
    now = app.state["route"][name]
    more = [one for one in values if one not in now]
    if more:
        change(app, job="", **{name: now + more})
    app.state["generation"] += 1
    app.draw()
    app.dom.focus("#gw-f-%s-%d" % (name, app.state["generation"]))


def split(text: str) -> list[str]:
    """("a, b\\nc") -> ["a", "b", "c"], once each."""
    out: list[str] = []
    for line in text.replace("\r", "\n").split("\n"):
        for one in line.split(","):
            if one.strip() and one.strip() not in out:
                out.append(one.strip())
    return out


def drop_filter(app: Any, event: dict[str, Any]) -> None:
    """The cross on a chip."""
    name, value = _data(event, "name"), _data(event, "value")
    if name == "state":
        change(app, state="all", job="")
    elif name == "search":
        change(app, search="", job="")
    else:
        change(app, job="", **{name: [one for one in app.state["route"][name] if one != value]})


def limit(app: Any, event: dict[str, Any]) -> None:
    """Rows per page."""
    change(app, limit=int(event.get("value") or 100), job="")


def show_new(app: Any, event: dict[str, Any]) -> None:
    """The pill: what waited comes in, at the top."""
    state.show_held(app.state)
    app.draw()
    app.dom.focus("#gw-screen")


def select(app: Any, event: dict[str, Any]) -> None:
    """One box, or all from the last one with shift."""
    job_id, on = _data(event, "id"), bool(event.get("checked"))
    names = [row["id"] for row in app.state["jobs"]["rows"]]
    chosen = [job_id]
    anchor = app.state["anchor"]
    if event.get("shift") and anchor in names and job_id in names:
        first, last = names.index(anchor), names.index(job_id)
        chosen = names[min(first, last) : max(first, last) + 1]
    for one in chosen:
        if on:
            app.state["selected"][one] = True
        else:
            app.state["selected"].pop(one, None)
    app.state["anchor"] = app.state["at"] = job_id
    app.say("%d selected" % len(app.state["selected"]))


def select_page(app: Any, event: dict[str, Any]) -> None:
    """The box in the head."""
    rows = app.state["jobs"]["rows"] if event.get("checked") else []
    app.state["selected"] = {row["id"]: True for row in rows}
    app.say("%d selected" % len(rows))


def clear_selection(app: Any, event: dict[str, Any]) -> None:
    """Nothing selected; auto refresh goes on."""
    app.state["selected"] = {}
    loads.arm(app)


def copy(app: Any, event: dict[str, Any]) -> None:
    """The text of a cell."""
    copied(app, _data(event, "text"), "Copied")


def copied(app: Any, text: str, words: str) -> None:
    """To the clipboard, and says so."""
    if app.dom.copy(text):
        app.toast(words, "note")
    else:
        app.toast("The browser did not allow copying", "bad")


def copy_payload(app: Any, event: dict[str, Any]) -> None:
    """Byte for byte what is stored."""
    copied(app, app.state["detail"]["job"]["payload_text"], "Copied the payload")


def copy_error(app: Any, event: dict[str, Any]) -> None:
    """All of the last error."""
    copied(app, app.state["detail"]["job"]["last_error"], "Copied the error")


def copy_selected(app: Any, event: dict[str, Any]) -> None:
    """The selected rows as JSON."""
    rows = state.selected_rows(app.state)
    copied(app, export.as_json(rows), "Copied %d jobs as JSON" % len(rows))


def raw(app: Any, event: dict[str, Any]) -> None:
    """Payload as stored, or indented."""
    app.state["detail"]["raw"] = not app.state["detail"]["raw"]


def auto(app: Any, event: dict[str, Any]) -> None:
    """Seconds between refreshes, 0 for off."""
    app.state["look"]["auto"] = int(event.get("value") or 0)
    app.dom.store_set("gw-auto", str(app.state["look"]["auto"]))
    loads.arm(app)


def look(app: Any, event: dict[str, Any]) -> None:
    """Theme, accent, density."""
    name, value = _data(event, "name"), _data(event, "value")
    if value in state.LOOK.get(name, ()):
        app.state["look"][name] = value
        app.dom.store_set("gw-" + name, value)
        app.show_look()


def login(app: Any, event: dict[str, Any]) -> None:
    """A token typed: kept for this tab, tried at once."""
    token = str((event.get("form") or {}).get("token") or "").strip()
    if token:
        app.state["auth"].update({"token": token, "refused": False, "wanted": False})
        app.dom.tab_set("gw-token", token)
        loads.everything(app)


def logout(app: Any, event: dict[str, Any]) -> None:
    """The token is forgotten, and what it showed too."""
    app.dom.tab_set("gw-token", "")
    fresh = state.new(app.dom.url(), app.state["auth"]["mode"], app.state["auth"]["header"], app.state["read_only"])
    for name in ("jobs", "overview", "detail", "session", "selected", "result"):
        app.state[name] = fresh[name]
    app.state["auth"].update({"token": "", "wanted": True, "refused": False})


def dismiss_toast(app: Any, event: dict[str, Any]) -> None:
    """The cross on a notice."""
    app.drop_toast(_data(event, "id"))


def dismiss_result(app: Any, event: dict[str, Any]) -> None:
    """The result has been read."""
    app.state["result"] = None


def dismiss_dropped(app: Any, event: dict[str, Any]) -> None:
    """The address is put right as well."""
    app.state["dropped"] = []
    app.dom.set_url(url_state.to_url(app.state["route"]), True)


TABLE = {
    "go": go,
    "open": open_job,
    "close-job": close_job,
    "refresh": refresh,
    "search": search,
    "filter": add_filter,
    "filter-add": add_filter,
    "filter-drop": drop_filter,
    "limit": limit,
    "show-new": show_new,
    "select": select,
    "select-page": select_page,
    "clear-selection": clear_selection,
    "copy": copy,
    "copy-payload": copy_payload,
    "copy-error": copy_error,
    "copy-selected": copy_selected,
    "raw": raw,
    "auto": auto,
    "look": look,
    "login": login,
    "logout": logout,
    "dismiss-toast": dismiss_toast,
    "dismiss-result": dismiss_result,
    "dismiss-dropped": dismiss_dropped,
}
