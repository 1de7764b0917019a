"""TCP keepalives and the timeout for unacknowledged data."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from graphile_worker.conninfo.syntax.values import integer


class Keepalives(NamedTuple):
    """libpq's keepalives* and tcp_user_timeout; None or 0 is the system's default."""

    enabled: bool = True
    idle: int | None = None  # seconds
    interval: int | None = None  # seconds
    probes: int | None = None
    user_timeout: int | None = None  # milliseconds

    def apply(self, one: socket.socket) -> None:
        """Sets the options on a TCP socket. Options that the system lacks are skipped, as in libpq."""
        for level, option, value in self._options():
            with suppress(OSError):
                one.setsockopt(level, option, value)

    def _options(self) -> list[tuple[int, int, int]]:
        named = [("TCP_USER_TIMEOUT", self.user_timeout)]
        if self.enabled:
            named += [("TCP_KEEPIDLE", self.idle), ("TCP_KEEPINTVL", self.interval), ("TCP_KEEPCNT", self.probes)]
        found = [(socket.IPPROTO_TCP, getattr(socket, name, None), value) for name, value in named]
        known = [(level, option, value) for level, option, value in found if option is not None and value and value > 0]
        return [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, int(self.enabled)), *known]


def parse_keepalives(values: Mapping[str, str]) -> Keepalives:
    """Raises InvalidInput for a value that is not a number."""
    return Keepalives(
        enabled=integer(values, "keepalives") != 0,
        idle=integer(values, "keepalives_idle"),
        interval=integer(values, "keepalives_interval"),
        probes=integer(values, "keepalives_count"),
        user_timeout=integer(values, "tcp_user_timeout"),
    )
