"""How much each hardening suite does: a part in `scripts/test`, everything in `scripts/test-hardening`."""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")
FULL = os.environ.get("GRAPHILE_WORKER_HARDENING") == "full"


def volume(part: T, full: T) -> T:
    """`full` when `scripts/test-hardening` runs the suite, else `part`."""
    return full if FULL else part
