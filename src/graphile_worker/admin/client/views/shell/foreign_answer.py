"""Links for a response that is not the admin's, and for a page that is older than the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.text.html import icon

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Error, State


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


def is_outdated(state: State) -> bool:
    """Whether the last response came from another build than this page."""
    return bool(state["build"] and state["page_build"] and state["build"] != state["page_build"])
