"""Limits on wrong credentials, per source and in total, and one line in the log for each window."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from graphile_worker.admin.server.limits.sources import network_of
from graphile_worker.core.secrets.redaction import redacting_logger

log = redacting_logger("graphile_worker.admin")
FailedLogins = Callable[..., None]  # gets the numbers of one window as keyword arguments


class RecentLogins:
    """The credentials that were right recently, by source. They are accepted without another evaluation.

    Only a keyed hash of the credentials is kept, with a random key for each process.
    """

    SECONDS = 3600.0  # since their last use
    ENTRIES_MAX = 10_000

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._used: OrderedDict[tuple[str, bytes], tuple[float, str]] = OrderedDict()
        self._sources: OrderedDict[str, float] = OrderedDict()

    def fingerprint(self, credentials: bytes) -> bytes:
        """The keyed hash of credentials."""
        return hmac.digest(self._key, credentials, hashlib.sha256)

    def has(self, source: str, fingerprint: bytes, proof: str) -> bool:
        """Whether these credentials were right for this source recently, with the same `proof`."""
        used = self._used.get((network_of(source), fingerprint))
        if used is None or used[0] < time.monotonic() - self.SECONDS or not _same(used[1], proof):
            return False
        self.add(source, fingerprint, proof)
        return True

    def add(self, source: str, fingerprint: bytes, proof: str) -> None:
        """Adds right credentials; `proof` is the hash or secret that they were compared with."""
        name, now = network_of(source), time.monotonic()
        self._used[name, fingerprint] = (now, proof)
        self._used.move_to_end((name, fingerprint))
        self._sources[name] = now
        self._sources.move_to_end(name)
        for entries in (self._used, self._sources):
            if len(entries) > self.ENTRIES_MAX:
                entries.popitem(last=False)

    def knows(self, source: str) -> bool:
        """Whether any credentials were right for this source recently."""
        return self._sources.get(network_of(source), -self.SECONDS) >= time.monotonic() - self.SECONDS


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


@dataclass
class Attempt:
    """An admitted evaluation. It counts as a failure from its start until `succeeded` or `dropped` is called."""

    counted: tuple[deque[float], ...]
    moment: float
    wait: int  # seconds that the source must wait when the credentials are wrong; 0 for no wait

    def succeeded(self) -> None:
        """The credentials were right."""
        for times in self.counted:
            if self.moment in times:
                times.remove(self.moment)

    dropped = succeeded  # nothing was evaluated


@dataclass
class _Failures:
    """The times of the failed evaluations of one source."""

    own: deque[float] = field(default_factory=deque)
    spare: deque[float] = field(default_factory=deque)


class Throttle:
    """Allows LIMIT failed evaluations in SECONDS for a source, SPARE more in two cases, and CEILING for all sources.

    The spare evaluations are for cross-site requests, so that another site cannot use up the limit of a browser, and for
    a source that must wait, so that right credentials are accepted. The ceiling does not apply to a source whose
    credentials were right recently.
    """

    LIMIT = 10
    SPARE = 10
    CEILING = 100
    SECONDS = 60.0
    SOURCES_MAX = 10_000

    def __init__(self, recent: RecentLogins, failed: FailedLogins | None = None) -> None:
        self._recent = recent
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._all: deque[float] = deque()
        self.window = FailureWindow(self.SECONDS, failed)

    def admit(self, source: str, *, cross_site: bool) -> Attempt | int:
        """An attempt; or, without an evaluation, the seconds that the source must wait."""
        name, now = network_of(source), time.monotonic()
        failures = self._failures.get(name) or _Failures()
        own, spare = (self._left(times, now) for times in (failures.own, failures.spare))
        exhausted = len(own) >= self.LIMIT
        pool = spare if cross_site or exhausted else own
        wait = self._wait(own, now) if exhausted and not cross_site else 0
        if pool is spare and len(spare) >= self.SPARE:
            return max(self._wait(spare, now), 1)
        ceiling = self._left(self._all, now)
        if len(ceiling) >= self.CEILING and not self._recent.knows(source):
            return self._wait(ceiling, now)
        for times in (pool, ceiling):
            times.append(now)
        self._keep(name, failures)
        return Attempt((pool, ceiling), now, wait)

    def failed(self, source: str, *, evaluated: bool) -> None:
        """Counts refused credentials for the log."""
        self.window.add(network_of(source), evaluated=evaluated)

    def _keep(self, name: str, failures: _Failures) -> None:
        self._failures[name] = failures
        self._failures.move_to_end(name)
        if len(self._failures) > self.SOURCES_MAX:
            self._failures.popitem(last=False)

    def _left(self, times: deque[float], now: float) -> deque[float]:
        while times and times[0] <= now - self.SECONDS:
            times.popleft()
        return times

    def _wait(self, times: deque[float], now: float) -> int:
        return max(1, round(times[0] + self.SECONDS - now))


class FailureWindow:
    """Counts refused credentials; logs one line and reports one audit event at the end of each window with any."""

    NAMED = 3  # sources that a line names
    SOURCES_MAX = 10_000

    def __init__(self, seconds: float, failed: FailedLogins | None = None) -> None:
        self.seconds = seconds
        self._failed = failed
        self._sources: Counter[str] = Counter()
        self._refused = 0
        self._evaluated = 0
        self._end = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, source: str, *, evaluated: bool) -> None:
        """Counts one; the first one starts a window."""
        now = time.monotonic()
        if self._refused and now >= self._end:
            self.close()
        if not self._refused:
            self._end = now + self.seconds
            self._timer = asyncio.get_running_loop().call_later(self.seconds, self.close)
        self._refused += 1
        self._evaluated += evaluated
        if source in self._sources or len(self._sources) < self.SOURCES_MAX:
            self._sources[source] += 1

    def close(self) -> None:
        """Ends the window and writes its line, if it counted any."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._refused:
            return
        busiest = self._sources.most_common(self.NAMED)
        named = ", ".join(f"{name!a} {count}" for name, count in busiest)
        more = "at least " if len(self._sources) >= self.SOURCES_MAX else ""
        log.warning(
            "wrong credentials in %.0f s: %d tries from %s%d sources, %d of them evaluated; busiest: %s",
            self.seconds, self._refused, more, len(self._sources), self._evaluated, named,
        )  # fmt: skip
        if self._failed is not None:
            self._failed(
                tries=self._refused, evaluated=self._evaluated, seconds=int(self.seconds),
                sources=len(self._sources), busiest=dict(busiest),
            )  # fmt: skip
        self._sources.clear()
        self._refused = self._evaluated = 0
