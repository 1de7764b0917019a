"""Single key presses without Enter, on terminals that support it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def supported() -> bool:
    """Whether single key presses can be read."""
    try:
        import termios  # noqa: F401 -- not on Windows
    except ImportError:
        return False
    return sys.stdin is not None and sys.stdin.isatty()


@contextmanager
def quitting(quit: asyncio.Event) -> Iterator[None]:
    """Sets the event when `q` is pressed, and restores the terminal at the end. Ctrl-C keeps its meaning."""
    if not supported():
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
