"""How a person wants the page: the choices there are, and what is usual. Remembered by the browser, see handlers/settings.py."""

from __future__ import annotations

from typing import Any

AUTO_CHOICES = (0, 2, 5, 15, 60)
AUTO_DEFAULT = 5
THEMES = ("system", "light", "dark")
ACCENTS = ("cyan", "emerald", "violet", "amber")
DENSITIES = ("comfortable", "compact")
COLUMNS = (
    ("queue", "Queue"),
    ("at", "Run at"),
    ("made", "Created"),
    ("worker", "Worker"),
    ("tries", "Attempts"),
    ("pri", "Priority"),
    ("key", "Key"),
    ("data", "Payload"),
    ("err", "Last error"),
)
COLUMNS_USUAL = ("queue", "at", "tries", "pri", "key", "data", "err")
ZONES = ("local", "utc")
LOOK = {"theme": THEMES, "accent": ACCENTS, "density": DENSITIES, "zone": ZONES}


def usual() -> dict[str, Any]:
    """The look of a browser that remembers none."""
    return {
        "activity": False,
        "theme": "system",
        "accent": "cyan",
        "density": "comfortable",
        "zone": "local",
        "auto": AUTO_DEFAULT,
        "columns": COLUMNS_USUAL,
    }


def remembered(kept: Any) -> dict[str, Any]:
    """The look as `kept(key)` of this browser has it; anything unknown is as usual."""
    look = usual()
    for name, allowed in LOOK.items():
        value = kept("gw-" + name)
        if value in allowed:
            look[name] = value
    look["activity"] = kept("gw-activity") == "open"
    seconds = kept("gw-auto") or ""
    if seconds in [str(one) for one in AUTO_CHOICES]:
        look["auto"] = int(seconds)
    columns = kept("gw-columns")
    if columns:
        look["columns"] = tuple([name for name, _ in COLUMNS if name in columns.split(" ")])
    return look


def hidden(look: dict[str, Any]) -> str:
    """The columns that are not chosen, as the style sheet knows them."""
    return " ".join([name for name, _ in COLUMNS if name not in look["columns"]])
