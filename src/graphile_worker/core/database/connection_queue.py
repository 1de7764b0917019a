"""Lends connections of a pool to callers that wait a limited time. An attempt to connect continues without its caller.

asyncpg's own `acquire(timeout=…)` cancels the attempt: a database that takes longer than that to accept a connection
would never be reached. Here attempts are tasks of their own, and callers wait in a queue for whatever connection comes
first.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from typing import TypeAlias

import asyncpg

from graphile_worker.core import exceptions
from graphile_worker.core.database.connect_errors import at_connect
from graphile_worker.core.database.driver_errors import BROKEN
from graphile_worker.core.secrets.redaction import redacting_logger

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
PoolConnection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

ACQUIRE_TIMEOUT = 2.0  # seconds that a caller waits for a connection
RELEASE_TIMEOUT = 2.0  # seconds that a pool's own `reset` may take
BACKOFF_MIN = 0.1  # seconds without a new attempt after one that failed, doubled each time ...
BACKOFF_MAX = 1.0  # ... up to this: shorter than a caller waits
PATIENCE = 0.2  # seconds that a caller waits for the next attempt; where it is further away, the last error is raised
ROUND_TRIPS_KEPT = 20
_log = redacting_logger("graphile_worker")


class ConnectionQueue:
    """Lends the connections of a pool; at most one attempt per connection that the pool may open runs at a time.

    The pool may be any asyncpg pool, and may have other users.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._waiters: deque[asyncio.Future[PoolConnection]] = deque()  # in the order of their calls
        self._paced: set[asyncio.Future[PoolConnection]] = set()  # of the waiters
        self._attempts: set[asyncio.Task[PoolConnection]] = set()
        self._returns: set[asyncio.Task[None]] = set()
        self._lent: set[PoolConnection] = set()  # lent for one transaction, so returned soon
        self._failures = 0  # consecutive failures
        self._failed_at = float("-inf")
        self._last_error: BaseException | None = None
        self._pause: asyncio.TimerHandle | None = None
        self._round_trips: deque[float] = deque(maxlen=ROUND_TRIPS_KEPT)

    def round_trip(self, seconds: float) -> float:
        """Takes the duration of a statement that costs the server nothing. The network's part of it is the shortest of the
        last ones, which is returned."""
        self._round_trips.append(seconds)
        return min(self._round_trips)

    async def acquire(
        self, timeout: float | None = ACQUIRE_TIMEOUT, *, lasting: bool = False, paced: bool = False
    ) -> PoolConnection:
        """A connection within `timeout` seconds, to be given back by `release`; None: as long as an attempt may take.

        `lasting`: it is held for long, as by a listener, so that other callers do not wait for its return.
        `paced`: the caller tries again at intervals of its own, so that its failures do not delay other callers.

        Raises PoolBusy where the pool has none left; DatabaseUnavailable, PermissionDenied,
        InvalidInput("database-url") where an attempt failed and no other connection can become free, or when the time
        is over.
        """
        loop = asyncio.get_running_loop()
        if self._last_error and self._rests():
            raise _ours(self._last_error)
        started = loop.time()
        waiter: asyncio.Future[PoolConnection] = loop.create_future()
        self._waiters.append(waiter)
        if paced:
            self._paced.add(waiter)
            waiter.add_done_callback(self._paced.discard)
        self._start()
        try:
            async with asyncio.timeout(timeout):
                connection = await waiter
        except TimeoutError as error:
            self._leave(waiter)
            ours = self._too_late(self._last_error if self._last_error and self._failed_at >= started else error)
            raise ours from ours.__cause__
        except asyncio.CancelledError:
            self._leave(waiter)
            raise
        if lasting:
            self._lent.discard(connection)
        return connection

    async def release(self, connection: PoolConnection) -> None:
        """Returns a connection to the pool, also where the caller is cancelled meanwhile; the next waiting caller gets
        it."""
        await asyncio.shield(self._return(connection))

    def _return(self, connection: PoolConnection) -> asyncio.Task[None]:
        task = asyncio.create_task(self._returned(connection))
        self._returns.add(task)
        task.add_done_callback(self._returns.discard)
        return task

    async def _returned(self, connection: PoolConnection) -> None:
        """Returns a connection to the pool. An error closes the connection; the result of its statement stays valid."""
        try:
            await self.pool.release(connection, timeout=RELEASE_TIMEOUT)
        except BROKEN:
            cut(connection)
        finally:
            self._lent.discard(connection)
        self._start()

    def _start(self) -> None:
        """Starts attempts: one per waiting caller, and more if the pool has idle connections, which an attempt gets at
        once."""
        waiting, idle = len(self._waiters), self.pool.get_idle_size()
        wanted = 0 if self._pause else waiting - len(self._attempts)
        room = self.pool.get_max_size() - len(self._attempts)
        for _ in range(min(max(wanted, min(waiting, idle)), room)):
            attempt = asyncio.create_task(self._attempt())
            self._attempts.add(attempt)
            attempt.add_done_callback(self._ended)

    async def _attempt(self) -> PoolConnection:
        return await self.pool.acquire()

    def _ended(self, attempt: asyncio.Task[PoolConnection]) -> None:
        given_up = attempt not in self._attempts
        self._attempts.discard(attempt)
        if attempt.cancelled():
            if not given_up:  # code of the application that runs while the pool connects was cancelled
                self._failed(asyncio.CancelledError())
            return
        error = attempt.exception()
        if error is None:
            self._failures = 0
            self._hand_over(attempt.result())
            self._resume()
        else:
            self._failed(error)

    def _hand_over(self, connection: PoolConnection) -> None:
        """Gives a connection to the first waiting caller, or returns it to the pool if none waits."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self._lent.add(connection)
                waiter.set_result(connection)
                return
        self._return(connection)

    def _failed(self, error: BaseException) -> None:
        """Schedules the next attempt, and raises the error in the callers that nothing else can serve soon."""
        loop = asyncio.get_running_loop()
        self._last_error, self._failed_at = error, loop.time()
        paced = bool(self._waiters) and self._paced.issuperset(self._waiters)
        if self._pause is None and not paced:
            delay = min(BACKOFF_MIN * 2**self._failures, BACKOFF_MAX) * random.uniform(0.5, 1.0)  # noqa: S311
            self._failures = min(self._failures + 1, 10)
            self._pause = loop.call_later(delay, self._resume)
        while self._waiters and not self._others_may_serve():
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(_ours(error))

    def _others_may_serve(self) -> bool:
        """Whether a waiting caller can get a connection soon: another attempt to connect runs, or a connection is idle, or one
        is lent for a statement and will be returned."""
        return bool(self._attempts) or self.pool.get_idle_size() > 0 or bool(self._lent)

    def _rests(self) -> bool:
        """Whether the next attempt starts later than PATIENCE and no other connection can become free before."""
        if self._pause is None or self._others_may_serve():
            return False
        return self._pause.when() - asyncio.get_running_loop().time() > PATIENCE

    def _resume(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        self._start()

    def _leave(self, waiter: asyncio.Future[PoolConnection]) -> None:
        """Removes a caller that waits no more. Its attempt continues, unless it only waits for a connection to be
        returned."""
        if waiter in self._waiters:
            self._waiters.remove(waiter)
        elif waiter.done() and not waiter.cancelled() and waiter.exception() is None:
            self._hand_over(waiter.result())  # the connection arrived before the caller noticed its cancellation
        if self._all_in_use() and len(self._attempts) > len(self._waiters):
            self._attempts.pop().cancel()

    def _too_late(self, cause: BaseException) -> exceptions.GraphileWorkerError:
        if self._all_in_use():
            return exceptions.PoolBusy("all database connections are in use", hint="Try again in a moment.")
        return _ours(cause)

    def _all_in_use(self) -> bool:
        return self.pool.get_size() >= self.pool.get_max_size() and self.pool.get_idle_size() == 0


def cut(connection: PoolConnection) -> None:
    """Closes the socket of a connection: on a dead network a cancel request would get no answer."""
    try:
        connection.terminate()
    except asyncpg.InterfaceError:
        pass  # the connection had already ended and was returned to the pool


def _ours(error: BaseException) -> exceptions.GraphileWorkerError:
    """The exception with its cause, a new one for each caller."""
    try:
        ours = at_connect(error)
    except Exception as fault:  # otherwise the callers would never get an exception
        _log.error("an error while connecting has no translation: %s of %s", type(fault).__name__, type(error).__name__)
        ours = exceptions.DatabaseUnavailable("the database could not be reached")
        ours.detail, ours.reason_code = type(error).__name__, "unreachable"
    if ours.__cause__ is None and not isinstance(
        error, exceptions.GraphileWorkerError
    ):  # an exception of this package is copied with its cause
        ours.__cause__ = error
    return ours
