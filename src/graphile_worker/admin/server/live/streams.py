"""Event streams by queue: their events, their number, and their end.

A stream buffers only the latest event of each kind, so that a slow client costs no more memory than a fast one. While a
queue has streams, one sampler reads its counts when jobs were added, else as often as shared reads may be repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import Iterator
from typing import Any

from graphile_worker.admin.api.json_codec import encode
from graphile_worker.admin.api.responses.live import DatabaseEvent, database_output
from graphile_worker.admin.api.responses.overview import OverviewParts
from graphile_worker.admin.server.context import Context
from graphile_worker.admin.server.live.notifications import ADDED_MAX, JobInsertListener
from graphile_worker.admin.server.live.shared_reads import Answer, SharedReads
from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.exceptions import Busy, DatabaseUnavailable, GraphileWorkerError, PoolBusy, QueryTimeout
from graphile_worker.core.job_stats import JobStats
from graphile_worker.core.secrets.redaction import redacting_logger

STREAMS_MAX = 100  # of one server
LIFETIME_SECONDS = 900.0  # the client then reconnects, and its credentials and rights are checked again
PING_SECONDS = 15.0
RESEND_SECONDS = 10.0  # after which unchanged counts are sent again, with their new age
SAMPLE_SECONDS = 1.0  # minimum interval of samples, whatever the configuration
STOP_CHECK_SECONDS = 0.5  # between checks whether the surrounding server stops
log = redacting_logger("graphile_worker.admin")


class Stream:
    """The events that one client has not received yet."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.ended = asyncio.Event()
        self.has_hello = asyncio.Event()  # the first event can be sent
        self._hello: bool | None = None
        self._database: DatabaseEvent | None = None
        self._counts: Answer[OverviewParts] | None = None
        self._stats: JobStats | None = None
        self._sent = 0.0
        self._added = 0

    def listening_changed(self, listening: bool) -> None:
        """Whether `jobs` events can be expected."""
        self._hello = listening
        self.has_hello.set()
        self.changed.set()

    def database_changed(self, output: DatabaseEvent) -> None:
        """Whether the database answers."""
        self._database = output
        self.changed.set()

    def jobs_added(self, count: int) -> None:
        """Jobs were added."""
        self._added = min(self._added + count, ADDED_MAX)
        self.changed.set()

    def counted(self, answer: Answer[OverviewParts]) -> None:
        """Takes a shared sample. It is sent when it differs from the last one, or after RESEND_SECONDS."""
        if answer.value["stats"] != self._stats or time.monotonic() - self._sent >= RESEND_SECONDS:
            self._counts = answer
            self.changed.set()

    def end(self) -> None:
        """Ends the stream after the events that it has."""
        self.ended.set()
        self.changed.set()

    def take(self) -> str:
        """Removes and returns the events; empty when there are none."""
        self.changed.clear()
        out = []
        if self._database is not None:
            out.append(event("database", encode(self._database).decode()))
            self._database = None
        if self._hello is not None:
            out.append(event("hello", json.dumps({"listening": self._hello})))
            self._hello = None
        if self._counts is not None:
            out.append(event("counts", encode(_counts_event(self._counts)).decode()))
            self._stats, self._sent, self._counts = self._counts.value["stats"], time.monotonic(), None
        if self._added:
            out.append(event("jobs", json.dumps({"added": self._added})))
            self._added = 0
        return "".join(out)


def event(name: str, data: str) -> str:
    """The text of one event. JSON has no unescaped line breaks."""
    return f"event: {name}\ndata: {data}\n\n"


def _counts_event(answer: Answer[OverviewParts]) -> dict[str, object]:
    """The members of a CountsEvent."""
    rate = {"rate": answer.value["rate"]} if "rate" in answer.value else {}
    return {"stats": answer.value["stats"], "as_of": answer.value["as_of"], "age_ms": answer.age_ms, **rate}


class QueueStreams:
    """The streams of one queue. A sampler runs, and notifications are subscribed to, while there are any."""

    def __init__(self, context: Context, listener: JobInsertListener) -> None:
        self._context = context
        self._listener = listener
        self._streams: set[Stream] = set()
        self._sampler: asyncio.Task[None] | None = None
        self._changes = asyncio.Event()  # the counts may be others
        self.closing: asyncio.Task[None] | None = None  # gives the listening connection back to its pool

    @contextlib.contextmanager
    def open(self) -> Iterator[Stream]:
        """A stream for the duration of the block."""
        stream = Stream()
        self._streams.add(stream)
        self._listener.subscribe(self)
        if self._listener.listening is not None:
            stream.listening_changed(self._listener.listening)
        if self._sampler is None or self._sampler.done():  # done: the database was not available
            self._sampler = asyncio.create_task(self._sample())
        try:
            yield stream
        finally:
            self._streams.discard(stream)
            if not self._streams:
                self._sampler.cancel()
                self._sampler = None
                self.closing = self._listener.unsubscribe(self)

    def __len__(self) -> int:
        return len(self._streams)

    def listening_changed(self, listening: bool) -> None:
        """As in Subscriber."""
        for stream in self._streams:
            stream.listening_changed(listening)

    def availability_changed(self, error: GraphileWorkerError | None) -> None:
        """As in Subscriber. Answers from before are not given while the database does not answer."""
        if error is not None:
            self._context.shared.common.forget()
        output = database_output(error, self._context.config.redaction)
        for stream in self._streams:
            stream.database_changed(output)
        self._changes.set()

    def jobs_added(self, count: int) -> None:
        """As in Subscriber."""
        self._context.shared.common.outdate()
        self._changes.set()
        for stream in self._streams:
            stream.jobs_added(count)

    def end(self) -> None:
        """Ends every stream at once."""
        for stream in self._streams:
            stream.end()

    async def _sample(self) -> None:
        """Reads and distributes the counts. An unavailable database ends the streams, and their clients reconnect."""
        try:
            while True:
                started = time.monotonic()
                self._changes.clear()
                try:
                    answer = await self._context.overview()
                except PoolBusy:
                    rest = fresh = self._context.config.freshness  # the database has not worked
                except QueryTimeout:
                    rest = fresh = SharedReads.REST * (time.monotonic() - started)
                else:
                    rest = SharedReads.REST * answer.took - answer.age_ms / 1000
                    fresh = self._context.config.freshness - answer.age_ms / 1000
                    for stream in self._streams:
                        stream.counted(answer)
                rest = max(SAMPLE_SECONDS, rest)
                await asyncio.sleep(rest)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, fresh - rest)):
                        await self._changes.wait()
        except GraphileWorkerError as error:
            log.debug("streams end: %s", error)
            if isinstance(error, DatabaseUnavailable):
                self.availability_changed(error)
        except Exception:
            log.exception("a sampler failed")
        self.end()


class Streams:
    """All streams of one server."""

    def __init__(self) -> None:
        self._queues: dict[str | None, QueueStreams] = {}
        self._listeners: dict[Pool, JobInsertListener] = {}
        self._stop_check: asyncio.Task[None] | None = None
        self._stopped = False

    def of(self, context: Context) -> QueueStreams:
        """The streams of one queue. The queues of one pool share a listener."""
        queue = self._queues.get(context.name)
        if queue is None:
            connections = context.config.utils.database.connections
            listener = self._listeners.setdefault(connections.pool, JobInsertListener(connections))
            queue = self._queues[context.name] = QueueStreams(context, listener)
        return queue

    def require_room(self) -> None:
        """Raises Busy when there are STREAMS_MAX streams, or the server stops."""
        if self._stopped or self.count >= STREAMS_MAX:
            message = f"this server serves {STREAMS_MAX} event streams and no more"
            raise Busy(message, hint="Ask /api/overview instead, and try again later.")

    @property
    def count(self) -> int:
        """The number of streams."""
        return sum(map(len, self._queues.values()))

    def watch(self) -> None:
        """While there are streams, checks whether the surrounding server stops: it waits for them and sends no event."""
        if self._stop_check is None or self._stop_check.done():
            self._stop_check = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while self.count:
            await asyncio.sleep(STOP_CHECK_SECONDS)
            if uvicorn_stops():
                self._end()

    def stop(self) -> None:
        """Ends every stream at once and accepts no other."""
        self._stopped = True
        self._end()

    def _end(self) -> None:
        for queue in self._queues.values():
            queue.end()

    async def stopped(self) -> None:
        """Stops, and waits for at most 3 seconds until every listening connection is back in its pool."""
        self.stop()
        tasks = [queue.closing for queue in self._queues.values() if queue.closing is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=3)


def uvicorn_stops() -> bool:
    """Whether the uvicorn server that runs the surrounding application got a signal to stop: its handler has the state."""
    for number in (signal.SIGINT, signal.SIGTERM):
        server: Any = getattr(signal.getsignal(number), "__self__", None)
        if getattr(server, "should_exit", False) is True:
            return True
    return False
