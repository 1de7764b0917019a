"""What every job of a crowded database came to, told by two witnesses only: the workers' events and our reports."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from typing import Any

from graphile_worker.core.jobs import JobReport, Outcome, RemoveOutcome, RemoveReport
from tests.peers.node import Peer


@dataclass
class Ledger:
    """What our verbs reported, written down as they return; many tasks write into one."""

    ids: list[int] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)  # verb -> how often it was called
    outcomes: Counter[str] = field(default_factory=Counter)
    told: defaultdict[tuple[str, Outcome], Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    gone: dict[int, float] = field(default_factory=dict)  # id -> when it was first reported not to be there
    removed: Counter[int] = field(default_factory=Counter)  # by key, rows and all
    released: set[int] = field(default_factory=set)  # their keys were taken while they ran: not tried again
    cleaned: int = 0  # rows deleted by cleanups, which count and do not name them
    applied: list[int] = field(default_factory=list)  # migrations

    def note(self, verb: str, asked: Sequence[int], report: JobReport) -> None:
        """A report has a result for each id, in the order asked, and the rows of those that were done."""
        assert [result.id for result in report.results] == list(asked)
        assert [job.id for job in report.jobs] == [r.id for r in report.results if r.outcome is Outcome.DONE]
        self.calls[verb] += 1
        for result in report.results:
            self.outcomes[result.outcome] += 1
            self.told[verb, result.outcome][result.id] += 1
            if result.outcome is Outcome.NOT_FOUND:
                self.gone.setdefault(result.id, time.monotonic())

    def note_removal(self, report: RemoveReport) -> None:
        """What removing by key reported."""
        self.calls["remove"] += 1
        self.outcomes[report.outcome] += 1
        if report.job and report.outcome is RemoveOutcome.REMOVED:
            self.removed[report.job.id] += 1
        elif report.job:
            self.released.add(report.job.id)

    def reported(self, outcome: Outcome, *verbs: str) -> Counter[int]:
        """How often each id was reported so, by these verbs (none: by any)."""
        counts = [ids for (verb, told), ids in self.told.items() if told is outcome and verb in (verbs or [verb])]
        return sum(counts, Counter())

    @property
    def answers(self) -> str:
        """All outcomes and how often, for a person."""
        return ", ".join(f"{outcome} {count:,}" for outcome, count in self.outcomes.most_common())


@dataclass(frozen=True)
class Work:
    """What the workers said of their `step` jobs."""

    starts: Counter[int]
    successes: Counter[int]
    failures: Counter[int]
    last_start: dict[int, float]  # id -> seconds
    overlaps: list[tuple[dict[str, Any], dict[str, Any]]]  # of a queue: the second began before the first was over

    @classmethod
    def of(cls, peers: Iterable[Peer]) -> Work:
        """Of these workers, to be asked when they have stopped."""
        peers = list(peers)
        over = sorted((event for peer in peers for event in peer.over), key=itemgetter("began"))
        return cls(
            starts=Counter(int(event["ran"]) for peer in peers for event in peer.ran),
            successes=Counter(int(event["over"]) for event in over if not event["failed"]),
            failures=Counter(int(event["over"]) for event in over if event["failed"]),
            last_start={int(event["over"]): event["began"] for event in over},
            overlaps=_overlaps(over),
        )


def _overlaps(over: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    queues: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in over:
        if event["queue"]:
            queues[event["queue"]].append(event)
    neighbours = [pair for line in queues.values() for pair in pairwise(line)]
    return [(earlier, later) for earlier, later in neighbours if later["began"] < earlier["ended"]]


@dataclass(frozen=True)
class Balance:
    """How every job ended: `left` are rows still there, `unnamed` are gone and no report of ours names them.

    Both must be among those that a verb of ours gave up; otherwise they are `lost`.
    """

    ran: set[int]
    completed: set[int]
    removed: set[int]
    left: set[int]
    unnamed: set[int]
    lost: set[int]
    doubled: set[int]

    @classmethod
    def of(cls, ledger: Ledger, work: Work, left: Iterable[int]) -> Balance:
        """`left` are the ids of the rows still there."""
        completions = ledger.reported(Outcome.DONE, "complete")
        ends = work.successes + completions + ledger.removed + Counter(left)
        given_up = {*ledger.reported(Outcome.DONE, "fail"), *ledger.released}
        unnamed = {id for id in ledger.ids if not ends[id]}
        unequal = {id for id, count in work.starts.items() if count != work.successes[id] + work.failures[id]}
        return cls(
            ran=set(work.successes),
            completed=set(completions),
            removed=set(ledger.removed),
            left=set(left),
            unnamed=unnamed,
            lost=(unnamed | set(left)) - given_up,
            doubled={id for id, count in ends.items() if count > 1} | unequal,
        )
