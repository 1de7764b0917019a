"""One log line per kind of message and minute, so that a client cannot fill the disk with log messages."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict

SECONDS = 60.0
KINDS_MAX = 500
LOGGER = "graphile_worker.admin"


class RepeatedLogFilter(logging.Filter):
    """Passes the first message of a kind in each minute. The next one that passes has the number of suppressed ones.

    A kind is the level, the message without its arguments, and the record's attribute `kind`. Records of LOGGER without
    that attribute are not caused by a client and always pass.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kinds: OrderedDict[tuple[object, ...], tuple[float, int]] = OrderedDict()  # (end of its minute, left out)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is written."""
        if record.name == LOGGER and not hasattr(record, "kind"):
            return True
        kind = (record.levelno, str(record.msg), getattr(record, "kind", None))
        now = time.monotonic()
        until, suppressed = self._kinds.get(kind, (0.0, 0))
        if now < until:
            self._kinds[kind] = until, suppressed + 1
            return False
        self._kinds[kind] = now + SECONDS, 0
        self._kinds.move_to_end(kind)
        while len(self._kinds) > KINDS_MAX:
            self._kinds.popitem(last=False)
        if suppressed:
            record.msg, record.args = f"{record.getMessage()} ({suppressed} more like this were not logged)", ()
        return True
