"""SIGTERM and SIGINT before a server listens to them itself."""

from __future__ import annotations

import contextlib
import os
import signal
from types import FrameType
from typing import NoReturn

STOPPED, INTERRUPTED = 0, 130


def end_at_once(*numbers: signal.Signals) -> None:
    """These signals end the process without waiting for anything: a process with the number 1, which the kernel spares
    the default of SIGTERM, and one whose name server does not answer."""
    for number in numbers:
        with contextlib.suppress(ValueError):  # not the main thread
            signal.signal(number, _end)


def ignore_until_served(name: str) -> None:
    """This signal, where the system has it, does nothing until the server handles it."""
    number = getattr(signal, name, None)
    if number is not None:
        with contextlib.suppress(ValueError):
            signal.signal(number, signal.SIG_IGN)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    os._exit(INTERRUPTED if number == signal.SIGINT else STOPPED)
