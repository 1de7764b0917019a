"""Options of `admin` that can also be set by an environment variable, as containers do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Several(click.types.StringParamType):
    """One value of a repeatable option; in its variable, blanks or commas separate the values.

    `check` raises ValueError for a value that is wrong.
    """

    def __init__(self, check: Callable[[str], object]) -> None:
        self.check = check

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The unchanged value."""
        try:
            self.check(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return value

    def split_envvar_value(self, rv: str) -> list[str]:
        """The values of the variable."""
        return rv.replace(",", " ").split()


def admin_option(name: str, *others: str, variable: str | None = None, **attributes: Any) -> Callable[[F], F]:
    """As `click.option`, with an environment variable: `variable`, or the one named after the option."""
    return click.option(name, *others, envvar=variable or variable_of(name), show_envvar=True, **attributes)


def variable_of(name: str) -> str:
    """`--tls-cert` -> `GRAPHILE_WORKER_ADMIN_TLS_CERT`."""
    return "GRAPHILE_WORKER_ADMIN_" + name.removeprefix("--").replace("-", "_").upper()
