"""The filter parameters of the API as command-line options, with the same names and rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.cli.options.parsers import in_local_zone

F = TypeVar("F", bound=Callable[..., Any])
_STATE_HELP = (
    "Only this state (repeatable; all). blocked: ready, and the queue is locked. retrying: failed, with attempts left."
)
_HELP = {
    "identifier": "Only this task (repeatable, like the next six).",
    "queue": "Only this queue.",
    "key": "Only this job key.",
    "worker": "Only jobs that this worker has locked.",
    "flag": "Only jobs with this flag.",
    "error": "Only jobs whose last error has this fingerprint, as `errors` prints it.",
    "variant": "Only jobs whose last error has exactly this line.",
    "search": 'Only jobs with all of these words in any column; "in quotes": a phrase; payload.a.b:42: a value of the payload.',
    "priority_min": "Minimum priority.",
    "priority_max": "Maximum priority.",
    "attempts_min": "Minimum attempts made.",
    "attempts_max": "Maximum attempts made.",
    "run_at_from": "run_at at or after this time: RFC 3339, `+1h`, or `1h` for an hour ago.",
    "run_at_to": "run_at before this time.",
    "created_from": "Created at or after this time.",
    "created_to": "Created before this time.",
    "failed_from": "Failed at or after this time: the last change of a job with an error.",
    "failed_to": "Failed before this time.",
}


class State(click.Choice[str]):
    """A state by its name or by its word on the page, in any case: `locked`, `Running`."""

    def __init__(self) -> None:
        super().__init__(vocabulary.FILTER_STATES)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name of the state."""
        word = str(value).lower()
        names = {label.lower(): name for name, label in vocabulary.STATE_LABELS.items()}
        known = word in names or word in vocabulary.FILTER_STATES
        return names.get(word, word) if known else super().convert(value, param, ctx)


def payload_columns(function: F) -> F:
    """Adds the option for values of the payload as columns, `payload_path`."""
    return click.option(
        "--column",
        "payload_path",
        metavar="payload.PATH",
        multiple=True,
        help="Add the value at a path of the payload, as payload.customer.id (repeatable, at most 3).",
    )(function)


def filter_options(function: F) -> F:
    """Adds an option for each filter parameter; `filter_of` turns their values into a JobFilter."""
    for name in reversed(vocabulary.FILTER_PARAMETERS):
        option = "--" + name.replace("_", "-")
        if name == "state":
            decorate = click.option(option, type=State(), multiple=True, help=_STATE_HELP)
        else:
            words = ["--identifier", "--task"] if name == "identifier" else [option]
            decorate = click.option(*words, name, multiple=name in vocabulary.REPEATED_PARAMETERS, help=_HELP[name])
        function = decorate(function)
    return function


def filter_of(options: dict[str, Any]) -> JobFilter:
    """Removes the filter options from a command's options and returns the filter. Raises InvalidInput."""
    return JobFilter.of(_pop_values(options))


def explicit_filter(options: dict[str, Any]) -> JobFilter | None:
    """As `filter_of`, for actions: None without filter options. Raises InvalidInput also for empty values."""
    given = {name: values for name, values in _pop_values(options).items() if values}
    return JobFilter.for_action(given) if given else None


def _pop_values(options: dict[str, Any]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for name in vocabulary.FILTER_PARAMETERS:
        value = options.pop(name)
        given[name] = list(value) if isinstance(value, tuple) else [] if value is None else [value]
        if name in vocabulary.TIME_PARAMETERS:
            given[name] = [in_local_zone(one) for one in given[name]]
    return given
