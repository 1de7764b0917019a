"""What the boot script calls once the interpreter stands."""

from __future__ import annotations

from graphile_worker.admin.client import app, dom


def main() -> None:
    """Starts the program; what goes wrong is reported and not thrown into the browser."""
    dom.guarded(app.start)
