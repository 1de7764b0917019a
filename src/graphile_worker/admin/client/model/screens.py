"""The screens: one table of their names, labels, icons, keys and default orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import View

# (name in the address, label, icon, key after `g`, default order)
SCREENS: tuple[tuple[View, str, str, str, str], ...] = (
    ("jobs", "Jobs", "text-align-start", "j", "-id"),
    ("queues", "Queues", "layers", "q", "-urgency"),
    ("tasks", "Tasks", "tag", "t", "-total"),
    ("errors", "Errors", "bug", "e", "-count"),
    ("workers", "Workers", "cpu", "w", "oldest"),
    ("maintenance", "Maintenance", "wrench", "m", ""),
)
VIEWS = tuple([screen[0] for screen in SCREENS])
DEFAULT_SORT = {screen[0]: screen[4] for screen in SCREENS}
