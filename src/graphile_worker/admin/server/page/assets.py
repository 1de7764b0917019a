"""The built assets: read once, and served in an encoding that the client accepts."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from graphile_worker.admin import manifest
from graphile_worker.admin.server.context import context_of
from graphile_worker.admin.server.http.paths import route_path
from graphile_worker.admin.server.page.environment import DEFAULT_COLOR, favicon

FAVICON = "favicon.svg"
ASSETS = {
    "/assets/admin.css": ("admin.css", "text/css; charset=utf-8"),
    "/assets/admin.js": ("admin.js", "text/javascript; charset=utf-8"),
    "/assets/admin_ui.js": ("admin_ui.js", "text/javascript; charset=utf-8"),
    "/assets/admin_ui_bg.wasm": ("admin_ui_bg.wasm", "application/wasm"),
    "/assets/admin_ui_more.bin": ("admin_ui_more.bin", "application/octet-stream"),
    "/favicon.ico": (FAVICON, "image/svg+xml"),
}
SUFFIXES = {"br": ".br", "gzip": ".gz"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file in its encodings."""

    encodings: dict[str, bytes]
    etag: str


def load(name: str) -> Asset:
    """One of the assets. Raises AssetsChanged when any asset is not the one that was built."""
    return loaded()[name]


@cache
def loaded() -> dict[str, Asset]:
    """Every asset by its name without the suffix of an encoding. Raises AssetsChanged."""
    files = manifest.read(manifest.folder())
    plain = [name for name in files if not name.endswith(tuple(SUFFIXES.values()))]
    if absent := sorted({name for name, _ in ASSETS.values()} - set(plain)):
        raise manifest.AssetsChanged(f"The page's asset {absent[0]} is missing: nothing is served.")
    return {name: _asset(name, files) for name in plain}


@cache
def build() -> str:
    """The version of the assets in twelve hexadecimal characters: `?v=` of the page's references, and BUILD_HEADER."""
    etags = "".join(found.etag for _, found in sorted(loaded().items()))
    return hashlib.sha256(etags.encode()).hexdigest()[:12]


def is_other_build(query: bytes) -> bool:
    """Whether a request for an asset names another build, for example while several replicas are upgraded."""
    version, _, _ = query.partition(b"&")
    return version.startswith(b"v=") and version != b"v=" + build().encode()


def _asset(name: str, files: Mapping[str, bytes]) -> Asset:
    packed = {encoding: files[name + suffix] for encoding, suffix in SUFFIXES.items() if name + suffix in files}
    return Asset({"identity": files[name]} | packed, f'"{hashlib.sha256(files[name]).hexdigest()[:20]}"')


@cache
def _favicon(color: str) -> Asset:
    content = favicon(load(FAVICON).encodings["identity"], color)
    return _asset(FAVICON, {FAVICON: content})


async def asset(request: Request) -> Response:
    """One of the assets."""
    name, media_type = ASSETS[route_path(request.scope)]
    config = context_of(request).config
    if name == FAVICON and config.environment is not None:
        found = _favicon(config.environment_color or DEFAULT_COLOR)
    else:
        found = load(name)
    headers = {"ETag": found.etag, "Vary": "Accept-Encoding"}
    if found.etag in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    encoding = preferred(request, found.encodings)
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    return Response(found.encodings[encoding], headers=headers, media_type=media_type)


def preferred(request: Request, offered: Collection[str]) -> str:
    """The smallest of the offered encodings that the client accepts. An encoding with `;q=0` is not accepted."""
    accepted = set()
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = part.strip().partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            accepted.add(name.strip())
    return next((encoding for encoding in ("br", "gzip") if encoding in accepted and encoding in offered), "identity")
