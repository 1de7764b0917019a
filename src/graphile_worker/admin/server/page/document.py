"""`GET /`: the page, drawn. What the browser program needs stands in attributes of its root element and in a JSON block."""

from __future__ import annotations

import asyncio
import gzip
from functools import lru_cache
from html import escape

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.server.context import Context, context_of
from graphile_worker.admin.server.http.paths import PUBLIC
from graphile_worker.admin.server.page import prerender, slash
from graphile_worker.admin.server.page.assets import build, load, preferred
from graphile_worker.admin.server.page.internal_client import ask
from graphile_worker.core.secrets.redaction import redacting_logger

log = redacting_logger("graphile_worker.admin")
AGAIN = '<noscript><meta http-equiv="refresh" content="2"></noscript>'  # where no program asks for what came too late
GZIP_LEVEL = 6
PUBLIC_SEARCH_MAX = 1000  # characters of an address with which the public page is drawn
PUBLIC_PAGES_KEPT = 16
WAIT = 0.4  # seconds that the page waits for its rows; what comes later, the browser asks for
_INERT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


async def page(request: Request) -> Response:
    """The screen of this address with its rows; without the secret of bearer and header mode it is public and tells nothing."""
    context, query = context_of(request), request.scope["query_string"].decode("latin-1")
    if query == slash.QUERY:
        return slash.script()
    search, roots = "?" + query, _roots(request, context)
    if not roots["csrf"]:
        return await _public(request, search, roots)
    asked = prerender.questions(search, roots)
    answers = await _answers(request, asked) if asked else {}
    seed = msgspec.json.encode(answers).decode()
    try:
        screen = prerender.drawn(search, roots, seed)
    except Exception as error:  # rows that cannot be drawn must not take the page away: the browser program asks anew
        log.error("the first screen could not be drawn: %s: %s", type(error).__name__, error)
        seed = "{}"
        screen = prerender.drawn(search, roots, seed)
    again = AGAIN if len(answers) < len(asked) else ""
    html = _html(roots, screen, seed.translate(_INERT), again + _slash(request))
    if preferred(request, ["gzip"]) != "gzip":
        return Response(html, media_type="text/html")
    return _gzipped(await asyncio.to_thread(_compressed, html))


async def _public(request: Request, search: str, roots: dict[str, str]) -> Response:
    """The page of bearer and header mode, without rows. Nobody has logged in, so it must cost little: it is drawn once for an
    address, and an address that is too long is left to the browser program."""
    known = search if len(search) <= PUBLIC_SEARCH_MAX else "?"
    html, compressed = _public_page(known, tuple(roots.items()), _slash(request))
    if preferred(request, ["gzip"]) != "gzip":
        return Response(html, media_type="text/html")
    return _gzipped(compressed)


@lru_cache(maxsize=PUBLIC_PAGES_KEPT)
def _public_page(search: str, roots: tuple[tuple[str, str], ...], head: str) -> tuple[str, bytes]:
    html = _html(dict(roots), prerender.drawn(search, dict(roots), "{}"), "{}", head)
    return html, _compressed(html)


def _slash(request: Request) -> str:
    """Where the server knows its place, it redirects to the last slash itself."""
    return "" if request.scope.get("root_path") else slash.TAG


def _compressed(html: str) -> bytes:
    """As small as it goes in some milliseconds: of a first visit, this is what travels every time."""
    return gzip.compress(html.encode(), GZIP_LEVEL, mtime=0)


def _gzipped(body: bytes) -> Response:
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(body, media_type="text/html", headers=headers)


async def _answers(request: Request, paths: list[str]) -> dict[str, msgspec.Raw]:
    """`[status, answer]` by path, of those that came in time; a page has to come up whatever the database does."""
    asked = {path: asyncio.create_task(ask(request, path)) for path in paths}
    try:
        _, late = await asyncio.wait(asked.values(), timeout=WAIT)
    except asyncio.CancelledError:
        for task in asked.values():
            task.cancel()
        raise
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    done = {path: task.result() for path, task in asked.items() if task not in late and not task.exception()}
    return {path: msgspec.Raw(b"[%d,%s]" % (status, body)) for path, (status, body) in done.items()}


def _roots(request: Request, context: Context) -> dict[str, str]:
    """The attributes of the root element, without `data-`; no CSRF token where the page is public."""
    config, public = context.config, request.scope["state"].get(PUBLIC, True)
    return {
        "auth-mode": config.auth.mode,
        "auth-header": config.auth.header_name or "",
        "read-only": str(config.read_only).lower(),
        "csrf": "" if public else context.csrf.token(),
        "csrf-header": CSRF_HEADER,
        "schema": config.utils.schema.name,
        "build": build(),
    }


def _html(roots: dict[str, str], screen: prerender.Still, seed: str, head: str) -> str:
    version = f"?v={roots['build']}"
    attributes = " ".join(f'data-{name}="{escape(value)}"' for name, value in roots.items())
    icons = load("icons.svg").encodings["identity"].decode()
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(screen.title)}</title>{head}
<link rel="icon" href="favicon.ico{version}" type="image/svg+xml">
<link rel="stylesheet" href="assets/admin.css{version}">
<link rel="modulepreload" href="assets/admin_ui.js{version}">
<link rel="preload" href="assets/admin_ui_bg.wasm{version}" as="fetch" type="application/wasm" crossorigin>
<script type="module" src="assets/admin.js{version}"></script>
</head>
<body>
{icons}
<div id="gw-admin" {attributes}>{screen.html}</div>
<script type="application/json" id="gw-seed">{seed}</script>
<noscript><p class="banner">Without scripts this page lists, filters and opens jobs; it changes nothing.</p></noscript>
</body>
</html>
"""
