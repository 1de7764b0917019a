"""Long work: how far it has come, on a terminal's standard error, and an end that Ctrl-C may ask for."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

SMALL = 100  # things done before a person wonders


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Yields what is called with each number of things done; `total` None is not known."""
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
    # Not redirected: what goes to standard output stays there.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bars:
        task = bars.add_task(label, total=total)
        yield lambda done: bars.advance(task, done)


@dataclass
class Stop:
    """Whether Ctrl-C has been pressed."""

    asked: bool = False


@contextmanager
def stopping() -> Iterator[Stop]:
    """Ctrl-C only asks to stop where it is safe; a second one interrupts at once."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():  # which alone is told of signals
        yield stop
        return

    def heard(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True

    before = signal.signal(signal.SIGINT, heard)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
