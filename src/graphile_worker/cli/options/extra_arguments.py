"""The error for more arguments than a command takes."""

from __future__ import annotations

from collections.abc import Sequence

import click


class ExtraArguments(click.UsageError):
    """More arguments than the command takes. The message is click's own; `arguments` allows to hide secrets in it."""

    def __init__(self, arguments: Sequence[str], context: click.Context) -> None:
        plural = "s" if len(arguments) > 1 else ""
        super().__init__(f"Got unexpected extra argument{plural} ({' '.join(arguments)})", context)
        self.arguments = arguments


class Command(click.Command):
    """A command that raises ExtraArguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As in click.Command."""
        allowed, ctx.allow_extra_args = ctx.allow_extra_args, True
        rest = super().parse_args(ctx, args)
        ctx.allow_extra_args = allowed
        if rest and not allowed and not ctx.resilient_parsing:
            raise ExtraArguments(rest, ctx)
        return rest
