"""Databases that are unreachable while a server starts, and are retried until they answer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from graphile_worker.cli.connection import check, sentence
from graphile_worker.cli.output import note
from graphile_worker.core.exceptions import GraphileWorkerError, InvalidInput, fresh
from graphile_worker.core.secrets.redaction import redact

if TYPE_CHECKING:
    from graphile_worker.core.database.connection_queue import ConnectionQueue

START_SECONDS = 3.0  # a server waits for its database before it starts without it
RETRY_SECONDS_MAX = 5.0


class NamedDatabase(Protocol):
    """A database with the name that the options give it."""

    @property
    def name(self) -> str | None:
        """None for a single database."""

    @property
    def address(self) -> str | None:
        """None where libpq's variables contain it."""


P = TypeVar("P", bound=NamedDatabase)


async def find_away(databases: Collection[P], connections: Mapping[str | None, ConnectionQueue]) -> list[P]:
    """The databases that do not answer, with a warning for each.

    Raises InvalidInput for an invalid address, and the first error where no database answers and none may come back.
    """
    from graphile_worker.core.database.connect_errors import is_temporary

    found = await asyncio.gather(*(_reached(database, connections[database.address]) for database in databases))
    problems = {database: error for database, error in zip(databases, found, strict=True) if error is not None}
    for error in problems.values():
        if isinstance(error, InvalidInput):
            raise error
    if len(problems) == len(found) and not any(map(is_temporary, problems.values())):
        raise next(iter(problems.values()))
    for error in problems.values():
        note(f"Warning: {sentence(error)} The admin serves meanwhile and tries again.")
    return [database for database, error in problems.items() if is_temporary(error)]


async def note_return(database: NamedDatabase, connections: ConnectionQueue) -> None:
    """Retries until the database accepts or refuses a connection, and prints which."""
    from graphile_worker.core.database.connect_errors import is_temporary

    delay = 0.5
    while True:
        await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311
        delay = min(delay * 2, RETRY_SECONDS_MAX)
        error = await _reached(database, connections)
        if error is None:
            note("The database answers now." if database.name is None else f"Database {database.name!r} answers now.")
            return
        if not is_temporary(error):
            note(f"Warning: {sentence(error)}")
            return


async def _reached(database: NamedDatabase, connections: ConnectionQueue) -> GraphileWorkerError | None:
    try:
        with naming(database):
            await check(connections, START_SECONDS)
    except GraphileWorkerError as error:
        return error
    return None


@contextmanager
def naming(database: NamedDatabase) -> Iterator[None]:
    """Adds the name of the database to errors, and redacts its password."""
    try:
        yield
    except GraphileWorkerError as error:
        named = fresh(error)  # the same error may be raised elsewhere
        text = error.message if database.name is None else f"database {database.name!r}: {error.message}"
        named.message = redact(text, database.address)
        named.args = (named.message,)
        named.hint = redact(error.hint, database.address) if error.hint else None
        named.detail = redact(error.detail, database.address) if error.detail else None
        raise named from error.__cause__
