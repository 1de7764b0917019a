"""Opens the connections of a pool, which keep their prepared statements where that is safe.

PostgreSQL parses and plans a statement of a list in several milliseconds, and runs it in less than one. A connection that
keeps its statements saves the first part. A pooler in transaction mode gives each transaction another server process, which does not
have the statements of the one before. PostgreSQL names the process at the login, and a pooler names a number of its own: the
statements are kept where both are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphile_worker.conninfo import ConnectOptions
    from graphile_worker.core.database.transactions import Connection

STATEMENTS = 24  # kept per connection; one takes 100 to 800 kB of the memory of its process in the server
STATEMENT_BYTES = 64 << 10  # a longer one is not kept
STATEMENT_SECONDS = 600.0  # that a statement is kept


class Opener:
    """The `connect` of a pool. `keep_statements`: for a program that runs the same statements again."""

    def __init__(self, options: ConnectOptions, *, keep_statements: bool) -> None:
        self._options = options
        self._keep = keep_statements

    async def __call__(self, _: object, **driver: Any) -> Connection:
        if self._keep:
            connection = await self._open(driver, STATEMENTS)
            try:
                direct = await _is_direct(connection)
            except BaseException:  # also a cancellation: nobody else has this connection to close it
                connection.terminate()
                raise
            if direct:
                return connection
            await connection.close()
            self._keep = False
        return await self._open(driver, 0)

    async def _open(self, driver: dict[str, Any], statements: int) -> Connection:
        return await self._options.connect(
            **driver,
            statement_cache_size=statements,
            max_cacheable_statement_size=STATEMENT_BYTES,
            max_cached_statement_lifetime=STATEMENT_SECONDS,
        )


async def _is_direct(connection: Connection) -> bool:
    """Whether no pooler is between the server and this connection. Nothing is prepared: a pooler would give it to others."""
    process = connection.get_server_pid()
    return await connection.execute(f"select where pg_catalog.pg_backend_pid() = {process}") == "SELECT 1"
