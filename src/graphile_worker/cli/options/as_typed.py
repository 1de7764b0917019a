"""Errors of values, with the name of the option as it was typed in place of the library's name of the field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click

from graphile_worker.cli.options.parsers import Duration
from graphile_worker.core.durations import typed
from graphile_worker.core.exceptions import InvalidInput

# The parameter of a command for a field of the library whose name is another one.
_PARAMETERS = {
    "older_than_secs": "older_than",
    "sweep_threshold_secs": "sweep_threshold",
    "recovery_delay_secs": "recovery_delay",
    "cleanup_tasks": "tasks",
    "task": "tasks",
}
_RANGE = re.compile(r"between (\d+) and (\d+)")
_PARTIAL = re.compile(r",? (?:with|or use) partial=true[^.]*")
_ASSIGNED = re.compile(r"\b(sort|state|limit|offset|format)=(\S+)")


def name_as_typed(error: InvalidInput, command: click.Command, arguments: Sequence[str]) -> None:
    """Replaces the names of fields in the message by the options of the command: `run_at` by `--run-at`."""
    message = error.message
    parameter = _parameter(command, error.field or "")
    if parameter is not None and message.startswith(f"{error.field} "):
        message = _name(parameter, arguments) + message[len(error.field or "") :]
        if isinstance(parameter.type, Duration):
            message = _RANGE.sub(lambda match: f"between {typed(int(match[1]))} and {typed(int(match[2]))}", message)
    for other in command.params:
        if other.name and "_" in other.name:
            message = re.sub(rf"(?<![\w-]){other.name}(?!\w)", _name(other, arguments), message)
    message = message.replace("together with cursor", "together with --cursor")
    error.message = as_options(message).replace("is state all", "is --state all")


def as_options(text: str) -> str:
    """A hint of the API as a hint of the command line: `sort=-id` as `--sort=-id`, without what only the API has."""
    return _ASSIGNED.sub(r"--\1=\2", _PARTIAL.sub("", text))


def _parameter(command: click.Command, field: str) -> click.Parameter | None:
    return next((one for one in command.params if one.name in (field, _PARAMETERS.get(field))), None)


def _name(parameter: click.Parameter, arguments: Sequence[str]) -> str:
    """The option as it was typed, else its longest name; the placeholder of an argument."""
    if not isinstance(parameter, click.Option):
        return parameter.make_metavar(click.Context(click.Command(None))).strip("[].")
    names = [*parameter.opts, *parameter.secondary_opts]
    return next((one for one in _typed(arguments) if one in names), max(names, key=len))


def _typed(arguments: Sequence[str]) -> Iterator[str]:
    for argument in arguments:
        if argument == "--":
            return
        yield argument.partition("=")[0] if argument.startswith("--") else argument[:2]
