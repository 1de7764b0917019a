"""`GET /`: the page. What the browser program needs stands in attributes of its root element."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.client.views.page import first
from graphile_worker.admin.server.assets import load
from graphile_worker.admin.server.context import Context, context_of


async def page(request: Request) -> Response:
    """The same for every address of the page: the URL's parameters are the browser's business."""
    return Response(render(context_of(request), request.url.query), media_type="text/html")


def render(context: Context, search: str = "") -> str:
    """The page of this admin; in bearer and header mode it is public and holds no token."""
    config = context.config
    public = config.auth.mode in ("bearer", "header")
    attributes = {
        "auth-mode": config.auth.mode,
        "auth-header": config.auth.header_name or "",
        "read-only": str(config.read_only).lower(),
        "csrf": "" if public else context.csrf.token(),
        "csrf-header": CSRF_HEADER,
        "schema": config.utils.schema.name,
    }
    data = " ".join(f'data-{name}="{escape(value)}"' for name, value in attributes.items())
    auth = config.auth
    shell = first(search, auth.mode, auth.header_name or "", config.read_only, config.utils.schema.name)
    icons = load("icons.svg").encodings["identity"].decode()
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Jobs · Graphile Worker</title>
<link rel="icon" href="favicon.ico" type="image/svg+xml">
<link rel="stylesheet" href="assets/admin.css">
<link rel="modulepreload" href="assets/admin_ui.js">
<link rel="preload" href="assets/admin_ui_bg.wasm" as="fetch" type="application/wasm" crossorigin>
<script type="module" src="assets/admin.js"></script>
</head>
<body>
{icons}
<div id="gw-admin" {data}>{shell}</div>
<noscript>This page needs JavaScript and WebAssembly.</noscript>
</body>
</html>
"""
