"""The hashes of everything the browser gets: written when the assets are built, compared before they are served."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable

from graphile_worker.core.exceptions import GraphileWorkerError

NAME = "manifest.json"
_HINT = "Install graphile-worker again; in a source tree run scripts/build."


class AssetsChanged(GraphileWorkerError):
    """The assets of the page are not the ones that were built."""

    code = "assets_changed"


def folder() -> Traversable:
    """Where the assets of this installation lie."""
    return resources.files("graphile_worker.admin").joinpath("assets")


def text(files: Mapping[str, bytes]) -> str:
    """The manifest of these files."""
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    return json.dumps({"sha256": hashes}, indent=1) + "\n"


def read(place: Traversable) -> dict[str, bytes]:
    """Name -> bytes of every asset, each compared with its hash.

    Raises AssetsChanged when the manifest cannot be used, or a file is missing, changed, or not in the manifest.
    """
    hashes = _hashes(place)
    present = {entry.name for entry in place.iterdir() if entry.is_file()} - {NAME}
    if unknown := sorted(present - hashes.keys()):
        raise AssetsChanged(f"The page's asset {unknown[0]} is not in {NAME}: nothing is served.", hint=_HINT)
    if absent := sorted(hashes.keys() - present):
        raise AssetsChanged(f"The page's asset {absent[0]} is missing: nothing is served.", hint=_HINT)
    files = {name: place.joinpath(name).read_bytes() for name in hashes}
    for name, data in files.items():
        if hashlib.sha256(data).hexdigest() != hashes[name]:
            raise AssetsChanged(
                f"The page's asset {name} is not the one that was built: nothing is served.", hint=_HINT
            )
    return files


def _hashes(place: Traversable) -> dict[str, str]:
    """What the manifest says."""
    try:
        hashes = json.loads(place.joinpath(NAME).read_bytes())["sha256"]
    except FileNotFoundError:
        raise AssetsChanged(f"The page's assets have no {NAME}: nothing is served.", hint=_HINT) from None
    except (ValueError, LookupError, TypeError, OSError):
        hashes = None
    if not isinstance(hashes, dict) or not hashes:
        raise AssetsChanged(f"The {NAME} of the page's assets cannot be read: nothing is served.", hint=_HINT)
    return hashes
