"""Commands of the actions on existing jobs, made from the table of actions.

Each acts on ids or on a filter, and prints the jobs that were not done, with the reason, on standard error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from graphile_worker.cli.options.parsers import in_local_zone, moment
from graphile_worker.cli.selection.bulk_action import BulkAction
from graphile_worker.cli.selection.job_selection import apply_to_jobs, selection_options
from graphile_worker.cli.settings import command
from graphile_worker.core.actions.action import Argument, JobAction
from graphile_worker.core.actions.table import JOB_ACTIONS, RUN_AT, RUN_NOW

F = TypeVar("F", bound=Callable[..., Any])


def _command(action: JobAction) -> click.Command:
    @click.pass_context
    def run(context: click.Context, /, **options: Any) -> None:
        arguments = {argument.name: options.pop(argument.name) for argument in action.arguments}
        call = action
        if RUN_AT in action.arguments and _due_now(context, action, arguments, options.pop("now")):
            del arguments[RUN_AT.name]
            call = RUN_NOW  # the database's now, not this machine's
        elif arguments.get(RUN_AT.name) is not None:
            arguments[RUN_AT.name] = in_local_zone(arguments[RUN_AT.name])
        apply_to_jobs(context, BulkAction(action, arguments, call), options)

    run.__doc__ = (
        f"{action.summary}\n\nGive the IDs of jobs, or filter options for all jobs that match.\n\n{action.details}"
    )
    function: Callable[..., Any] = run
    for argument in reversed(action.arguments):
        function = _option(argument)(function)
    return command(action.name)(selection_options(function))


def _option(argument: Argument) -> Callable[[F], F]:
    name = "--" + argument.name.replace("_", "-")
    if argument is RUN_AT:
        now = click.option("--now", is_flag=True, help="Make them due now, by the database's clock.")
        run_at = click.option(name, metavar="TIME", help=argument.help)
        return lambda function: now(run_at(function))
    names = (argument.short_option, name) if argument.short_option else (name,)
    if argument.default:
        return click.option(*names, default=argument.default[1], show_default=True, help=argument.help)
    return click.option(*names, type=argument.type, help=argument.help)


def _due_now(context: click.Context, action: JobAction, arguments: dict[str, Any], now: bool) -> bool:
    """Whether the jobs become due at once. Raises UsageError for options that exclude each other, and for none."""
    run_at = arguments[RUN_AT.name]
    if now and run_at is not None:
        raise click.UsageError("--now cannot go together with --run-at", context)
    if not now and action.requires_argument and all(value is None for value in arguments.values()):
        names = ", ".join("--" + name.replace("_", "-") for name in ("now", *arguments))
        raise click.UsageError(f"give at least one of {names}", context)
    return now or (run_at is not None and moment(run_at) is None)


COMMANDS = {name: _command(action) for name, action in JOB_ACTIONS.items()}
