"""What the boot script calls once the interpreter stands."""

from __future__ import annotations

import gc

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.io import dom, fetch

ROOM = 8 << 20  # bytes taken between two collections; by itself the interpreter collects after nearly every event


def main() -> None:
    """Starts the program; what goes wrong is reported and not thrown into the browser."""
    gc.threshold(ROOM)  # type: ignore[attr-defined]  # MicroPython's
    dom.guarded(App(dom, fetch.request, fetch.Stream()).start)
