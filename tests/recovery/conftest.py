"""The table of jobs of a test's schema."""

from __future__ import annotations

import pytest

from graphile_worker.worker_utils import WorkerUtils
from tests.support.table import Table


@pytest.fixture
def table(utils: WorkerUtils) -> Table:
    """Statements on the tables of the test's schema."""
    return Table.of(utils)
