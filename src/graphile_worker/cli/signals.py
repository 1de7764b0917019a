"""Signals that arrive before the server has installed its own handlers."""

from __future__ import annotations

import contextlib
import os
import signal
from types import FrameType
from typing import NoReturn

STOPPED, INTERRUPTED = 0, 130


def end_at_once(*numbers: signal.Signals) -> None:
    """Makes these signals end the process at once, also as PID 1, for which the kernel ignores the default action of
    SIGTERM, and during a DNS lookup without an answer."""
    for number in numbers:
        with contextlib.suppress(ValueError):  # not the main thread
            signal.signal(number, _end)


def ignore_until_served(name: str) -> None:
    """Ignores this signal, where the system has it, until the server handles it."""
    number = getattr(signal, name, None)
    if number is not None:
        with contextlib.suppress(ValueError):
            signal.signal(number, signal.SIG_IGN)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    os._exit(INTERRUPTED if number == signal.SIGINT else STOPPED)
