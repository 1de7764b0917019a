"""One connection pool for one command, and errors as sentences."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import click

from graphile_worker.cli.settings import Settings
from graphile_worker.core.errors import (
    AccessError,
    DatabaseError,
    GraphileWorkerError,
    InvalidInput,
    SchemaError,
)

if TYPE_CHECKING:
    from graphile_worker.core.database import Database, Pool
    from graphile_worker.core.schema import Schema
    from graphile_worker.core.utils import WorkerUtils

T = TypeVar("T")
CONNECT_TIMEOUT = 10.0  # seconds until a database that does not answer counts as unreachable
NOT_DONE, USAGE, DATABASE = 1, 2, 3
_ADDRESS = re.compile(r"postgres(ql)?://", re.ASCII)


@dataclass(frozen=True)
class Session:
    """What a command works with; `others` are the queues that admin shows besides, by name."""

    pool: Pool
    schema: Schema
    name: str | None = None
    others: Mapping[str, WorkerUtils] = field(default_factory=dict)

    @cached_property
    def database(self) -> Database:
        """For the reads of admin.api."""
        from graphile_worker.core.database import Database

        return Database(self.pool)

    @cached_property
    def utils(self) -> WorkerUtils:
        """The verbs; loaded when they are needed, for a list is quicker without them."""
        from graphile_worker.core.utils import WorkerUtils

        utils = WorkerUtils(self.pool, self.schema)
        utils.database = self.database  # one memory of what may be done here
        return utils


Opening = Callable[[], AbstractAsyncContextManager[Session]]


def run(
    settings: Settings,
    body: Callable[[Session], Awaitable[T]],
    *,
    serving: bool = False,
    opening: Opening | None = None,
) -> T:
    """Runs one command's body on a connected pool; `serving` takes the quicker event loop where there is one.

    `opening` is another way to the session than the one database and schema of the settings.
    """
    if opening is None:
        if len(settings.schemas) > 1:
            raise click.UsageError("give one --schema: only admin shows several.")
        address = checked_address(settings)
        opening = lambda: _session(address, settings)  # noqa: E731
    if settings.ask_password:
        _ask_password(settings)
    with asyncio.Runner(loop_factory=_quick_loop() if serving else None) as runner:
        return runner.run(_run(opening, body))


def _ask_password(settings: Settings) -> None:
    """Asks once; the driver takes it from libpq's own variable. Raises UsageError."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("--ask-password needs a terminal; PGPASSFILE and PGPASSWORD do not")
    os.environ["PGPASSWORD"] = click.prompt("Database password", hide_input=True, err=True)
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
    """The database's address; None where libpq's own variables say it. Raises UsageError, InvalidInput."""
    address = settings.database_url
    if not address:
        if any(os.environ.get(name) for name in ("PGHOST", "PGDATABASE", "PGSERVICE")):
            return None
        raise click.UsageError("which database? Give --database-url, or set DATABASE_URL.")
    if not is_address(address):
        raise InvalidInput("database-url", "must begin with postgresql:// or postgres://")
    return address


def is_address(text: str) -> bool:
    """Whether a text looks like the address of a database."""
    return _ADDRESS.match(text) is not None


@asynccontextmanager
async def _session(address: str | None, settings: Settings) -> AsyncIterator[Session]:
    from graphile_worker.core.schema import Schema

    schema = Schema.of(settings.schema)
    async with opened(address, settings) as pool:
        await check(pool)
        yield Session(pool, schema)


@asynccontextmanager
async def opened(address: str | None, settings: Settings) -> AsyncIterator[Pool]:
    """A pool that nobody has asked for a connection yet. Raises InvalidInput for what is no address."""
    from graphile_worker.core.database import connect

    pool = await connect(address, max_connections=settings.max_connections, application_name="graphile-worker-cli")
    try:
        yield pool
    finally:
        pool.terminate()


async def check(pool: Pool) -> None:
    """Raises what keeps us from connecting."""
    import asyncpg

    from graphile_worker.core.database import translate

    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await pool.release(await pool.acquire())
    except (ValueError, asyncpg.InterfaceError) as error:
        raise InvalidInput("database-url", f"is not a PostgreSQL address: {error}") from None
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise translate(error) from error


def exit_code(error: GraphileWorkerError) -> int:
    """3 for the database, 2 for a value that breaks a rule, 1 for something named that was not done."""
    if isinstance(error, (DatabaseError, SchemaError, AccessError)):
        return DATABASE
    return USAGE if isinstance(error, InvalidInput) else NOT_DONE


def sentence(error: GraphileWorkerError) -> str:
    """What happened and what to do, in one line."""
    message = error.message[:1].upper() + error.message[1:] if not isinstance(error, InvalidInput) else error.message
    message = message.rstrip(".")
    return f"{message}. {error.hint}" if error.hint else f"{message}."


def redact(text: str, address: str | None) -> str:
    """The text without the password of any address in it."""
    text = re.sub(r"(postgres(?:ql)?://[^\s:/@]*:)[^\s@]*@", r"\1***@", text)
    found = re.search(r"://[^:/@]*:([^@]*)@", address or "") or re.search(r"[?&]password=([^&]+)", address or "")
    secret = found[1] if found else ""
    return text.replace(secret, "***") if len(secret) > 2 else text
