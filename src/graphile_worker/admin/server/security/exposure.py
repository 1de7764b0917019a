"""Requirements of a listen address on authentication and TLS, and its warnings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from graphile_worker.admin.server.security.hosts import is_loopback

if TYPE_CHECKING:
    from graphile_worker.admin.server.config import AdminServerConfig
    from graphile_worker.admin.server.security.auth import AdminAuthConfig

SECRET_MIN = 12  # characters of a configured password or token on an address that other machines can reach


def check_exposure(auth: AdminAuthConfig, host: str) -> None:
    """Raises ValueError when the authentication is too weak for the address."""
    if is_loopback(host):
        return
    if auth.mode == "none":
        raise ValueError(f"auth mode none is only allowed on a loopback address, not on {host}")
    if is_short(auth):
        raise ValueError(
            f"the {_noun(auth)} must have at least {SECRET_MIN} characters on {host}, which other machines can reach"
        )


def exposure_warnings(config: AdminServerConfig, host: str) -> Iterator[str]:
    """A sentence for each weakness that is only warned about."""
    if not is_loopback(host) and config.tls_cert is None and not config.behind_tls:
        yield (
            f"{host} is reached without TLS: passwords and jobs travel in plain text. Give --tls-cert and --tls-key, "
            "or --behind-tls where a proxy ends TLS (tls_cert, tls_key, behind_tls in the config)."
        )
    if is_loopback(host) and is_short(config.auth):
        yield (
            f"the {_noun(config.auth)} is shorter than {SECRET_MIN} characters; such a one is refused off loopback "
            "addresses."
        )


def is_short(auth: AdminAuthConfig) -> bool:
    """Whether the one secret has fewer than SECRET_MIN characters and can be guessed."""
    return auth.mode in ("basic", "bearer", "header") and auth.secret is not None and len(auth.secret) < SECRET_MIN


def _noun(auth: AdminAuthConfig) -> str:
    return "password" if auth.mode == "basic" else "token"
