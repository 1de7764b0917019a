"""The output of a watch on a terminal: one screen, drawn again for each snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from graphile_worker.admin.api.tables.live_counts import LiveCounts
from graphile_worker.cli.output import cell, safe
from graphile_worker.cli.watch.history import History, bars
from graphile_worker.cli.watch.rates import backlog_cell, rate_line
from graphile_worker.cli.watch.snapshots import Snapshot
from graphile_worker.core.durations import approximate
from graphile_worker.core.exceptions import DatabaseError

WIDTH = 40  # snapshots in a line of bars
STATES = ("total", "ready", "blocked", "scheduled", "retrying", "locked", "failed")


class Screen:
    """The screen. As a context manager it stays visible until the end, and afterwards."""

    def __init__(self, schema: str, *, keys: bool) -> None:
        self._schema = schema
        self._keys = keys
        self._history = History()
        self._live = Live(console=Console(highlight=False), auto_refresh=False, vertical_overflow="ellipsis")
        self._pause = 0.0

    def __enter__(self) -> Screen:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._live.stop()

    def show(self, snapshot: Snapshot, pause: float) -> None:
        """Draws a snapshot."""
        self._pause = pause
        self._history.add(snapshot)
        self._draw()

    def show_error(self, error: DatabaseError) -> None:
        """Draws the last snapshot and the duration of the outage."""
        self._history.add_error(error)
        self._draw()

    def _draw(self) -> None:
        self._live.update(Group(*self._parts()), refresh=True)

    def _parts(self) -> list[RenderableType]:
        parts: list[RenderableType] = [self._head()]
        if self._history.silence:
            parts.append(_silence(self._history))
        if self._history.last:
            live = self._history.last.live
            parts += [
                _states(live),
                Text(rate_line(live.rate)),
                self._trends(),
                *_tasks(live),
                *_held(live),
                *_workers(live),
            ]
        return parts

    def _head(self) -> Text:
        last = self._history.last
        name = f"{safe(last.live.database)}, schema {safe(self._schema)}" if last else f"schema {safe(self._schema)}"
        words = [
            name,
            f"as of {_seconds(last.live.as_of)}" if last else "",
            f"every {round(self._pause, 1):g} s" if last else "",
        ]
        words.append("q quits" if self._keys else "Ctrl-C quits")
        return Text("  ".join(word for word in words if word), style="bold")

    def _trends(self) -> Table:
        history = self._history
        grid = Table.grid(padding=(0, 2))
        assert history.first is not None  # there is a last one
        for name, values in (("ready", history.ready), ("failed", history.failed)):
            change = values[-1] - getattr(history.first.live.stats, name)
            grid.add_row(name, bars(values, WIDTH), f"{change:+,} since {_seconds(history.first.live.as_of)}")
        return grid


def _silence(history: History) -> Text:
    assert history.silence is not None
    silence = history.silence
    since = f"since {_seconds(silence.since)} ({approximate(silence.seconds)})" if silence.since else "yet"
    return Text(safe(f"No answer from the database {since}: {silence.reason} Trying again."), style="bold red")


def _states(live: LiveCounts) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in (*STATES, "oldest ready"):
        table.add_column(name, justify="right")
    age = "-" if live.oldest_ready_secs is None else approximate(live.oldest_ready_secs)
    table.add_row(*(_number(name, getattr(live.stats, name)) for name in STATES), age)
    return table


def _number(name: str, value: int) -> Text:
    return Text(f"{value:,}", style="red" if name == "failed" and value else "")


def _tasks(live: LiveCounts) -> list[RenderableType]:
    title = f"Tasks with ready or running jobs: {live.tasks_busy:,}"
    rows = [
        (cell(t.task_identifier), f"{t.ready:,}", backlog_cell(t.backlog), f"{t.locked:,}", _age(t.oldest_locked_secs))
        for t in live.tasks
    ]
    return _list(title, ("task", "ready", "backlog", "running", "longest"), rows, live.tasks_busy)


def _held(live: LiveCounts) -> list[RenderableType]:
    title = f"Queues held: {live.queues_held:,}"
    rows = [(cell(q.queue_name), cell(q.locked_by), _age(q.locked_secs), f"{q.ready:,}") for q in live.queues]
    return _list(title, ("queue", "holder", "for", "ready behind it"), rows, live.queues_held)


def _workers(live: LiveCounts) -> list[RenderableType]:
    beats = live.heartbeats
    alive = f"; with heartbeats: {beats.alive:,} alive, {beats.silent:,} silent" if beats.alive or beats.silent else ""
    title = f"Workers that hold locks: {live.workers_holding:,}{alive}"
    rows = [(cell(w.worker_id), f"{w.jobs:,}", f"{w.queues:,}", _age(w.locked_secs)) for w in live.workers]
    return _list(title, ("worker", "jobs", "queues", "oldest lock"), rows, live.workers_holding)


def _list(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], total: int) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(f"\n{title}", style="bold")]
    if rows:
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        parts.append(table)
    if total > len(rows):
        parts.append(Text(f"and {total - len(rows):,} more"))
    return parts


def _age(seconds: float | None) -> str:
    return "-" if seconds is None else approximate(seconds)


def _seconds(time: str) -> str:
    """A time of the API to the second."""
    return f"{time[:10]} {time[11:19]}Z"
