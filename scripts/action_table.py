"""The page's part of the table of actions, as a module that runs on MicroPython. `scripts/docs` writes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from graphile_worker.core.actions.table import ACTIONS, ADMIN_FAIL_REASON, JOB_ACTIONS

MODULE = Path("src/graphile_worker/admin/client/model/action_table.py")
_ORDER = ("retry", "run-now", "reschedule", "fail", "complete")  # of the buttons: the usual ones first


def module() -> str:
    """The text of the module."""
    order = [name for name in _ORDER if name in JOB_ACTIONS] + [name for name in JOB_ACTIONS if name not in _ORDER]
    buttons = {name: JOB_ACTIONS[name].button for name in order}
    verbs = {name: (button.label, button.icon, button.tone, button.hint) for name, button in buttons.items()}
    on_jobs = tuple(action.name for action in ACTIONS.values() if action.on_jobs)
    lines = [
        '"""Written by scripts/docs from core/actions/table.py: what the page knows of the actions on jobs."""\n',
        "from __future__ import annotations\n",
        f"ON_JOBS = {_tuple(on_jobs)}",
        f"ORDER = {_tuple(tuple(order))}",
        "# action: (label, icon, kind of button, sentence in the dialog)",
        _table("VERBS: dict[str, tuple[str, str, str, str]]", {name: _tuple(verb) for name, verb in verbs.items()}),
        _table("DONE", {name: _text(button.done) for name, button in buttons.items()} | {"undo": _text("put back")}),
        _table("DOING", {name: _text(button.doing) for name, button in buttons.items()}),
        "# action: the state of the jobs that it is offered for; else every state",
        _table("STATE", {name: _text(button.state) for name, button in buttons.items() if button.state}),
        f"CONFIRMED = {_tuple(tuple(name for name, button in buttons.items() if button.confirms))}",
        f"UNDOABLE = {_tuple(tuple(name for name, button in buttons.items() if button.undoable))}",
        f"FAIL_REASON = {_text(ADMIN_FAIL_REASON)}",
    ]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    assert '"' not in value and "\\" not in value
    return f'"{value}"'


def _tuple(values: tuple[str, ...]) -> str:
    return f"({', '.join(map(_text, values))}{',' if len(values) == 1 else ''})"


def _table(name: str, values: Mapping[str, str]) -> str:
    rows = "".join(f"    {_text(key)}: {value},\n" for key, value in values.items())
    return f"{name} = {{\n{rows}}}"
