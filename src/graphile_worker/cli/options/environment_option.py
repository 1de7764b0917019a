"""Options of `admin` that an environment variable can give, too: a container sets those."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Several(click.types.StringParamType):
    """A value of an option that is repeatable; in its variable blanks or commas separate the values.

    `check` raises ValueError for a value that is wrong.
    """

    def __init__(self, check: Callable[[str], object]) -> None:
        self.check = check

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value as it was given."""
        try:
            self.check(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return value

    def split_envvar_value(self, rv: str) -> list[str]:
        """The values."""
        return rv.replace(",", " ").split()


def admin_option(name: str, *others: str, variable: str | None = None, **attributes: Any) -> Callable[[F], F]:
    """As `click.option`, with the variable of the name, or of `variable` where its name is another."""
    return click.option(name, *others, envvar=variable or variable_of(name), show_envvar=True, **attributes)


def variable_of(name: str) -> str:
    """`--tls-cert` -> `GRAPHILE_WORKER_ADMIN_TLS_CERT`."""
    return "GRAPHILE_WORKER_ADMIN_" + name.removeprefix("--").replace("-", "_").upper()
