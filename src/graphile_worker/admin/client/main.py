"""The entry of the browser program, which the boot script calls."""

from __future__ import annotations

import gc

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.io import dom, fetch
from graphile_worker.admin.client.text.format import remember_times

GC_BYTES = 8 << 20  # between two collections; the default collects after nearly every event


def main() -> None:
    """Starts the program; an error is reported to the console."""
    if hasattr(gc, "threshold"):  # of MicroPython
        gc.threshold(GC_BYTES)
    dom.connect()
    fetch.connect()
    remember_times()
    dom.guarded(App(dom, fetch.request, fetch.Stream()).start)
