"""The views of the second file (second_file.py). They are imported when they are drawn first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Command, State


def _queues(state: State) -> str:
    from graphile_worker.admin.client.views.tables import queues

    return queues.screen(state)


def _tasks(state: State) -> str:
    from graphile_worker.admin.client.views.tables import tasks

    return tasks.screen(state)


def _errors(state: State) -> str:
    from graphile_worker.admin.client.views.tables import errors

    return errors.screen(state)


def _workers(state: State) -> str:
    from graphile_worker.admin.client.views.tables import workers

    return workers.screen(state)


def _maintenance(state: State) -> str:
    from graphile_worker.admin.client.views.maintenance import screen as maintenance

    return maintenance.screen(state)


_SCREENS = {"queues": _queues, "tasks": _tasks, "errors": _errors, "workers": _workers, "maintenance": _maintenance}


def screen(state: State, name: str) -> str:
    """The screen of this name, which is not the list of jobs."""
    return _SCREENS[name](state)


def dialog(state: State) -> str:
    """The open dialog; empty without one, which only the second file opens."""
    if state["dialog"] is None:
        return ""
    from graphile_worker.admin.client.views.dialogs import dialogs

    return dialogs.open_dialog(state)


def results(state: State) -> str:
    """The cards with results of actions; empty before the first action."""
    if state["watch"] is None and state["bulk"] is None and state["result"] is None:
        return ""
    from graphile_worker.admin.client.views.dialogs import results as cards

    return cards.cards(state)


def export_commands(state: State) -> list[Command]:
    """The commands of the menu Export; none until they are opened."""
    if not state["export_commands"]:
        return []
    from graphile_worker.admin.client.model.commands import export

    return export.commands(state)
