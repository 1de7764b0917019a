"""Which Host headers are answered: the first guard, because a rebound DNS name passes every other one."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?", re.ASCII)


def parse_listen(text: str) -> tuple[str, int]:
    """`IP:port` or `[IPv6]:port` (`localhost` means 127.0.0.1). Raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise ValueError(f"listen address must be IP:port, not {text!r}")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if host == "localhost":
        host = "127.0.0.1"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise ValueError(f"listen address must be IP:port, not {text!r}") from None
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether an address literal is this machine only (`::ffff:127.0.0.1` included)."""
    address = _address(host)
    return address is not None and address.is_loopback


def is_wildcard(host: str) -> bool:
    """Whether the address listens everywhere."""
    address = _address(host)
    return address is not None and address.is_unspecified


def _address(host: str) -> Address | None:
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if mapped is not None else address


def split_host(value: str) -> tuple[str, str | None] | None:
    """(name in lower case, port or None) of a Host header; None when it is malformed."""
    match = _HOST.fullmatch(value)
    if match is None or (match[2] is not None and not 0 < int(match[2]) <= 65535):
        return None
    return match[1].strip("[]").lower(), match[2]


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """`any_host` is for an application mounted in another one, whose host names are its own business."""

    names: frozenset[str] = frozenset()
    any_host: bool = False
    own_address: bool = False

    @classmethod
    def served(cls, listen_host: str, allowed: Iterable[str]) -> HostPolicy:
        """For our own server: loopback, the listen address, what is allowed."""
        names = {listen_host.lower(), *_lower(allowed)}
        return cls(frozenset(names), own_address=is_wildcard(listen_host))

    @classmethod
    def mounted(cls, allowed: Iterable[str], *, loopback_only: bool) -> HostPolicy:
        """For the mountable application: what is allowed, or anything; mode none always wants loopback."""
        names = frozenset(_lower(allowed))
        return cls(names, any_host=not names and not loopback_only)

    def allows(self, value: str, server: str | None) -> bool:
        """Whether a Host header may be answered; `server` is the address the connection came to."""
        split = split_host(value)
        if split is None:
            return False
        name, port = split
        if self.any_host or name == "localhost" or is_loopback(name):
            return True
        if self.own_address and server is not None and _address(name) is not None:
            return _address(name) == _address(server)
        return name in self.names or f"{name}:{port}" in self.names


def _lower(names: Iterable[str]) -> list[str]:
    return [name.strip().lower().rstrip(".") for name in names]
