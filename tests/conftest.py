"""Fixtures on a real PostgreSQL.

`dsn` is a fresh database with the migrated schema `schema_name`, `empty_dsn` one with nothing in it;
`pool` and `utils` stand on `dsn`. `@pytest.mark.any_schema` runs a test twice:
with the default schema name and with a hostile one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graphile_worker.core.database.transactions import Pool, connect
from graphile_worker.core.schema import DEFAULT_SCHEMA
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from tests.support import selection
from tests.support.templates import Databases

if TYPE_CHECKING:
    from graphile_worker.worker_utils import WorkerUtils

collect_ignore = ["reference"]  # scripts/test-peers runs it
MEMORY = Path("/dev/shm")  # Linux's file system in memory
ROOM = 4 << 30  # bytes that the servers of a run may come to
SERVER = "GRAPHILE_WORKER_TEST_POSTGRES"  # names the `bin` folder of another PostgreSQL
HOSTILE_SCHEMA = 'my "odd" schéma'


def pytest_configure(config: pytest.Config) -> None:
    """The markers of these tests."""
    for marker in ("any_schema: run with the default and with a hostile schema name", *selection.MARKERS):
        config.addinivalue_line("markers", marker)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option of `scripts/test-all`."""
    parser.addoption(selection.OPTION, action="store_true", help="run the tests that `scripts/test` leaves out, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the long tests and most variants of the long tables."""
    selection.deselect(config, items)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Doubles the tests that hold for any schema name."""
    if metafunc.definition.get_closest_marker("any_schema"):
        if "schema_name" not in metafunc.fixturenames:
            metafunc.fixturenames.append("schema_name")
        metafunc.parametrize("schema_name", [DEFAULT_SCHEMA, HOSTILE_SCHEMA], ids=["default", "hostile"])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what the tests counted: they hand it over as `record_property("figures", line)`."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    lines = [value for report in reports for name, value in report.user_properties if name == "figures"]
    if lines:
        terminalreporter.section("peer figures")
        terminalreporter.write_line("\n".join(map(str, lines)))


def memory() -> Path | None:
    """Where the data of servers goes: into memory where there is room, else where temporary files go."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One PostgreSQL for the whole session (one per process under xdist), in a temporary folder, in memory where there is room.

    It is the newest of the wheel, or the one whose programs are in the folder that the variable SERVER names.
    """
    programs = Path(os.environ[SERVER]) if os.environ.get(SERVER) else None
    # below our lock timeout: a circle is seen as one
    settings = {"max_connections": "200", "deadlock_timeout": "100ms", "max_wal_size": "256MB"}
    with tempfile.TemporaryDirectory(prefix="graphile-worker-tests-", dir=memory()) as folder:
        Path(folder).chmod(0o711)  # run as root, the server is another user that must walk through here
        server = EmbeddedPostgres(Path(folder) / "server", durable=False, settings=settings, programs=programs)
        with server:
            yield server


@pytest.fixture(scope="session")
def databases(postgres: EmbeddedPostgres) -> Databases:
    """The maker of databases, for tests that need more than one."""
    return Databases(postgres)


@pytest.fixture
def schema_name() -> str:
    """The schema the test's database holds."""
    return DEFAULT_SCHEMA


@pytest.fixture
async def dsn(databases: Databases, schema_name: str) -> AsyncIterator[str]:
    """The address of a fresh database with the migrated schema."""
    name = await databases.migrated(schema_name)
    yield databases.server.dsn(name)
    await databases.drop(name)


@pytest.fixture
async def empty_dsn(databases: Databases) -> AsyncIterator[str]:
    """The address of a fresh database without any schema of ours."""
    name = await databases.empty()
    yield databases.server.dsn(name)
    await databases.drop(name)


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    """A pool on `dsn`."""
    pool = await connect(dsn)
    yield pool
    await pool.close()


@pytest.fixture
def utils(pool: Pool, schema_name: str) -> WorkerUtils:
    """Every verb, on `pool`."""
    from graphile_worker.worker_utils import WorkerUtils

    return WorkerUtils(pool, schema_name)
