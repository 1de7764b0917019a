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

    descriptor = sys.stdin.fileno()
    loop = asyncio.get_running_loop()

    def pressed() -> None:
        keys = os.read(descriptor, 64)
        if not keys or b"q" in keys.lower():
            loop.remove_reader(descriptor)
            quit.set()

    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    loop.add_reader(descriptor, pressed)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
