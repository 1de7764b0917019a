"""The servers of these tests, one set for the whole session."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import memory
from tests.connection.servers import Servers, started


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Two servers, a standby and a TLS proxy."""
    with tempfile.TemporaryDirectory(prefix="graphile-worker-connections-", dir=memory()) as folder:
        with started(Path(folder)) as servers:
            yield servers
