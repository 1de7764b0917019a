"""Keys without Enter, on terminals that can."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def can_hear() -> bool:
    """Whether keys can be read one by one."""
    try:
        import termios  # noqa: F401 -- not on Windows
    except ImportError:
        return False
    return sys.stdin is not None and sys.stdin.isatty()


@contextmanager
def quitting(quit: asyncio.Event) -> Iterator[None]:
    """`q` sets the event; the terminal is as it was at the end. Ctrl-C stays what it is."""
    if not can_hear():
        yield
        return
    import termios
    import tty

    place = sys.stdin.fileno()
    loop = asyncio.get_running_loop()

    def pressed() -> None:
        keys = os.read(place, 64)
        if not keys or b"q" in keys.lower():
            loop.remove_reader(place)
            quit.set()

    before = termios.tcgetattr(place)
    tty.setcbreak(place)
    loop.add_reader(place, pressed)
    try:
        yield
    finally:
        loop.remove_reader(place)
        termios.tcsetattr(place, termios.TCSADRAIN, before)
