"""The garbage collector of the program.

An import makes many objects and no garbage: with Python's threshold, the collector takes a fifth of the time of a short command.
"""

from __future__ import annotations

import gc

POSTPONED = 200_000  # objects; a start makes fewer
_USUAL = gc.get_threshold()


def postpone() -> None:
    """Raises the threshold of the first collection. A command without a database ends before it."""
    gc.set_threshold(POSTPONED)


def resume() -> None:
    """Restores Python's thresholds for the work of a command. The objects of the start are never collected."""
    if gc.get_threshold()[0] == POSTPONED:
        gc.freeze()
        gc.set_threshold(*_USUAL)
