"""`--ndjson`: what `--json` prints, one document a line, so that long lists can be worked on while they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from graphile_worker.cli import settings as globals_

_NAME = "graphile_worker.ndjson"


def _choose(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        globals_.settings(context).json = True
        context.find_root().meta[_NAME] = True


ndjson = click.option(
    "--ndjson", is_flag=True, expose_value=False, callback=_choose, help="As --json, one document a line."
)


def one_per_line() -> bool:
    """Whether the program that runs was asked for --ndjson."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.find_root().meta.get(_NAME))


def command(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command with the global options and this one."""
    return lambda function: globals_.command(name)(ndjson(function))
