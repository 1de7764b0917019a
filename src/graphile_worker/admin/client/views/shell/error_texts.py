"""The texts of errors, the same in banners, the panel, dialogs and in place of rows, and the links that may help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.second_file import OTHER_BUILD, SECOND_FILE
from graphile_worker.admin.client.model.state import age, refusal, shown_part
from graphile_worker.admin.client.text.format import duration, message_of, sentences, server_words
from graphile_worker.admin.client.text.html import button, code, esc, icon

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Error, State


def sentence(error: Error) -> str:
    """The error message."""
    return sentences(message_of(error) or "There was no answer")


def details(error: Error, *others: object) -> str:
    """HTML of the message of the database server, the hint, and other sentences."""
    found = [esc(sentences(server_words(error))), code(sentences(error.get("hint"), *others))]
    return " ".join([text for text in found if text])


def full(error: Error) -> str:
    """HTML of the error as one text: its message, followed by its details."""
    rest = details(error)
    return esc(sentence(error)) + (" " + rest if rest else "")


def request_id(error: Error) -> str:
    """HTML of the request id, which the log of the server has too."""
    name = error.get("request_id")
    return ' <span class="faint">request <code>%s</code></span>' % esc(name) if name else ""


def age_note(state: State) -> str:
    """The age of the data on the screen."""
    seconds = age(state, shown_part(state))
    return (
        "Nothing has been loaded yet."
        if seconds is None
        else "Showing data from %s ago%s." % (duration(seconds), "; retrying" if state["preferences"]["auto"] else "")
    )


def remedy(state: State, error: Error, kind: str = "small") -> str:
    """HTML of the buttons that may help; empty where the page cannot help."""
    what = error.get("code")
    if what == "schema_missing":
        refused = refusal(state, "migrate")
        return "" if refused else button("Migrate…", "maintain", kind, "database", data_name="migrate")
    if what in ("row_security", "permission_denied"):
        return ""
    if error.get("login"):
        return reload_button("Reload to log in", kind)
    again = button("Try again", "refresh", kind, "refresh-cw")
    return login_button(kind) + again if what == "unauthorized" else again


def login_link(error: Error | None) -> str:
    """A link to the login page in a new tab, so that this one keeps its input; empty if a login would not help."""
    if not (error or {}).get("login"):
        return ""
    return ' <a href="?" target="_blank" rel="noopener">Log in in another tab</a>'


def login_button(kind: str = "") -> str:
    """The same as a button, for an expired login of the admin."""
    form = '<a class="btn %s" href="?" target="_blank" rel="noopener">%s<span>Log in in another tab</span></a>'
    return form % (kind, icon("key-round"))


def reload_button(label: str, kind: str = "") -> str:
    """A button that reloads the page."""
    return '<a class="btn %s" href="">%s<span>%s</span></a>' % (kind, icon("refresh-cw"), label)


def second_file_buttons(error: Error | None) -> str:
    """The buttons for a second file that was not loaded; of another build, only a reload helps."""
    what = (error or {}).get("code")
    if what not in (SECOND_FILE, OTHER_BUILD):
        return ""
    again = button("Try again", "load-again", "small", "refresh-cw") if what == SECOND_FILE else ""
    return " " + again + reload_button("Reload", "small")


def is_outdated(state: State) -> bool:
    """Whether the last response came from another build than this page."""
    return bool(state["build"] and state["page_build"] and state["build"] != state["page_build"])


def icon_name(error: Error) -> str:
    """The icon for the error."""
    what = str(error.get("code"))
    if what in ("row_security", "permission_denied", "unauthorized") or error.get("login"):
        return "lock"
    return {"schema_missing": "database", "database_unavailable": "unplug", "network": "unplug"}.get(
        what, "circle-alert"
    )


def short(error: Error) -> str:
    """One or two words for the bar, while no data is loaded."""
    what = str(error.get("code"))
    if what == "database_unavailable" and server_words(error):
        return "refused"
    return _WORDS.get(what, "not loaded")


_WORDS = {
    "network": "no answer",
    "foreign": "not reached",
    "database_unavailable": "database away",
    "unauthorized": "not logged in",
    "permission_denied": "no rights",
    "row_security": "no rights",
    "schema_missing": "no schema",
    "query_timeout": "timed out",
    "busy": "busy",
}
