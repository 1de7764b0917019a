"""`GET /`: the page, drawn. What the browser program needs stands in attributes of its root element and in a JSON block."""

from __future__ import annotations

import asyncio
import gzip
import logging
from html import escape

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.server import still
from graphile_worker.admin.server.assets import load, preferred
from graphile_worker.admin.server.context import Context, context_of
from graphile_worker.admin.server.inside import ask

log = logging.getLogger("graphile_worker.admin")
AGAIN = '<noscript><meta http-equiv="refresh" content="2"></noscript>'  # where no program asks for what came too late
GZIP_LEVEL = 6
WAIT = 0.4  # seconds that the page waits for its rows; what comes later, the browser asks for
_INERT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


async def page(request: Request) -> Response:
    """The screen of this address with its rows; in bearer and header mode the page is public and tells nothing."""
    context = context_of(request)
    search, roots = "?" + request.scope["query_string"].decode("utf-8", "replace"), _roots(context)
    asked = still.questions(search, roots) if roots["csrf"] else []
    answers = await _answers(request, asked) if asked else {}
    seed = msgspec.json.encode(answers).decode()
    try:
        screen = still.drawn(search, roots, seed)
    except Exception as error:  # rows that cannot be drawn must not take the page away: the browser program asks anew
        log.error("the first screen could not be drawn: %s: %s", type(error).__name__, error)
        seed = "{}"
        screen = still.drawn(search, roots, seed)
    again = AGAIN if len(answers) < len(asked) else ""
    return await _packed(request, _html(roots, screen, seed.translate(_INERT), again))


async def _packed(request: Request, html: str) -> Response:
    """As small as it goes in some milliseconds: of a first visit, this is what travels every time."""
    if preferred(request, ["gzip"]) != "gzip":
        return Response(html, media_type="text/html")
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    packed = await asyncio.to_thread(gzip.compress, html.encode(), GZIP_LEVEL, mtime=0)
    return Response(packed, media_type="text/html", headers=headers)


async def _answers(request: Request, paths: list[str]) -> dict[str, msgspec.Raw]:
    """`[status, answer]` by path, of those that came in time; a page has to come up whatever the database does."""
    asked = {path: asyncio.create_task(ask(request, path)) for path in paths}
    _, late = await asyncio.wait(asked.values(), timeout=WAIT)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    done = {path: task.result() for path, task in asked.items() if task not in late and not task.exception()}
    return {path: msgspec.Raw(b"[%d,%s]" % (status, body)) for path, (status, body) in done.items()}


def _roots(context: Context) -> dict[str, str]:
    """The attributes of the root element, without `data-`; no CSRF token where the page is public."""
    config = context.config
    return {
        "auth-mode": config.auth.mode,
        "auth-header": config.auth.header_name or "",
        "read-only": str(config.read_only).lower(),
        "csrf": "" if config.auth.mode in still.TOKEN_MODES else context.csrf.token(),
        "csrf-header": CSRF_HEADER,
        "schema": config.utils.schema.name,
    }


def _html(roots: dict[str, str], screen: still.Still, seed: str, again: str) -> str:
    attributes = " ".join(f'data-{name}="{escape(value)}"' for name, value in roots.items())
    icons = load("icons.svg").encodings["identity"].decode()
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(screen.title)}</title>{again}
<link rel="icon" href="favicon.ico" type="image/svg+xml">
<link rel="stylesheet" href="assets/admin.css">
<link rel="modulepreload" href="assets/admin_ui.js">
<link rel="preload" href="assets/admin_ui_bg.wasm" as="fetch" type="application/wasm" crossorigin>
<script type="module" src="assets/admin.js"></script>
</head>
<body>
{icons}
<div id="gw-admin" {attributes}>{screen.html}</div>
<script type="application/json" id="gw-seed">{seed}</script>
<noscript><p class="banner">Without scripts this page lists, filters and opens jobs; it changes nothing.</p></noscript>
</body>
</html>
"""
