"""The handlers of the second file, which the browser loads when one of them is needed first (second_file.py).

The build puts a module into the second file where no module of the first imports it at its top. Nothing but this module
and `views.later` imports inside of functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Handler

_TABLE: dict[str, Handler] = {}


def is_here() -> bool:
    """Whether the second file has come. With CPython its modules are always there."""
    try:
        from graphile_worker.admin.client.model import palette  # noqa: F401
    except ImportError:
        return False
    return True


def table() -> dict[str, Handler]:
    """The handlers by action."""
    from graphile_worker.admin.client.handlers import export, palette, saved_views
    from graphile_worker.admin.client.handlers.writes import (
        actions,
        bulk,
        commands,
        maintenance,
        payload,
        remove,
        undo,
        watching,
    )

    if not _TABLE:
        for module in (
            bulk, export, undo, actions, payload, maintenance, palette, commands, watching, saved_views,
            remove,
        ):  # fmt: skip
            _TABLE.update(module.TABLE)
    return _TABLE
