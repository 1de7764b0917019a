"""The servers of an address: `host`, `hostaddr` and `port` as libpq pairs them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from graphile_worker._patterns import lazy_pattern
from graphile_worker.conninfo.refusal import refused

DEFAULT_PORT = 5432
_HOST_NAME = lazy_pattern(r"[\w.-]+")  # letters of any script
_NUMBER = lazy_pattern(r"\+?[0-9]{1,6}")
SOCKET_FOLDERS = ("/var/run/postgresql", "/run/postgresql", "/tmp")  # noqa: S108  # nosec B108 - Debian's and PostgreSQL's own


class Host(NamedTuple):
    """One server: a name or a socket folder, an IP address that replaces the name lookup, and a port."""

    host: str
    hostaddr: str | None
    port: int
    default: bool = False  # no host was given; a password file uses `localhost` for it

    @property
    def is_socket(self) -> bool:
        """Whether the host is a folder with a Unix-domain socket."""
        return self.hostaddr is None and self.host.startswith("/")

    @property
    def address(self) -> str:
        """The address for the driver. For a socket it is the full path: the driver takes a folder whose name contains
        `.s.PGSQL.` for the socket itself."""
        return f"{self.host}/.s.PGSQL.{self.port}" if self.is_socket else self.hostaddr or self.host

    @property
    def password_name(self) -> str:
        """The host's name in a password file."""
        return "localhost" if self.default or self.host in SOCKET_FOLDERS[:2] else self.host


def parse_hosts(values: Mapping[str, str]) -> tuple[Host, ...]:
    """The servers in their order. Raises InvalidInput."""
    names, addresses = _list(values, "host"), _list(values, "hostaddr")
    count = len(names or addresses or [""])
    if names and addresses and len(names) != len(addresses):
        raise refused(f"has {len(names)} hosts and {len(addresses)} hostaddrs")
    ports = _ports(_list(values, "port") or [""], count)
    pairs = zip(names or [""] * count, addresses or [""] * count, ports, strict=True)
    return tuple(_host(name, address, port, alone=count == 1) for name, address, port in pairs)


def _list(values: Mapping[str, str], name: str) -> list[str]:
    text = values.get(name, "")
    return [one.strip() for one in text.split(",")] if text else []


def _ports(texts: list[str], count: int) -> list[int]:
    if len(texts) not in (1, count):
        raise refused(f"has {count} hosts and {len(texts)} ports: one for all, or one for each")
    numbers = [_port(text) for text in texts]
    return numbers * count if len(numbers) == 1 else numbers


def _port(text: str) -> int:
    if not text:
        return DEFAULT_PORT
    if not (_NUMBER.fullmatch(text) and 1 <= int(text) <= 65535):
        raise refused("has a port that is not a number between 1 and 65535")
    return int(text)


def _host(name: str, address: str, port: int, *, alone: bool) -> Host:
    if address:
        if not is_ip_address(address):
            raise refused("has a hostaddr that is no IP address")
        return Host(name or address, address, port)
    if not name:
        if not alone:
            raise refused("has a host without a name in its list")
        return Host(_default_host(), None, port, default=True)
    if name.startswith("@"):
        raise refused("has an abstract socket as host, which the driver cannot use")
    if not name.startswith("/") and not _is_host_name(name):
        raise refused("has a host name that is none", hint="Write / as %2F in a socket folder.")
    return Host(name, None, port)


def _is_host_name(name: str) -> bool:
    if is_ip_address(name):
        return True
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return _HOST_NAME.fullmatch(name) is not None


def is_ip_address(text: str) -> bool:
    """Whether this is an IPv4 address, or an IPv6 address with or without a zone."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _default_host() -> str:
    """The first existing socket folder, and no other, because any user of the machine can create a socket in /tmp."""
    if os.name != "posix":
        return "localhost"
    return next((folder for folder in SOCKET_FOLDERS if Path(folder).is_dir()), SOCKET_FOLDERS[-1])
