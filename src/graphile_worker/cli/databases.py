"""Several queues for one admin: schemas of a database, and databases by name."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from graphile_worker.cli.connection import (
    Opening,
    Session,
    check,
    checked_address,
    is_address,
    opened,
    redact,
    sentence,
)
from graphile_worker.cli.output import note
from graphile_worker.cli.parsers import read_file
from graphile_worker.cli.settings import Settings, settings
from graphile_worker.core.errors import GraphileWorkerError

if TYPE_CHECKING:
    from graphile_worker.core.database import Pool

F = TypeVar("F", bound=Callable[..., Any])
VARIABLE = "GRAPHILE_WORKER_DATABASES"
_SEPARATOR = re.compile(
    r"\s*(?:[\n\r]+|,(?=\s*[^=,\s/@]+=postgres(?:ql)?://))\s*"
)  # addresses may hold commas themselves
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_NAME = re.compile(r"[^\s=,/]+")


@dataclass(frozen=True)
class Place:
    """One queue: its name, where it is, its schema. The address may hold a password, so no repr shows it."""

    name: str
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


def chosen(context: click.Context, databases: tuple[str, ...], file: str | None) -> list[Place]:
    """The queues that options and environment name, in their order; none where it is one schema of `--database-url`.

    Raises UsageError, InvalidInput.
    """
    all_settings = settings(context)
    schemas = all_settings.schemas or (all_settings.schema,)
    named = [_pair(text, context) for text in _given(context, databases, file)]
    if named:
        places = [Place(_name(name, schema, schemas), at, schema) for name, at in named for schema in schemas]
    elif len(schemas) > 1:
        places = [Place(schema, checked_address(all_settings), schema) for schema in schemas]
    else:
        return []
    names = [place.name for place in places]
    for name in names:
        if names.count(name) > 1:
            raise click.UsageError(f"two queues have the name {name!r}", context)
    return places


def _name(name: str, schema: str, schemas: tuple[str, ...]) -> str:
    return name if len(schemas) == 1 else f"{name}/{schema}"


def _given(context: click.Context, databases: tuple[str, ...], file: str | None) -> list[str]:
    """What is said as NAME=URL; the variable counts where nothing is said on the command line."""
    given = [*databases, *(_lines(read_file(file, "databases")) if file is not None else [])]
    if file is not None and len(given) == len(databases):
        raise click.UsageError(f"the databases file {file!r} names no database", context)
    if given and _typed(context, "database_url"):
        raise click.UsageError("give --database-url or --database, not both", context)
    return given if given or _typed(context, "database_url") else _lines(os.environ.get(VARIABLE, ""))


def _lines(text: str) -> list[str]:
    return [line for line in _SEPARATOR.split(_COMMENT.sub("", text).strip()) if line]


def _pair(text: str, context: click.Context) -> tuple[str, str]:
    """(name, address); the message never shows what may be a password."""
    name, equals, address = text.partition("=")
    if not equals or not _NAME.fullmatch(name):
        raise click.UsageError("a database is given as NAME=URL, as shop=postgresql://…", context)
    if not is_address(address):
        raise click.UsageError(f"the address of {name!r} must begin with postgresql:// or postgres://", context)
    return name, address


def _typed(context: click.Context, name: str) -> bool:
    """Whether an option stands on the command line, before or after the command."""
    sources = [one.get_parameter_source(name) for one in (context, context.parent) if one is not None]
    return ParameterSource.COMMANDLINE in sources


def opening(places: list[Place], settings: Settings) -> Opening | None:
    """How a session on all of these begins; None where there are none to name."""

    @asynccontextmanager
    async def session() -> AsyncIterator[Session]:
        from graphile_worker.core.utils import WorkerUtils

        async with AsyncExitStack() as stack:
            pools: dict[str | None, Pool] = {}
            for place in places:
                if place.address not in pools:
                    with _naming(place):
                        pools[place.address] = await stack.enter_async_context(opened(place.address, settings))
            await _look(places, pools)
            first, *others = ((place.name, WorkerUtils(pools[place.address], place.schema)) for place in places)
            yield Session(first[1].database.pool, first[1].schema, first[0], dict(others))

    return session if places else None


async def _look(places: list[Place], pools: dict[str | None, Pool]) -> None:
    """Warns of what cannot be reached now; raises where nothing can be."""
    asked = list({place.address: place for place in reversed(places)}.values())
    found = await asyncio.gather(*(_reached(place, pools[place.address]) for place in asked))
    problems = [error for error in found if error is not None]
    if len(problems) == len(asked):
        raise problems[-1]
    for error in problems:
        note(f"Warning: {sentence(error)}")


async def _reached(place: Place, pool: Pool) -> GraphileWorkerError | None:
    try:
        with _naming(place):
            await check(pool)
    except GraphileWorkerError as error:
        return error
    return None


@contextmanager
def _naming(place: Place) -> Iterator[None]:
    """Errors say which of the databases they are about, and never its password."""
    try:
        yield
    except GraphileWorkerError as error:
        error.message = redact(f"database {place.name!r}: {error.message}", place.address)
        error.hint = redact(error.hint, place.address) if error.hint else None
        raise
