"""The options of `admin` for the badge that names the environment, as production."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from graphile_worker.admin.server.page.environment import COLORS, check_environment
from graphile_worker.cli.options.environment_option import admin_option

F = TypeVar("F", bound=Callable[..., Any])


def environment_options(function: F) -> F:
    """`--environment NAME` and `--environment-color COLOR`, as `environment` and `environment_color`."""
    color = admin_option(
        "--environment-color", type=click.Choice(list(COLORS)), callback=_needs_name,
        help="Color of the badge and of the icon; gray by default.",
    )  # fmt: skip
    name = admin_option(
        "--environment", metavar="NAME", callback=_checked, is_eager=True,
        help="Name this environment, as production, in a badge, the title and the icon of the page.",
    )  # fmt: skip
    return name(color(function))


def _checked(context: click.Context, parameter: click.Parameter, name: str | None) -> str | None:
    try:
        check_environment(name, None)
    except ValueError as error:
        raise click.BadParameter(str(error).removeprefix("environment "), context, parameter) from None
    return name


def _needs_name(context: click.Context, parameter: click.Parameter, color: str | None) -> str | None:
    if color is not None and context.params.get("environment") is None:
        raise click.UsageError("--environment-color needs --environment", context)
    return color
