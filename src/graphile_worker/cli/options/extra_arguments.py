"""The class of all commands: errors name the options as they were typed, and extra arguments have an error of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from graphile_worker.core.exceptions import GraphileWorkerError, InvalidInput

_TYPED = "graphile_worker.cli.typed"  # the arguments of the command, in the context


class ExtraArguments(click.UsageError):
    """More arguments than the command takes. The message is click's own; `arguments` allows to hide secrets in it."""

    def __init__(self, arguments: Sequence[str], context: click.Context) -> None:
        plural = "s" if len(arguments) > 1 else ""
        super().__init__(f"Got unexpected extra argument{plural} ({' '.join(arguments)})", context)
        self.arguments = arguments


class Command(click.Command):
    """A command that raises ExtraArguments, and names its options in errors of their values."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As in click.Command."""
        ctx.meta[_TYPED] = list(args)
        allowed, ctx.allow_extra_args = ctx.allow_extra_args, True
        rest = super().parse_args(ctx, args)
        ctx.allow_extra_args = allowed
        if rest and not allowed and not ctx.resilient_parsing:
            raise ExtraArguments(rest, ctx)
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        """As in click.Command."""
        try:
            return super().invoke(ctx)
        except GraphileWorkerError as error:
            from graphile_worker.cli.options.as_typed import as_options, name_as_typed

            if isinstance(error, InvalidInput):
                name_as_typed(error, self, ctx.meta[_TYPED])
            error.hint = error.hint and as_options(error.hint)
            raise
