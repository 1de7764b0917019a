"""The API's filters as options: the same names, the same rules, one filter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.filters import JobFilter

F = TypeVar("F", bound=Callable[..., Any])
_HELP = {
    "identifier": "Only this task (repeatable, as the next five).",
    "queue": "Only this queue.",
    "key": "Only this job key.",
    "worker": "Only jobs this worker holds.",
    "flag": "Only jobs with this flag.",
    "error": "Only jobs whose last error has this fingerprint, as `errors` prints it.",
    "search": "Only jobs that contain this text anywhere.",
    "priority_min": "Least priority.",
    "priority_max": "Most priority.",
    "attempts_min": "Least attempts made.",
    "attempts_max": "Most attempts made.",
    "run_at_from": "Due from this RFC 3339 time on.",
    "run_at_to": "Due before this time.",
    "created_from": "Created from this time on.",
    "created_to": "Created before this time.",
}


def filter_options(function: F) -> F:
    """Adds `--state` and all others of the API; the command takes them as one mapping by `taken`."""
    for name in reversed(vocabulary.FILTER_PARAMETERS):
        option = "--" + name.replace("_", "-")
        if name == "state":
            states = click.Choice(vocabulary.STATES)
            decorate = click.option(option, type=states, multiple=True, help="Only this state (repeatable; all).")
        else:
            decorate = click.option(option, multiple=name in vocabulary.REPEATED_PARAMETERS, help=_HELP[name])
        function = decorate(function)
    return function


def taken(options: dict[str, Any]) -> JobFilter:
    """Takes the filter's options out of a command's; what is left is the command's own. Raises InvalidInput."""
    return JobFilter.of(_given(options))


def deliberate(options: dict[str, Any]) -> JobFilter | None:
    """As `taken`, for what changes jobs: None where no option was given. Raises InvalidInput also for empty values."""
    given = {name: values for name, values in _given(options).items() if values}
    return JobFilter.for_action(given) if given else None


def _given(options: dict[str, Any]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for name in vocabulary.FILTER_PARAMETERS:
        value = options.pop(name)
        given[name] = list(value) if isinstance(value, tuple) else [] if value is None else [value]
    return given
