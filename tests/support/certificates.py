"""Certificates in files, as an operator has them."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import trustme

NAMES = ("localhost", "127.0.0.1", "::1")
DAY = datetime.timedelta(days=1)


@dataclass
class Certificates:
    """An authority of its own, and what it signs, below a folder."""

    folder: Path

    def __post_init__(self) -> None:
        self.authority = trustme.CA()

    def pair(
        self, name: str = "server", *, starts: int = -1, ends: int = 365, names: Sequence[str] = NAMES
    ) -> tuple[str, str]:
        """The paths of a certificate and its key; the days count from now."""
        now = datetime.datetime.now(datetime.UTC)
        made = self.authority.issue_cert(*names, not_before=now + starts * DAY, not_after=now + ends * DAY)
        cert, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        cert.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
        key.write_bytes(made.private_key_pem.bytes())
        key.chmod(0o600)
        return str(cert), str(key)

    def trust(self) -> ssl.SSLContext:
        """What a client needs that trusts this authority."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context
