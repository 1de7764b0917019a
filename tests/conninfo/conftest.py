"""One server with TLS for these tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.conninfo.servers import TlsServer, configure, tls_server
from tests.front_door.addresses import target


@pytest.fixture(scope="session")
def tls() -> Iterator[TlsServer]:
    """Started and configured."""
    with tls_server() as server:
        asyncio.run(configure(server))
        yield server


__all__ = ["target", "tls"]
