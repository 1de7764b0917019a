"""What a person can choose for this browser: the choices, the defaults, and what the browser remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeGuard

    from graphile_worker.admin.client.model.types import ChoiceName, Preferences

AUTO_CHOICES = (0, 2, 5, 15, 60)
AUTO_DEFAULT = 5
THEMES = ("system", "light", "dark")
ACCENTS = ("cyan", "emerald", "violet", "amber")
DENSITIES = ("comfortable", "compact")
COLUMNS = (
    ("queue", "Queue"),
    ("at", "Run at"),
    ("failed", "Failed at"),
    ("made", "Created"),
    ("worker", "Worker"),
    ("tries", "Attempts"),
    ("pri", "Priority"),
    ("key", "Key"),
    ("data", "Payload"),
    ("err", "Last error"),
)
COLUMNS_DEFAULT = ("queue", "at", "tries", "pri", "key", "data", "err")
ZONES = ("local", "utc")
CHOICES: dict[ChoiceName, tuple[str, ...]] = {"theme": THEMES, "accent": ACCENTS, "density": DENSITIES, "zone": ZONES}


def defaults() -> Preferences:
    """The preferences of a browser that remembers none."""
    return {
        "activity": False,
        "theme": "system",
        "accent": "cyan",
        "density": "comfortable",
        "zone": "local",
        "auto": AUTO_DEFAULT,
        "columns": COLUMNS_DEFAULT,
    }


def remembered(stored: Callable[[str], str]) -> Preferences:
    """The preferences that `stored(key)` of this browser gives; values that are not choices are ignored."""
    found = defaults()
    for name in CHOICES:
        set_choice(found, name, stored("gw-" + name))
    found["activity"] = stored("gw-activity") == "open"
    seconds = stored("gw-auto") or ""
    if seconds in [str(one) for one in AUTO_CHOICES]:
        found["auto"] = int(seconds)
    columns = stored("gw-columns")
    if columns:
        found["columns"] = in_order(columns.split(" "))
    return found


def set_choice(preferences: Preferences, name: str, value: str) -> bool:
    """Sets theme, accent, density or zone; False where this is no choice."""
    if not _has_choices(name) or value not in CHOICES[name]:
        return False
    preferences[name] = value
    return True


def _has_choices(name: str) -> TypeGuard[ChoiceName]:
    return name in CHOICES


def in_order(names: list[str]) -> tuple[str, ...]:
    """The columns of these names, in the order of the table."""
    return tuple([name for name, _ in COLUMNS if name in names])


def hidden(preferences: Preferences) -> str:
    """The columns that are not shown, as the style sheet names them."""
    return " ".join([name for name, _ in COLUMNS if name not in preferences["columns"]])
