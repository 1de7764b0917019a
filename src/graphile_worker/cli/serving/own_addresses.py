"""The URLs at which a server that listens on all interfaces is reachable."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

# of documentation: to "connect" a datagram socket sends nothing, it only chooses the address that packets would leave by
_ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}


def own_urls(url: str, listen_host: str) -> list[str]:
    """The URL with this machine's own addresses instead of loopback; empty where they are unknown."""
    from graphile_worker.admin.server.security.hosts import in_url, is_loopback, is_wildcard

    if not is_wildcard(listen_host):
        return []
    families = [socket.AF_INET] if ":" not in listen_host else [socket.AF_INET, socket.AF_INET6]
    found = [address for address in map(_own_address, families) if address and not is_loopback(address)]
    parts = urlsplit(url)
    return [parts._replace(netloc=f"{in_url(address)}:{parts.port}").geturl() for address in found]


def allowed_urls(url: str, listen_host: str, allowed: Iterable[str], *, behind_tls: bool) -> Iterator[str]:
    """The URL with each allowed host; at the port of a proxy that ends TLS where one is declared.

    A name without a port in front of a server on loopback is left out: only its proxy knows the port.
    """
    from graphile_worker.admin.server.security.hosts import AllowedHost, in_url, is_loopback

    parts = urlsplit(url)
    for host in map(AllowedHost.parse, allowed):
        scheme = "https" if behind_tls or host.port == "443" else parts.scheme
        port = host.port or ("443" if behind_tls else str(parts.port))
        if host.port is None and not behind_tls and is_loopback(listen_host):
            continue
        name = in_url(host.name)
        usual = port == {"http": "80", "https": "443"}[scheme]
        yield parts._replace(scheme=scheme, netloc=name if usual else f"{name}:{port}").geturl()


def _own_address(family: socket.AddressFamily) -> str | None:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((_ELSEWHERE[family], 9))
            return str(probe.getsockname()[0])
    except OSError:  # no route, or no such family
        return None
