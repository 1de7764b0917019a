"""The same as a command: a closed block with lines to copy, under a dialog and in the menu Export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.commands import curl
from graphile_worker.admin.client.text.format import integer
from graphile_worker.admin.client.text.html import button, esc

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Command, Dialog, State

SHOWN_MAX = 8000  # characters of a line; copying has all of it
KINDS = ("action", "bulk", "add", "remove", "payload", "maintain")  # of dialogs that have commands


def of_dialog(state: State, dialog: Dialog) -> str:
    """The block under a dialog; its lines are made when it is opened."""
    if dialog["kind"] not in KINDS:
        return ""
    more = " The commands do not check that the jobs are still as shown here." if dialog["kind"] == "action" else ""
    return block(state, dialog["commands"], more)


def block(state: State, commands: list[Command], more: str = "") -> str:
    """A closed block with these lines, and where the address and the secret come from."""
    lines = "".join([_line(one) for one in commands])
    return (
        '<details class="commands"><summary>The same as a command</summary><div>%s<p class="hint">%s</p></div></details>'
    ) % (lines, esc(_sources(state, commands) + more))


def _line(one: Command) -> str:
    text, cut = one["text"], ""
    if len(text) > SHOWN_MAX:
        text, cut = (
            text[:SHOWN_MAX] + "…",
            '<p class="hint">Cut after %s characters; copy has all.</p>' % integer(SHOWN_MAX),
        )
    copy = button(
        "Copy", "copy-command", "bare small", "copy", data_name=one["name"], aria_label="Copy " + one["label"]
    )
    return '<section aria-label="%s"><header><b>%s</b>%s</header><pre tabindex="0">%s</pre>%s</section>' % (
        one["label"],
        one["label"],
        copy,
        esc(text),
        cut,
    )


def _sources(state: State, commands: list[Command]) -> str:
    names, session, secret = [one["name"] for one in commands], state["session"], curl.secret(state)
    database = session.get("database") if session else None
    words = "The command line takes the database%s from DATABASE_URL." % (" " + database if database else "")
    if "cli" not in names:
        words = ""
    if "curl" in names and secret:
        words += " curl takes the secret from $%s." % secret
    return words.strip()
