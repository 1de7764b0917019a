"""Token login of bearer and header mode."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.html import esc, icon


def panel(state: dict[str, Any]) -> str:
    """Asks for the token; says where it stays and whether the last one was refused."""
    auth = state["auth"]
    where = "Authorization: Bearer" if auth["mode"] == "bearer" else auth["header"]
    wrong = '<p class="error" role="alert">%s The server refused this token.</p>' % icon("circle-alert")
    return (
        '<form class="login sheet" data-action="login"><div class="mark">%s</div><h2>Log in with a token</h2>'
        '<p class="soft">Sent as <code>%s</code> with every request, kept for this tab only.</p>'
        '<label><span>Token</span><input class="text mono" name="token" type="password" required autocomplete="off" '
        'spellcheck="false" id="gw-token"%s></label>%s<button class="btn main">Use token</button></form>'
    ) % (
        icon("key-round"),
        esc(where),
        ' aria-invalid="true"' if auth["refused"] else "",
        wrong if auth["refused"] else "",
    )
