"""Allowed Host headers. This is the first guard, because a DNS rebinding attack passes all others."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from graphile_worker.core.secrets.likely_secrets import hidden

Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"

NAME_MAX = 253  # characters of a host name
DEFAULT_PORTS = ("80", "443")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?", re.ASCII)


def parse_listen(text: str) -> tuple[str, int]:
    """`IP:port` or `[IPv6]:port` (`localhost` means 127.0.0.1). Raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise ValueError(f"listen address must be IP:port, not {hidden(text)!r}")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if host == "localhost":
        host = "127.0.0.1"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise ValueError(f"listen address must be IP:port, not {hidden(text)!r}") from None
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether an address literal is a loopback address (`::ffff:127.0.0.1` included)."""
    address = _address(host)
    return address is not None and address.is_loopback


def is_wildcard(host: str) -> bool:
    """Whether the address means every interface."""
    address = _address(host)
    return address is not None and address.is_unspecified


def reachable(host: str) -> str:
    """The address at which this machine reaches a listen address; loopback for a wildcard address."""
    if not is_wildcard(host):
        return host
    return "::1" if ":" in host else "127.0.0.1"


def in_url(host: str) -> str:
    """The host in the form of a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def _address(host: str) -> Address | None:
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if mapped is not None else address


def split_host(value: str) -> tuple[str, str | None] | None:
    """The normalized name and the port, or None, of a Host header; None when it is malformed."""
    match = _HOST.fullmatch(value)
    if match is None or (match[2] is not None and not 0 < int(match[2]) <= 65535) or len(match[1]) > NAME_MAX:
        return None
    name = match[1].strip("[]").lower()
    return name.removesuffix(".") or name, match[2]


@dataclass(frozen=True, slots=True)
class AllowedHost:
    """An allowed Host, with any port or with one. A Host without a port matches the default ports."""

    name: str  # in lower case, as punycode; an address without brackets
    port: str | None = None

    @classmethod
    def parse(cls, text: str) -> AllowedHost:
        """`NAME`, `NAME:PORT`, an IPv4 address, or an IPv6 address with or without brackets. Raises ValueError."""
        text = unicodedata.normalize("NFC", text.strip())
        if "://" in text:
            host = text.partition("://")[2].partition("/")[0].rpartition("@")[2]
            raise ValueError(f"{hidden(text)!r} is the address of a page: allow the host in it, {host!r}")
        if "*" in text:
            raise ValueError(f"{hidden(text)!r} is not a host name: each is allowed by itself, without *")
        bare = not text.startswith("[") and ":" in text and _address(text) is not None
        split = split_host(f"[{text}]" if bare else _punycode(text))
        if split is None or split[0].startswith("."):
            raise ValueError(f"{hidden(text)!r} is not a host name")
        if is_wildcard(split[0]):
            raise ValueError(f"{text!r} is where a server listens: allow the address that people open")
        return cls(*split)

    def matches(self, name: str, port: str | None) -> bool:
        """Whether a Host matches."""
        if self.port is not None and port != self.port and (port is not None or self.port not in DEFAULT_PORTS):
            return False
        mine, theirs = _address(self.name), _address(name)
        return self.name == name if theirs is None else mine == theirs


def _punycode(text: str) -> str:
    """The name in the form that a browser sends; an invalid name stays unchanged."""
    name, colon, port = text.partition(":")
    if name.isascii():
        return text
    import idna

    try:
        return idna.encode(name, uts46=True).decode() + colon + port
    except idna.IDNAError:
        return text


def advice(value: str) -> str:
    """How to allow a Host."""
    split = split_host(value)
    if split is None:
        return "The Host header of the request is malformed."
    if is_wildcard(split[0]):
        return f"{split[0]} is where a server listens. Open one of the addresses that the start printed."
    return f"Start the admin with --allowed-host {split[0]} (allowed_hosts in the config)."


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """The Hosts that get a response. `any_host` is for an application that is mounted in another one."""

    allowed: tuple[AllowedHost, ...] = ()
    any_host: bool = False
    own_address: bool = False

    @classmethod
    def served(cls, listen_host: str, allowed: Iterable[str]) -> HostPolicy:
        """For `serve`: loopback, the listen address, and the allowed hosts."""
        own = [] if is_wildcard(listen_host) else [AllowedHost(listen_host)]
        return cls((*own, *map(AllowedHost.parse, allowed)), own_address=is_wildcard(listen_host))

    @classmethod
    def mounted(cls, allowed: Iterable[str], *, loopback_only: bool) -> HostPolicy:
        """For a mounted application: the allowed hosts, or any host without them. Mode none requires loopback."""
        hosts = tuple(map(AllowedHost.parse, allowed))
        return cls(hosts, any_host=not hosts and not loopback_only)

    def allows(self, value: str, server: str | None) -> bool:
        """Whether a Host header is allowed; `server` is the local address of the connection."""
        split = split_host(value)
        if split is None:
            return False
        name, port = split
        if self.any_host or name == "localhost" or is_loopback(name):
            return True
        address = _address(name)
        if self.own_address and server is not None and address is not None and address == _address(server):
            return True
        return any(host.matches(name, port) for host in self.allowed)
