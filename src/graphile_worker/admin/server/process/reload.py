"""Reloads files of a running server at SIGHUP."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator, Mapping

from graphile_worker.core.secrets.redaction import redacting_logger

log = redacting_logger("graphile_worker.admin")


@contextlib.contextmanager
def reloading(reloads: Mapping[str, Callable[[], None]]) -> Iterator[None]:
    """While the block runs, calls every function at SIGHUP. Functions that raise ValueError keep their old state.

    The keys name what a function reloads, for the log. Without functions SIGHUP ends the process, as is its default.
    """
    number = getattr(signal, "SIGHUP", None)  # not on Windows
    if number is None or not reloads:
        yield
        return
    loop = asyncio.get_running_loop()
    before = signal.getsignal(number)
    try:
        loop.add_signal_handler(number, reload_all, reloads)
    except (NotImplementedError, ValueError, RuntimeError):  # not the main thread
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(number)
        signal.signal(number, before)


def reload_all(reloads: Mapping[str, Callable[[], None]]) -> None:
    """Calls each function and logs its result."""
    for name, reload in reloads.items():
        try:
            reload()
        except ValueError as error:
            log.error("the %s was not reloaded, the old one stays: %s", name, error)
        else:
            log.info("the %s was reloaded", name)
