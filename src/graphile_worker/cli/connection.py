"""The connection pool of a command, and the messages and exit codes of errors."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from graphile_worker.cli import collector
from graphile_worker.cli.output import note
from graphile_worker.cli.settings import Settings
from graphile_worker.cli.signals import end_at_once
from graphile_worker.core.exceptions import DATABASE_ERRORS, GraphileWorkerError, InvalidInput

if TYPE_CHECKING:
    from graphile_worker.conninfo import ConnectOptions
    from graphile_worker.core.database.connection_queue import ConnectionQueue
    from graphile_worker.core.database.transactions import Pool
    from graphile_worker.core.queue import Queue
    from graphile_worker.core.schema import Schema
    from graphile_worker.worker_utils import WorkerUtils

T = TypeVar("T")
NOT_DONE, USAGE, DATABASE = 1, 2, 3


class Session(msgspec.Struct, frozen=True, dict=True):
    """The queue of a command; `others` are further queues of admin by name."""

    pool: Pool
    schema: Schema
    name: str | None = None
    others: Mapping[str, WorkerUtils] = msgspec.field(default_factory=dict)

    @cached_property
    def queue(self) -> Queue:
        """For the reads of admin.api."""
        from graphile_worker.core.database.transactions import Database
        from graphile_worker.core.queue import Queue

        return Queue(Database(self.pool), self.schema)

    @cached_property
    def utils(self) -> WorkerUtils:
        """The actions; imported when needed, because commands that only read start faster without them."""
        from graphile_worker.worker_utils import of_queue

        return of_queue(self.queue)


Opening = Callable[[], AbstractAsyncContextManager[Session]]


def run(
    settings: Settings,
    body: Callable[[Session], Awaitable[T]],
    *,
    serving: bool = False,
    opening: Opening | None = None,
) -> T:
    """Runs the body of a command with a session.

    Args:
        serving: uses uvloop where it is installed.
        opening: opens the session; None opens the database and schema of the settings.
    """
    if opening is None:
        if len(settings.schemas) > 1:
            raise click.UsageError("give one --schema: only admin shows several.")
        address = checked_address(settings)
        opening = lambda: _session(address, settings)  # noqa: E731
    if settings.ask_password:
        _ask_password(settings)
    collector.resume()
    if serving:
        end_at_once(signal.SIGTERM, signal.SIGINT)
    runner = asyncio.Runner(loop_factory=_quick_loop() if serving else None)
    try:
        return runner.run(_run(opening, body))
    finally:
        # the process of a server ends now; closing its loop would wait for a DNS lookup without an answer
        if not serving:
            runner.close()


def _ask_password(settings: Settings) -> None:
    """Prompts once; the password has the precedence of PGPASSWORD. Raises UsageError."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("--ask-password needs a terminal; PGPASSFILE and PGPASSWORD do not")
    settings.password = click.prompt("Database password", hide_input=True, err=True)
    settings.ask_password = False


async def _run(opening: Opening, body: Callable[[Session], Awaitable[T]]) -> T:
    async with opening() as session:
        return await body(session)


def _quick_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # Windows
        return None
    return uvloop.new_event_loop


def checked_address(settings: Settings) -> str | None:
    """The address of the database; None where libpq's variables contain it. Raises UsageError."""
    from graphile_worker.conninfo.sources.environment import names_a_database

    if not settings.database_url and not names_a_database(os.environ):
        raise click.UsageError("which database? Give --database-url, or set DATABASE_URL.")
    return settings.database_url or None


def _resolve(address: str | None, settings: Settings) -> ConnectOptions:
    """The connection options of an address; notes are printed on standard error. Raises InvalidInput."""
    from graphile_worker.conninfo import resolve

    typed = {} if settings.password is None else {"PGPASSWORD": settings.password}
    options = resolve(address, {**os.environ, **typed})
    settings.secrets |= options.secrets
    for one in options.notes:
        if one not in settings.notes:
            note(f"Note: {one}")
    settings.notes |= set(options.notes)
    return options


@asynccontextmanager
async def _session(address: str | None, settings: Settings) -> AsyncIterator[Session]:
    from graphile_worker.core.schema import Schema

    schema = Schema.of(settings.schema)
    async with opened(address, settings) as pool:
        session = Session(pool, schema)
        await check(session.queue.database.connections)
        yield session


@asynccontextmanager
async def opened(address: str | None, settings: Settings) -> AsyncIterator[Pool]:
    """A pool without an open connection. Raises InvalidInput for an invalid address."""
    from graphile_worker.core.database.transactions import connect

    options = _resolve(address, settings)
    pool = await connect(
        options,
        max_connections=settings.max_connections,
        application_name="graphile-worker-cli",
        keep_statements=False,
    )
    try:
        yield pool
    finally:
        pool.terminate()


async def check(connections: ConnectionQueue, seconds: float | None = None) -> None:
    """Opens a connection and raises its error. `seconds` None: the timeout of the address (10 seconds by default)."""
    await connections.release(await connections.acquire(seconds))


def exit_code(error: GraphileWorkerError) -> int:
    """3 for errors of the database, 2 for invalid values, 1 for everything else that was not done."""
    if isinstance(error, DATABASE_ERRORS):
        return DATABASE
    return USAGE if isinstance(error, InvalidInput) else NOT_DONE


def sentence(error: GraphileWorkerError) -> str:
    """The message of an error, the message of the server, the hint and the detail, in one line."""
    message = error.message[:1].upper() + error.message[1:] if not isinstance(error, InvalidInput) else error.message
    server = f"The server's message: {error.server}." if error.server else None
    detail = f"({error.detail})" if error.detail else None
    return " ".join(part for part in (f"{message.rstrip('.')}.", server, error.hint, detail) if part)
