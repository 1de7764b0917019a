"""Event streams: who listens to which queue, what they are told, and how it ends.

A stream holds no queue of events but the latest of each kind, so that a slow client costs what a fast one costs. One
sampler for each queue asks as often as shared reads may be asked, while somebody listens.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import Iterator
from typing import Any

from graphile_worker.admin.server.context import Context
from graphile_worker.admin.server.live.notifications import ADDED_MAX, Hearing
from graphile_worker.admin.server.live.shared_reads import Answer, SharedReads
from graphile_worker.core.database.transactions import Pool
from graphile_worker.core.exceptions import Busy, GraphileWorkerError, PoolBusy, QueryTimeout
from graphile_worker.core.secrets.redaction import redacting_logger

STREAMS_MAX = 100  # of one server
LIFE_SECONDS = 900.0  # then a client comes again, and its credentials and rights are looked at again
PING_SECONDS = 15.0
RESEND_SECONDS = 10.0  # after which counts are sent though nothing has changed: they were looked at again
SAMPLE_SECONDS = 1.0  # between two samples, whatever the configuration
WATCH_SECONDS = 0.5  # between two looks whether the server around us wants to stop
log = redacting_logger("graphile_worker.admin")


class Stream:
    """What one client has not been told yet."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.ended = asyncio.Event()
        self.greeted = asyncio.Event()  # there is something to say to begin with
        self._hello: bool | None = None
        self._counts: Answer[dict[str, str]] | None = None
        self._stats = ""
        self._sent = 0.0
        self._added = 0

    def listening(self, can: bool) -> None:
        """Whether `jobs` events can be expected."""
        self._hello = can
        self.greeted.set()
        self.woken.set()

    def heard(self, added: int) -> None:
        """Jobs were added."""
        self._added = min(self._added + added, ADDED_MAX)
        self.woken.set()

    def counted(self, answer: Answer[dict[str, str]]) -> None:
        """A shared sample: sent where it differs from what was sent, or where that is old."""
        if answer.value["stats"] != self._stats or time.monotonic() - self._sent >= RESEND_SECONDS:
            self._counts = answer
            self.woken.set()

    def end(self) -> None:
        """Nothing more is to be told."""
        self.ended.set()
        self.woken.set()

    def take(self) -> str:
        """Everything new as events; empty when nothing is."""
        self.woken.clear()
        out = []
        if self._hello is not None:
            out.append(event("hello", json.dumps({"listening": self._hello})))
            self._hello = None
        if self._counts is not None:
            out.append(event("counts", counts_json(self._counts)))
            self._stats, self._sent, self._counts = self._counts.value["stats"], time.monotonic(), None
        if self._added:
            out.append(event("jobs", json.dumps({"added": self._added})))
            self._added = 0
        return "".join(out)


def event(name: str, data: str) -> str:
    """One event of a stream; JSON has no line breaks that are not escaped."""
    return f"event: {name}\ndata: {data}\n\n"


def counts_json(answer: Answer[dict[str, str]]) -> str:
    """`{"stats", "as_of", "age_ms"}`."""
    return f'{{"stats":{answer.value["stats"]},"as_of":{answer.value["as_of"]},"age_ms":{answer.age_ms}}}'


class Live:
    """The streams of one queue: a sampler and an ear, while there are any."""

    def __init__(self, context: Context, hearing: Hearing) -> None:
        self._context = context
        self._hearing = hearing
        self._streams: set[Stream] = set()
        self._sampler: asyncio.Task[None] | None = None
        self.left: asyncio.Task[None] | None = None  # gives the listening connection back

    @contextlib.contextmanager
    def joined(self) -> Iterator[Stream]:
        """A stream as long as the block runs."""
        stream = Stream()
        self._streams.add(stream)
        self._hearing.join(self)
        if self._hearing.can is not None:
            stream.listening(self._hearing.can)
        if self._sampler is None or self._sampler.done():  # done: the database was away
            self._sampler = asyncio.create_task(self._sample())
        try:
            yield stream
        finally:
            self._streams.discard(stream)
            if not self._streams:
                self._sampler.cancel()
                self._sampler = None
                self.left = self._hearing.leave(self)

    def __len__(self) -> int:
        return len(self._streams)

    def listening(self, can: bool) -> None:
        """As Hearer."""
        for stream in self._streams:
            stream.listening(can)

    def heard(self, added: int) -> None:
        """As Hearer."""
        for stream in self._streams:
            stream.heard(added)

    def end(self) -> None:
        """All of them, at once."""
        for stream in self._streams:
            stream.end()

    async def _sample(self) -> None:
        """Asks, tells, rests; a database that is away ends the streams, and their clients come again when it is back."""
        try:
            while True:
                begun = time.monotonic()
                try:
                    answer = await self._context.overview()
                except (PoolBusy, QueryTimeout):
                    rest = SharedReads.REST * (time.monotonic() - begun)
                else:
                    rest = max(self._context.config.freshness, SharedReads.REST * answer.took) - answer.age_ms / 1000
                    for stream in self._streams:
                        stream.counted(answer)
                await asyncio.sleep(max(SAMPLE_SECONDS, rest))
        except GraphileWorkerError as error:
            log.debug("streams end: %s", error)
        except Exception:
            log.exception("a sampler failed")
        self.end()


class Streams:
    """All streams of one server."""

    def __init__(self) -> None:
        self._live: dict[str | None, Live] = {}
        self._hearings: dict[Pool, Hearing] = {}
        self._watcher: asyncio.Task[None] | None = None
        self._stopped = False

    def of(self, context: Context) -> Live:
        """The streams of one queue; queues of one pool share an ear."""
        live = self._live.get(context.name)
        if live is None:
            connections = context.config.utils.database.connections
            hearing = self._hearings.setdefault(connections.pool, Hearing(connections))
            live = self._live[context.name] = Live(context, hearing)
        return live

    def require_room(self) -> None:
        """Raises Busy where no more streams are served."""
        if self._stopped or self.count >= STREAMS_MAX:
            message = f"this server serves {STREAMS_MAX} event streams and no more"
            raise Busy(message, hint="Ask /api/overview instead, and try again later.")

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(map(len, self._live.values()))

    def watch(self) -> None:
        """As long as there are streams: a server that wants to stop waits for them, and tells nobody."""
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while self.count:
            await asyncio.sleep(WATCH_SECONDS)
            if host_stops():
                self._end()

    def stop(self) -> None:
        """The server stops: all end at once and no other begins."""
        self._stopped = True
        self._end()

    def _end(self) -> None:
        for live in self._live.values():
            live.end()

    async def stopped(self) -> None:
        """Waits, not for long, until every connection that listened is back in its pool."""
        self.stop()
        tasks = [live.left for live in self._live.values() if live.left is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=3)


def host_stops() -> bool:
    """Whether the uvicorn that runs the application around us was asked to stop: its handler of the signal knows."""
    for number in (signal.SIGINT, signal.SIGTERM):
        server: Any = getattr(signal.getsignal(number), "__self__", None)
        if getattr(server, "should_exit", False) is True:
            return True
    return False
