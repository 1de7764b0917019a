"""The names of a table with their numbers of jobs, kept from the newest sample that any request has read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from graphile_worker.admin.api.tables.samples import Kind, Sample

COLUMNS: dict[Kind, str] = {"tasks": "total", "queues": "jobs", "workers": "jobs"}  # the number of jobs in a row
KEPT_SECONDS = 15.0  # at least, for suggestions: the answer has the time of its counts
REST = 20  # kept for this many times the duration of the scan, as shared reads are


@dataclass(frozen=True, slots=True)
class CountedNames:
    """The numbers of jobs by name, in the order of the names, at `as_of`."""

    as_of: str
    counts: Mapping[str, int]

    @classmethod
    def of(cls, sample: Sample) -> CountedNames:
        """The names of a sample of tasks, queues or workers."""
        column = COLUMNS[sample.kind]
        return cls(sample.as_of, {row["name"]: row[column] for row in sample.rows if row["name"] is not None})


class KnownNames:
    """The names of each table in its newest sample. A write does not discard them."""

    def __init__(self) -> None:
        self._kept: dict[Kind, tuple[float, CountedNames]] = {}  # with the end of its time (monotonic)

    def add(self, sample: Sample, took: float) -> None:
        """Keeps the names of a sample, whose scan took this many seconds."""
        if sample.kind in COLUMNS:
            self._kept[sample.kind] = time.monotonic() + max(KEPT_SECONDS, REST * took), CountedNames.of(sample)

    def get(self, kind: Kind) -> CountedNames | None:
        """The names of a table; None where there is no sample, or an old one only."""
        until, names = self._kept.get(kind, (0.0, None))
        return names if time.monotonic() < until else None
