"""The metrics for Prometheus, made from the shared samples. Every scrape has a separate registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import asyncpg
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from graphile_worker.admin.api.tables.samples import Kind, Sample
from graphile_worker.admin.server.live.shared_reads import Answer
from graphile_worker.core.locks.config import OLD_LOCK_SECONDS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
TASKS_MAX = QUEUES_MAX = 100  # because every series costs Prometheus memory
STATES = ("ready", "scheduled", "locked", "failed")
Samples = Mapping[Kind, Answer[Sample]]

# name -> (labels, meaning)
METRICS: dict[str, tuple[tuple[str, ...], str]] = {
    "graphile_worker_up": ((), "1 when the database could be read, else 0 and nothing but this."),
    "graphile_worker_jobs": (
        ("state", "task"),
        f"Jobs by state and task; of more than {TASKS_MAX} tasks the smaller ones are summed as task=other.",
    ),
    "graphile_worker_jobs_retrying": (
        ("task",),
        "Jobs whose last attempt failed and that have attempts left, by task as above. They are ready or scheduled as well.",
    ),
    "graphile_worker_ready_oldest_seconds": ((), "How long ago the oldest ready job became due; 0 when none is ready."),
    "graphile_worker_queue_oldest_ready_seconds": (
        ("queue",),
        f"The same by queue, the {QUEUES_MAX} that wait longest; an empty name means jobs without a queue.",
    ),
    "graphile_worker_locks_older_than_4h": (
        (),
        f"Jobs that have been locked for more than {OLD_LOCK_SECONDS // 3600} hours.",
    ),
    "graphile_worker_workers": (
        ("state",),
        "Workers: healthy and stale ones send heartbeats, unregistered ones only hold locks, unknown ones too where the role may not read heartbeats.",
    ),
    "graphile_worker_sample_age_seconds": ((), "Age of the oldest sample these numbers come from."),
}


def exposition(samples: Samples | None) -> bytes:
    """The text of one scrape. `samples` is None where the database cannot be read."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_SamplesCollector(samples))
    return generate_latest(registry)


class _SamplesCollector(Collector):
    def __init__(self, samples: Samples | None) -> None:
        self._samples = samples

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _gauge("up", {(): float(self._samples is not None)})
        if self._samples is None:
            return
        queues, workers, tasks = (self._samples[kind].value for kind in ("queues", "workers", "tasks"))
        yield _gauge("jobs", _jobs(tasks))
        yield _gauge("jobs_retrying", _retrying(tasks))
        yield _gauge("ready_oldest_seconds", {(): max(_waits(tasks, 1).values(), default=0.0)})
        yield _gauge("queue_oldest_ready_seconds", _waits(queues, QUEUES_MAX))
        yield _gauge("locks_older_than_4h", {(): sum(row["old"] for row in workers.rows)})
        yield _gauge("workers", _workers(workers))
        yield _gauge("sample_age_seconds", {(): max(one.age_ms for one in self._samples.values()) / 1000})


def _gauge(name: str, values: Mapping[tuple[str, ...], float]) -> GaugeMetricFamily:
    name = f"graphile_worker_{name}"
    labels, meaning = METRICS[name]
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def _jobs(tasks: Sample) -> dict[tuple[str, ...], float]:
    """Jobs by state and task. A task that is named `other` is summed with the other tasks: a series must be unique."""
    counts: dict[tuple[str, ...], float] = {}
    for task, row in _by_task(tasks):
        for state in STATES:
            counts[state, task] = counts.get((state, task), 0) + row[state]
    return counts


def _retrying(tasks: Sample) -> dict[tuple[str, ...], float]:
    """Retrying jobs by task, with the same tasks as in `_jobs`."""
    counts: dict[tuple[str, ...], float] = {}
    for task, row in _by_task(tasks):
        counts[task,] = counts.get((task,), 0) + row["retrying"]
    return counts


def _by_task(tasks: Sample) -> Iterator[tuple[str, asyncpg.Record]]:
    """The rows of the tasks, each with the value of its label."""
    for index, row in enumerate(tasks.ordered("-total")):
        yield (row["name"] if index < TASKS_MAX else "other"), row


def _waits(sample: Sample, most: int) -> dict[tuple[str, ...], float]:
    """Seconds since the oldest ready job of a row became due, for the `most` rows with the longest wait."""
    waits: dict[tuple[str, ...], float] = {}
    for row in sample.ordered("oldest"):
        if row["oldest"] is None or len(waits) == most:
            break
        waits.setdefault((row["name"] or "",), sample.now - row["oldest"])
    return waits


def _workers(workers: Sample) -> dict[tuple[str, ...], float]:
    if workers.facts["heartbeats"] == "unseen":
        return {("unknown",): len(workers.rows)}
    stale = [row["stale"] for row in workers.rows]
    return {("healthy",): stale.count(False), ("stale",): stale.count(True), ("unregistered",): stale.count(None)}
