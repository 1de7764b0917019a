"""The manifest of the assets: hashes that are written by the build and compared before the assets are served."""

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
    """An asset of the page is not the one that was built."""

    code = "assets_changed"


def folder() -> Traversable:
    """The directory of the assets."""
    return resources.files("graphile_worker.admin").joinpath("assets")


def text(files: Mapping[str, bytes]) -> str:
    """The manifest of these files."""
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    return json.dumps({"sha256": hashes}, indent=1) + "\n"


def read(directory: Traversable) -> dict[str, bytes]:
    """The bytes of every asset by name. Raises AssetsChanged for an invalid manifest, and for a file that is missing,
    changed, or not in the manifest.
    """
    hashes = _hashes(directory)
    present = {entry.name for entry in directory.iterdir() if entry.is_file()} - {NAME}
    if unknown := sorted(present - hashes.keys()):
        raise AssetsChanged(f"The page's asset {unknown[0]} is not in {NAME}: nothing is served.", hint=_HINT)
    if absent := sorted(hashes.keys() - present):
        raise AssetsChanged(f"The page's asset {absent[0]} is missing: nothing is served.", hint=_HINT)
    files = {name: directory.joinpath(name).read_bytes() for name in hashes}
    for name, data in files.items():
        if hashlib.sha256(data).hexdigest() != hashes[name]:
            raise AssetsChanged(
                f"The page's asset {name} is not the one that was built: nothing is served.", hint=_HINT
            )
    return files


def _hashes(directory: Traversable) -> dict[str, str]:
    """The hashes by name. Raises AssetsChanged."""
    try:
        hashes = json.loads(directory.joinpath(NAME).read_bytes())["sha256"]
    except FileNotFoundError:
        raise AssetsChanged(f"The page's assets have no {NAME}: nothing is served.", hint=_HINT) from None
    except (ValueError, LookupError, TypeError, OSError):
        hashes = None
    if not isinstance(hashes, dict) or not hashes:
        raise AssetsChanged(f"The {NAME} of the page's assets cannot be read: nothing is served.", hint=_HINT)
    return hashes
