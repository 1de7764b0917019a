"""`GET /`: the rendered page. The root element's attributes and a JSON block have the data for the browser program."""

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
from graphile_worker.admin.server.page import prerender, slash_script
from graphile_worker.admin.server.page.assets import build, load, preferred
from graphile_worker.admin.server.page.environment import DEFAULT_COLOR
from graphile_worker.admin.server.page.internal_client import get
from graphile_worker.core.secrets.redaction import redacting_logger

log = redacting_logger("graphile_worker.admin")
RELOAD = '<noscript><meta http-equiv="refresh" content="2"></noscript>'  # without scripts, reloads a page whose rows were late
GZIP_LEVEL = 6
PUBLIC_SEARCH_MAX = 1000  # characters of a query for which the public page is rendered
PUBLIC_PAGES_KEPT = 16
WAIT = 0.4  # seconds that the page waits for its rows; the browser program requests the others
_INERT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


async def page(request: Request) -> Response:
    """The page of this address with its rows. In bearer and header mode, a request without the secret gets no rows."""
    context, query = context_of(request), request.scope["query_string"].decode("latin-1")
    if query == slash_script.QUERY:
        return slash_script.script()
    search, roots = "?" + query, _roots(request, context)
    if not roots["csrf"]:
        return await _public(request, search, roots)
    paths = prerender.initial_requests(search, roots)
    answers = await _answers(request, paths) if paths else {}
    seed = msgspec.json.encode(answers).decode()
    try:
        screen = prerender.render(search, roots, seed)
    except Exception as error:  # without rows the browser program loads them itself
        log.error("the first screen could not be drawn: %s: %s", type(error).__name__, error)
        seed = "{}"
        screen = prerender.render(search, roots, seed)
    reload = RELOAD if len(answers) < len(paths) else ""
    html = _html(roots, screen, seed.translate(_INERT), reload + _slash(request))
    if preferred(request, ["gzip"]) != "gzip":
        return Response(html, media_type="text/html")
    return _gzipped(await asyncio.to_thread(_compressed, html))


async def _public(request: Request, search: str, roots: dict[str, str]) -> Response:
    """The page of bearer and header mode, without rows.

    It needs no credentials, so that it must be cheap: it is cached by query, and a query that is too long is left to the
    browser program.
    """
    known = search if len(search) <= PUBLIC_SEARCH_MAX else "?"
    html, compressed = _public_page(known, tuple(roots.items()), _slash(request))
    if preferred(request, ["gzip"]) != "gzip":
        return Response(html, media_type="text/html")
    return _gzipped(compressed)


@lru_cache(maxsize=PUBLIC_PAGES_KEPT)
def _public_page(search: str, roots: tuple[tuple[str, str], ...], head: str) -> tuple[str, bytes]:
    html = _html(dict(roots), prerender.render(search, dict(roots), "{}"), "{}", head)
    return html, _compressed(html)


def _slash(request: Request) -> str:
    """The tag of the slash script. With a root path, RedirectToSlash does it."""
    return "" if request.scope.get("root_path") else slash_script.TAG


def _compressed(html: str) -> bytes:
    """Compresses a page in a few milliseconds. Unlike the assets, the page is not cached."""
    return gzip.compress(html.encode(), GZIP_LEVEL, mtime=0)


def _gzipped(body: bytes) -> Response:
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(body, media_type="text/html", headers=headers)


async def _answers(request: Request, paths: list[str]) -> dict[str, tuple[int, msgspec.Raw]]:
    """Requests these paths of the API. Returns status and body by path for those that answer within WAIT seconds, so
    that the page is sent even if the database does not answer."""
    tasks = {path: asyncio.create_task(get(request, path)) for path in paths}
    try:
        _, late = await asyncio.wait(tasks.values(), timeout=WAIT)
    except asyncio.CancelledError:
        for task in tasks.values():
            task.cancel()
        raise
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    done = {path: task.result() for path, task in tasks.items() if task not in late and not task.exception()}
    return {path: (status, msgspec.Raw(body)) for path, (status, body) in done.items()}


def _roots(request: Request, context: Context) -> dict[str, str]:
    """The attributes of the root element, without `data-`. A public page has no CSRF token."""
    config, public = context.config, request.scope["state"].get(PUBLIC, True)
    return {
        "auth-mode": config.auth.mode,
        "auth-header": config.auth.header_name or "",
        "read-only": str(config.read_only).lower(),
        "csrf": "" if public else context.csrf.token(),
        "csrf-header": CSRF_HEADER,
        "schema": config.utils.schema.name,
        "environment": config.environment or "",
        "environment-color": config.environment_color or DEFAULT_COLOR,
        "build": build(),
    }


def _html(roots: dict[str, str], screen: prerender.ServerDom, seed: str, head: str) -> str:
    version = f"?v={roots['build']}"
    color = f"&environment={roots['environment-color']}" if roots["environment"] else ""
    second = (
        f'\n<link rel="preload" href="assets/admin_ui_more.bin{version}" as="fetch" crossorigin>'
        if screen.second_file
        else ""
    )
    attributes = " ".join(f'data-{name}="{escape(value)}"' for name, value in roots.items())
    icons = load("icons.svg").encodings["identity"].decode()
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(screen.title)}</title>{head}
<link rel="icon" href="favicon.ico{escape(version + color)}" type="image/svg+xml">
<link rel="stylesheet" href="assets/admin.css{version}">
<link rel="modulepreload" href="assets/admin_ui.js{version}">
<link rel="preload" href="assets/admin_ui_bg.wasm{version}" as="fetch" type="application/wasm" crossorigin>{second}
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
