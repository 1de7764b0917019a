"""The token login of the bearer and header modes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.text.html import esc, icon
from graphile_worker.admin.client.views.shell import error_texts

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import State


_ENDED = (
    '<p class="note" role="status">Your login has ended. What you selected and typed is kept: '
    "log in again and go on.</p>"
)


def panel(state: State) -> str:
    """The form for the token, with the error of a refused one."""
    auth = state["auth"]
    where = "Authorization: Bearer" if auth["mode"] == "bearer" else auth["header"]
    problem = auth["problem"]
    text = "The server refused this token." if auth["refused"] else error_texts.full(problem or {})
    wrong = '<p class="error" role="alert">%s <span>%s%s</span></p>' % (
        icon("circle-alert"),
        text,
        error_texts.login_link(problem),
    )
    return (
        '<form class="login table-panel" data-action="login"><div class="logo">%s</div><h2>Log in with a token</h2>%s'
        '<p class="soft">Sent as <code>%s</code> with every request, kept for this tab only.</p>'
        '<label><span>Token</span><input class="text mono" name="token" type="password" required autocomplete="off" data-keep '
        'spellcheck="false" id="gw-token"%s></label>%s<button class="btn main">Use token</button></form>'
    ) % (
        icon("key-round"),
        _ENDED if auth["ended"] else "",
        esc(where),
        ' aria-invalid="true"' if auth["refused"] else "",
        wrong if auth["refused"] or problem else "",
    )
