"""The page's style sheet: the files of client/css in the order of their cascade layers."""

from __future__ import annotations

import re
from pathlib import Path

LAYERS = (
    "tokens",
    "base",
    "parts",
    "screens",
    "phone",
    "noscript",
)  # a rule of a later layer overrides those of an earlier one
FILES = (
    "base/tokens", "base/elements",
    "parts/frame", "parts/controls", "parts/banners", "parts/dialogs",
    "screens/state_counts", "screens/tables", "screens/filters", "screens/jobs", "screens/job", "screens/charts",
    "screens/others", "screens/errors", "phone/tables", "phone/screens", "base/noscript",
)  # fmt: skip
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_NO_SPACE_AFTER = ("{", "}", ";", ",", "(")


def sheet(folder: Path) -> str:
    """All files as one sheet without comments and indentation."""
    texts = [f"@layer {', '.join(LAYERS)};", *((folder / f"{name}.css").read_text("utf-8") for name in FILES)]
    out = ""
    for line in _COMMENT.sub("", "\n".join(texts)).splitlines():
        part = line.strip()
        if part.startswith(")"):
            out = out.rstrip()
        out += part if not part or part.endswith(_NO_SPACE_AFTER) else part + " "
    return out.replace(": ", ":").replace(" {", "{").replace("; }", "}").replace(";}", "}")
