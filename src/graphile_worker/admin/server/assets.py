"""The built assets, read once, served compressed as the client likes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin.server.paths import route_path

ASSETS = {
    "/assets/admin.css": ("admin.css", "text/css; charset=utf-8"),
    "/assets/admin.js": ("admin.js", "text/javascript; charset=utf-8"),
    "/assets/admin_ui.js": ("admin_ui.js", "text/javascript; charset=utf-8"),
    "/assets/admin_ui_bg.wasm": ("admin_ui_bg.wasm", "application/wasm"),
    "/favicon.ico": ("favicon.svg", "image/svg+xml"),
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file in every encoding that was built."""

    encodings: dict[str, bytes]
    etag: str


@cache
def load(name: str) -> Asset:
    """Reads a built asset; raises RuntimeError with what to do where nothing was built."""
    folder = resources.files("graphile_worker.admin").joinpath("assets")
    try:
        plain = folder.joinpath(name).read_bytes()
    except FileNotFoundError:
        raise RuntimeError(f"the asset {name} is not built: run scripts/build") from None
    encodings = {"identity": plain}
    for encoding, suffix in (("br", ".br"), ("gzip", ".gz")):
        packed = folder.joinpath(name + suffix)
        if packed.is_file():
            encodings[encoding] = packed.read_bytes()
    return Asset(encodings, f'"{hashlib.sha256(plain).hexdigest()[:20]}"')


async def asset(request: Request) -> Response:
    """One of the five files."""
    name, media_type = ASSETS[route_path(request.scope)]
    found = load(name)
    headers = {"ETag": found.etag, "Vary": "Accept-Encoding"}
    if found.etag in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    encoding = preferred(request, found.encodings)
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    return Response(found.encodings[encoding], headers=headers, media_type=media_type)


def preferred(request: Request, offered: Collection[str]) -> str:
    """The smallest encoding that the client takes, of those offered; `;q=0` is a refusal."""
    taken = set()
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = part.strip().partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            taken.add(name.strip())
    return next((encoding for encoding in ("br", "gzip") if encoding in taken and encoding in offered), "identity")
