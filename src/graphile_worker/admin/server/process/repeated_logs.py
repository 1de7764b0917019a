"""One log line per kind of message and minute: a client that sends nonsense cannot fill a disk."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict

SECONDS = 60.0
KINDS_MAX = 500
OURS = "graphile_worker.admin"


class RepeatedLogFilter(logging.Filter):
    """Passes the first message of a kind in each minute; the next one that passes tells how many were left out.

    A kind is a level, the message before its arguments are filled in, and the record's `kind`. Records of ours without a `kind` are no client's doing
    and always pass.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kinds: OrderedDict[tuple[object, ...], tuple[float, int]] = OrderedDict()  # (end of its minute, left out)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is written."""
        if record.name == OURS and not hasattr(record, "kind"):
            return True
        kind = (record.levelno, str(record.msg), getattr(record, "kind", None))
        now = time.monotonic()
        until, left_out = self._kinds.get(kind, (0.0, 0))
        if now < until:
            self._kinds[kind] = until, left_out + 1
            return False
        self._kinds[kind] = now + SECONDS, 0
        self._kinds.move_to_end(kind)
        while len(self._kinds) > KINDS_MAX:
            self._kinds.popitem(last=False)
        if left_out:
            record.msg, record.args = f"{record.getMessage()} ({left_out} more like this were not logged)", ()
        return True
