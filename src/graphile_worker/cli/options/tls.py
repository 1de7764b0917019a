"""The options of `admin` about TLS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from graphile_worker.cli.options.environment_option import admin_option, variable_of

F = TypeVar("F", bound=Callable[..., Any])
TLS_CERT_VARIABLE = variable_of("--tls-cert")


def tls_options(function: F) -> F:
    """`--tls-cert`, `--tls-key` and `--behind-tls`, as `tls_cert`, `tls_key` and `behind_tls`."""
    for option in reversed(
        [
            admin_option("--tls-cert", metavar="FILE", help="Serve https with this certificate (PEM; SIGHUP reloads)."),
            admin_option("--tls-key", metavar="FILE", help="The key of --tls-cert (PEM, without a passphrase)."),
            admin_option("--behind-tls", is_flag=True, help="A proxy in front ends TLS: no warning of plain text."),
        ]
    ):
        function = option(function)
    return function
