"""The source of a request: the address of the client, or the one that a trusted proxy forwards.

Throttles, admission and audit events use `source_of`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from graphile_worker.core.secrets.likely_secrets import hidden

Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"
Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"

LOCAL = "local"  # the source of a connection without a client address, as on a Unix socket
SOURCE_MAX = 64  # characters
PREFIX_MIN = 7  # bits of a trusted network; fc00::/7 and 10.0.0.0/8 are the largest private ones
HOPS_MAX = 32  # of X-Forwarded-For that are read, from the right
TRUSTED = "trusted_proxy"  # in the state: whether the client is a trusted proxy
_FORWARDING = frozenset({b"x-forwarded-for", b"forwarded", b"x-real-ip"})  # headers with the client's address
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_V6_HOST = 64  # bits of an IPv6 prefix; one host has a whole /64


def parse_proxy(text: str) -> Network:
    """The network of `ADDRESS` or `ADDRESS/BITS`. Raises ValueError for anything else.

    A network of all addresses is an error, because every client could then choose its source.
    """
    try:
        network = ipaddress.ip_network(text.strip())
    except ValueError as error:
        reason = f": {error}" if "host bits" in str(error) else ", as 10.0.0.5 or 10.0.0.0/24"
        raise ValueError(f"{hidden(text)!r} is not the address or network of a proxy{reason}") from None
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        v4 = ipaddress.IPv4Address(int(network.network_address) & 0xFFFF_FFFF)
        network = ipaddress.ip_network((v4, network.prefixlen - 96))
    if network.prefixlen == 0:
        raise ValueError(f"{text!r} would trust every address as a proxy")
    if network.prefixlen < PREFIX_MIN:
        raise ValueError(f"{text!r} is too large a network to be trusted as proxies")
    return network


def parse_proxies(texts: Collection[str]) -> tuple[Network, ...]:
    """The networks of `trusted_proxies`. Raises ValueError."""
    if isinstance(texts, str):
        raise ValueError(f"trusted_proxies must be a list of addresses, as [{hidden(texts)!r}]")
    return tuple(parse_proxy(text) for text in texts)


def parse_address(text: str) -> Address | None:
    """An address, with or without a port. IPv4-mapped addresses become IPv4, zones are removed. None for other text."""
    return _parsed(text) if len(text) <= SOURCE_MAX else None


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Address | None:
    text = text.strip()
    if text.startswith("["):
        text, _, port = text[1:].partition("]")
        if port and not (port.startswith(":") and port[1:].isdigit()):
            return None
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
        if not port.isdigit():
            return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or ipaddress.IPv6Address(int(address))
    return address


@lru_cache(maxsize=1024)
def network_of(source: str) -> str:
    """The key by which limits count a source: the address, for IPv6 its /64."""
    address = parse_address(source)
    if address is None:
        return source
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((int(address), _V6_HOST), strict=False))


def source_of(scope: Scope) -> str:
    """The source that SourceGuard found; outside of that guard, the address of the client."""
    found = scope.get("state", {}).get("source")
    return found if isinstance(found, str) else _client(scope)


def _client(scope: Scope) -> str:
    client = scope.get("client")
    if not client:
        return LOCAL
    address = parse_address(str(client[0]))
    return str(client[0])[:SOURCE_MAX] if address is None else str(address)


def proxy_advice(scope: Scope) -> str | None:
    """How to tell the clients of a proxy apart, where the request shows that they share one source; else None."""
    names = {name.lower() for name, _ in scope["headers"]} & _FORWARDING
    nearest = _client(scope)
    if not names or source_of(scope) != nearest:
        return None
    if nearest == LOCAL:
        return "have the ASGI server take the client from X-Forwarded-For (uvicorn: --forwarded-allow-ips '*')"
    if b"x-forwarded-for" not in names:
        return f"have the proxy at {nearest} send X-Forwarded-For, and give --trusted-proxy {nearest}"
    if scope["state"].get(TRUSTED):
        return f"have the proxy at {nearest} send the address of the client in X-Forwarded-For"
    return f"if {nearest} is your proxy, give --trusted-proxy {nearest} (trusted_proxies in the config)"


class SourceGuard:
    """Writes the source of each request into its state. X-Forwarded-For counts only from a trusted proxy."""

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self.app = app
        self.trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes every request on."""
        if scope["type"] == "http":
            scope["state"]["source"], scope["state"][TRUSTED] = self._source(scope)
        await self.app(scope, receive, send)

    def _source(self, scope: Scope) -> tuple[str, bool]:
        """The source, and whether the client itself is a trusted proxy."""
        nearest = _client(scope)
        if not self.trusted:
            return nearest, False
        if not self._trusts(parse_address(nearest)):
            return nearest, False
        for hop in _hops(scope):
            address = parse_address(hop)
            if address is None:
                break  # the rest of the header may be forged
            nearest = str(address)
            if not self._trusts(address):
                break
        return nearest, True

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self.trusted)


def _hops(scope: Scope) -> list[str]:
    """The addresses of X-Forwarded-For, the nearest first."""
    values = [value for name, value in scope["headers"] if name.lower() == b"x-forwarded-for"]
    hops = b",".join(values).decode("latin-1").rsplit(",", HOPS_MAX)[-HOPS_MAX:] if values else []
    return hops[::-1]
