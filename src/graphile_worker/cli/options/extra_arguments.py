"""Arguments beyond those that a command takes."""

from __future__ import annotations

from collections.abc import Sequence

import click


class ExtraArguments(click.UsageError):
    """More arguments than the command takes: click's own sentence, which quotes them, and the arguments themselves."""

    def __init__(self, arguments: Sequence[str], context: click.Context) -> None:
        plural = "s" if len(arguments) > 1 else ""
        super().__init__(f"Got unexpected extra argument{plural} ({' '.join(arguments)})", context)
        self.arguments = arguments


class Command(click.Command):
    """A command whose error about extra arguments says which they are."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click's."""
        allowed, ctx.allow_extra_args = ctx.allow_extra_args, True
        rest = super().parse_args(ctx, args)
        ctx.allow_extra_args = allowed
        if rest and not allowed and not ctx.resilient_parsing:
            raise ExtraArguments(rest, ctx)
        return rest
