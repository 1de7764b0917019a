"""A progress bar on the terminal's standard error, and Ctrl-C as a request to stop between batches."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

SMALL = 100  # up to so many items no bar is shown


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Yields a function that advances the bar by a number of items; `total` None means unknown."""
    if not sys.stderr.isatty() or (total is not None and total <= SMALL):
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    clock = TimeElapsedColumn() if total is None else TimeRemainingColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), clock)
    console = Console(stderr=True)
    # Not redirected, so that standard output stays as it is.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bars:
        task = bars.add_task(label, total=total)
        yield lambda done: bars.advance(task, done)


@dataclass
class Stop:
    """Whether Ctrl-C was pressed."""

    requested: bool = False


@contextmanager
def stopping() -> Iterator[Stop]:
    """The first Ctrl-C sets `requested`, so that the caller stops at a safe point; the second one raises KeyboardInterrupt."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():  # signals arrive in the main thread only
        yield stop
        return

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.requested = True

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
