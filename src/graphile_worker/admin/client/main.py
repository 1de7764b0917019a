"""What the boot script calls once the interpreter stands."""

from __future__ import annotations

from graphile_worker.admin.client import dom, fetch
from graphile_worker.admin.client.app import App


def main() -> None:
    """Starts the program; what goes wrong is reported and not thrown into the browser."""
    dom.guarded(App(dom, fetch.request, fetch.Stream()).start)
