"""The sprite of the icons that the page uses."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.assets.failure import BuildError

_USED = re.compile(r"icon\(\s*\"([a-z0-9-]+)\"")
_LISTED = re.compile(r"^    \"([a-z0-9-]+)\",$", re.MULTILINE)
_SVG = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)


def names(client: Path) -> list[str]:
    """The names in icons.py, and the literal names in views."""
    found = set(_LISTED.findall((client / "text" / "icons.py").read_text("utf-8")))
    for path in client.rglob("*.py"):
        found.update(_USED.findall(path.read_text("utf-8")))
    return sorted(found)


def sprite(wanted: list[str], lucide: Path) -> str:
    """One hidden SVG with a symbol `i-NAME` per icon. Raises BuildError for a name that lucide lacks."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0" aria-hidden="true" style="position:absolute">'
        + "".join(_symbol(name, lucide / "icons" / f"{name}.svg") for name in wanted)
        + "</svg>"
    )


def _symbol(name: str, path: Path) -> str:
    if not path.is_file():
        raise BuildError(f"lucide has no icon {name!r}, which the client uses")
    found = _SVG.search(path.read_text("utf-8"))
    if not found:
        raise BuildError(f"the icon {name!r} is not one <svg> element")
    inner = re.sub(r">\s+<", "><", found.group(1).strip())
    look = 'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="i-{name}" {look}>{inner}</symbol>'
