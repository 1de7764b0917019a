"""The global options, accepted before and after the command, as in the reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
import msgspec

from graphile_worker.cli.options.extra_arguments import Command

F = TypeVar("F", bound=Callable[..., Any])


class Settings(msgspec.Struct):
    """The values of the global options. The address may contain a password, so `repr` omits it."""

    database_url: str | None = None
    schema: str = "graphile_worker"
    schemas: tuple[str, ...] = ()  # all values; only admin accepts several
    max_connections: int = 5
    ask_password: bool = False
    password: str | None = None  # as entered at the prompt
    notes: frozenset[str] = frozenset()  # already printed on standard error
    secrets: frozenset[str] = frozenset()  # passwords of the addresses resolved so far
    json: bool = False
    ndjson: bool = False  # implies json

    def __repr__(self) -> str:
        return f"Settings(schema={self.schema!r}, max_connections={self.max_connections}, json={self.json})"


def settings(context: click.Context) -> Settings:
    """The Settings of this run."""
    return context.find_root().ensure_object(Settings)


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Stores a value. A value after the command overrides one before it, which overrides the environment."""
    if value is not None and parameter.name is not None:
        setattr(settings(context), parameter.name, value)


def _remember_schemas(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> None:
    """As `_remember`, for several values: the first one is the default."""
    if value:
        options = settings(context)
        options.schema, options.schemas = value[0], value


def _remember_lines(context: click.Context, parameter: click.Parameter, value: bool | None) -> None:
    """`--ndjson` implies `--json`."""
    if value:
        settings(context).json = settings(context).ndjson = True


class _Name(click.types.StringParamType):
    """A name that may contain blanks, also in an environment variable."""

    def split_envvar_value(self, rv: str) -> list[str]:
        """The whole value as one name."""
        return [rv]


def global_options(*, environment: bool = False) -> Callable[[F], F]:
    """Adds the global options. Only the group reads variables (`environment`), so that they have the lowest precedence."""

    def add(function: F) -> F:
        variable: dict[str, Any] = {"envvar": "DATABASE_URL", "show_envvar": True} if environment else {}
        of_schema: dict[str, Any] = {"envvar": "GRAPHILE_WORKER_SCHEMA", "show_envvar": True} if environment else {}
        for option in reversed(
            [
                click.option("--database-url", metavar="URL", help="PostgreSQL connection URL.", **_common, **variable),
                click.option(
                    "--schema",
                    metavar="NAME",
                    help="Schema of the queue (graphile_worker).",
                    type=_Name(),
                    multiple=True,
                    expose_value=False,
                    callback=_remember_schemas,
                    **of_schema,
                ),
                click.option(
                    "--max-connections",
                    type=click.IntRange(1, 1000),
                    help="Maximum number of connections (5).",
                    **_common,
                ),
                click.option(
                    "-W", "--ask-password", is_flag=True, default=None, help="Ask for the database password.", **_common
                ),
                click.option("--json", is_flag=True, default=None, help="Print JSON where supported.", **_common),
                click.option(
                    "--ndjson",
                    is_flag=True,
                    expose_value=False,
                    callback=_remember_lines,
                    help="As --json, one document per line.",
                ),
            ]
        ):
            function = option(function)
        return function

    return add


_common: dict[str, Any] = {"expose_value": False, "callback": _remember}


def command(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Makes a command that also accepts the global options."""

    def make(function: Callable[..., Any]) -> click.Command:
        decorated: Callable[..., Any] = global_options()(function)
        return click.command(name, cls=Command)(decorated)

    return make


@contextmanager
def usage_errors(context: click.Context) -> Iterator[None]:
    """Turns a ValueError into a usage error: one sentence, exit code 2."""
    try:
        yield
    except ValueError as error:
        raise click.UsageError(str(error), context) from None
