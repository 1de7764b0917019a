"""The queues of one admin: several schemas of a database, or several databases by name."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from graphile_worker.cli.connection import (
    Opening,
    Session,
    checked_address,
    opened,
)
from graphile_worker.cli.options.parsers import read_file
from graphile_worker.cli.serving.reachability import find_away, naming, note_return
from graphile_worker.cli.settings import Settings, settings
from graphile_worker.core.exceptions import Refused
from graphile_worker.core.secrets.shown_paths import secret_path

if TYPE_CHECKING:
    from graphile_worker.core.database.transactions import Pool

F = TypeVar("F", bound=Callable[..., Any])
VARIABLE = "GRAPHILE_WORKER_DATABASES"
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_NAME = re.compile(r"[^\s=,/]+")


@dataclass(frozen=True)
class QueueAddress:
    """A queue of admin: its name, address and schema. The address may contain a password, so `repr` omits it."""

    name: str | None  # None for the one of --database-url
    address: str | None = field(repr=False)
    schema: str


def database_options(function: F) -> F:
    """`--database NAME=URL`, repeatable, or a file of such lines."""
    function = click.option(
        "--databases-file", metavar="FILE", help="Read NAME=URL lines from a file (- is standard input)."
    )(function)
    return click.option(
        "--database", "databases", multiple=True, metavar="NAME=URL",
        help=f"Show this database under a name (repeatable).  [env var: {VARIABLE}, NAME=URL lines or commas]",
    )(function)  # fmt: skip


def queue_addresses(context: click.Context, databases: tuple[str, ...], file: str | None) -> list[QueueAddress]:
    """The queues that options and environment name, in their order; none where it is one schema of `--database-url`.

    Raises UsageError, InvalidInput.
    """
    all_settings = settings(context)
    schemas = all_settings.schemas or (all_settings.schema,)
    named = [_pair(text, context) for text in _given(context, databases, file)]
    if named:
        addresses = [QueueAddress(_name(name, schema, schemas), at, schema) for name, at in named for schema in schemas]
    elif len(schemas) > 1:
        addresses = [QueueAddress(schema, checked_address(all_settings), schema) for schema in schemas]
    else:
        return []
    names = [one.name for one in addresses]
    for name in names:
        if names.count(name) > 1:
            raise click.UsageError(f"two queues have the name {name!r}", context)
    return addresses


def _name(name: str, schema: str, schemas: tuple[str, ...]) -> str:
    return name if len(schemas) == 1 else f"{name}/{schema}"


def _given(context: click.Context, databases: tuple[str, ...], file: str | None) -> list[str]:
    """The entries NAME=URL of the command line, else of the variable."""
    try:
        given = [*databases, *(_lines(read_file(file, "databases", secret=True)) if file is not None else [])]
    except Refused as error:
        raise click.UsageError(error.message, context) from None
    if file is not None and len(given) == len(databases):
        raise click.UsageError(f"the databases file {secret_path(file)} names no database", context)
    if given and _typed(context, "database_url"):
        raise click.UsageError("give --database-url or --database, not both", context)
    return given if given or _typed(context, "database_url") else _lines(os.environ.get(VARIABLE, ""))


def _lines(text: str) -> list[str]:
    """One entry per line. A comma separates entries only before NAME=postgresql://, because addresses may contain commas."""
    from graphile_worker.conninfo.syntax.uri import SCHEME

    separator = re.compile(rf"\s*(?:[\n\r]+|,(?=\s*[^=,\s/@]+={SCHEME}))\s*")
    return [line for line in separator.split(_COMMENT.sub("", text).strip()) if line]


def _pair(text: str, context: click.Context) -> tuple[str, str]:
    """(name, address). The error message never shows a possible password."""
    from graphile_worker.conninfo import is_address

    name, equals, address = text.partition("=")
    if not equals or not _NAME.fullmatch(name):
        raise click.UsageError("a database is given as NAME=URL, as shop=postgresql://…", context)
    if not is_address(address):
        rule = "must begin with postgresql:// or postgres://, or be keyword=value pairs"
        raise click.UsageError(f"the address of {name!r} {rule}", context)
    return name, address


def _typed(context: click.Context, name: str) -> bool:
    """Whether an option is on the command line, before or after the command."""
    sources = [one.get_parameter_source(name) for one in (context, context.parent) if one is not None]
    return ParameterSource.COMMANDLINE in sources


def opening(addresses: Sequence[QueueAddress], settings: Settings) -> Opening:
    """Returns what opens a session on these queues; without any, on the database of the settings.

    A database that is unreachable and may come back is a warning; another line follows when it is back.
    """
    wanted = addresses or [QueueAddress(None, checked_address(settings), settings.schema)]

    @asynccontextmanager
    async def session() -> AsyncIterator[Session]:
        from graphile_worker.worker_utils import WorkerUtils

        async with AsyncExitStack() as stack:
            pools: dict[str | None, Pool] = {}
            for one in wanted:
                if one.address not in pools:
                    with naming(one):
                        pools[one.address] = await stack.enter_async_context(opened(one.address, settings))
            queues = [(one.name, WorkerUtils(pools[one.address], one.schema)) for one in wanted]
            one_each = list({one.address: one for one in reversed(wanted)}.values())[::-1]
            connections = {
                one.address: utils.database.connections for one, (_, utils) in zip(wanted, queues, strict=True)
            }
            away = await find_away(one_each, connections)
            waiting = [asyncio.create_task(note_return(one, connections[one.address])) for one in away]
            first, *others = queues
            named = {str(name): utils for name, utils in others}
            try:
                yield Session(first[1].database.pool, first[1].schema, first[0], named)
            finally:
                for task in waiting:
                    task.cancel()

    return session
