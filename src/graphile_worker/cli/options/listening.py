"""The options of `admin` for its addresses. `healthcheck` shares `--listen` and `--prefix`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from graphile_worker.cli.options.environment_option import Several, admin_option, variable_of

F = TypeVar("F", bound=Callable[..., Any])


def listen_option(help: str) -> Callable[[F], F]:
    """`--listen IP:PORT`, as `listen`."""
    return admin_option("--listen", default="127.0.0.1:5678", show_default=True, metavar="IP:PORT", help=help)


def prefix_option(help: str) -> Callable[[F], F]:
    """`--prefix PATH`, as `prefix`; empty by default."""
    return admin_option("--prefix", default="", metavar="PATH", help=help)


def allowed_host_option(function: F) -> F:
    """`--allowed-host HOST`, as `allowed_hosts`; in the variable, blanks or commas separate the names."""
    return admin_option(
        "--allowed-host", "allowed_hosts", multiple=True, type=Several(_check_host), metavar="HOST", variable=variable_of("--allowed-hosts"),
        help="Also answer this host: a name or address, with or without a port (repeatable).",
    )(function)  # fmt: skip


def _check_host(text: str) -> None:
    from graphile_worker.admin.server.security.hosts import AllowedHost

    AllowedHost.parse(text)
