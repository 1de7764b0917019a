"""Errors while connecting: which part of the program, the network or the server they are about."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from graphile_worker.cli.serving.reachability import naming
from graphile_worker.conninfo.connect.server_problems import no_direct_tls, no_such_server, no_tls
from graphile_worker.core import exceptions
from graphile_worker.core.database.connect_errors import at_connect, is_temporary
from graphile_worker.core.database.driver_errors import at_begin
from graphile_worker.core.database.transactions import Database, connect
from graphile_worker.core.exceptions import (
    DatabaseUnavailable,
    GraphileWorkerError,
    InvalidInput,
    PermissionDenied,
    fresh,
)
from tests.cli.support import rows
from tests.support.fake_postgres import error, fake_postgres, saying

Prepare = Callable[[Any], Awaitable[None]]


async def refusal(pool: Any) -> GraphileWorkerError:
    """The error of a caller."""
    with pytest.raises(GraphileWorkerError) as raised:
        await Database(pool).connections.acquire()
    pool.terminate()
    return raised.value


async def missing_table(connection: Any) -> None:
    await connection.execute("select * from not_there.geheim99")


async def bad_value(_: Any) -> None:
    raise ValueError("geheim99")


async def bad_key(_: Any) -> None:
    raise KeyError("geheim99")


async def wrong_use(connection: Any) -> None:
    await connection.fetchval("select $1::int", "geheim99")


@pytest.mark.parametrize("step", ["init", "setup"])
@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (missing_table, "refused a statement while the application prepared the connection"),
        (bad_value, "the application's own setup of connections failed (ValueError)"),
        (bad_key, "the application's own setup of connections failed (KeyError)"),
        (wrong_use, "the application's own setup of connections failed (DataError)"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_errors_of_an_application_s_setup_are_not_about_the_address(
    step: str, prepare: Prepare, message: str, dsn: str
) -> None:
    own: dict[str, Any] = {step: prepare}
    found = await refusal(await asyncpg.create_pool(dsn, min_size=0, **own))
    assert type(found) is DatabaseUnavailable and message in found.message
    assert "address" not in f"{found.message} {found.hint}"
    assert "geheim99" not in f"{found.message} {found.hint} {found.detail}"
    if prepare is missing_table:
        assert found.server is not None
        assert (found.server.sqlstate, found.server.connecting) == ("42P01", False)  # about a statement


async def test_an_application_s_own_connect_is_its_setup(dsn: str) -> None:
    async def refuse(*_: Any, **__: Any) -> Any:
        raise KeyError("vault")

    found = await refusal(await asyncpg.create_pool(dsn, min_size=0, connect=refuse))
    assert "own setup of connections failed (KeyError)" in found.message


@pytest.mark.parametrize("dsn", ["postgresql://h:port/d", "postgresql://127.0.0.1:99999/d", "mysql://h/d"])
async def test_an_address_that_the_driver_cannot_read_stays_one(dsn: str) -> None:
    found = await refusal(await asyncpg.create_pool(dsn, min_size=0))
    assert isinstance(found, InvalidInput) and found.field == "database-url"


async def test_a_session_that_ends_during_the_setup_is_no_fault_of_the_application(dsn: str) -> None:
    async def end(connection: Any) -> None:
        await connection.execute("select pg_terminate_backend(pg_backend_pid())")

    found = await refusal(await asyncpg.create_pool(dsn, min_size=0, init=end))
    assert found.message in ("the database is shutting down or restarting", "the database could not be reached")


@pytest.mark.parametrize("option", ["role=boss", "log_statement=all"])
async def test_a_setting_that_the_role_may_not_set_is_no_missing_right_to_connect(option: str, dsn: str) -> None:
    await rows(dsn, "drop role if exists plain")
    await rows(dsn, "drop role if exists boss")
    await rows(dsn, "create role plain login password 'geheim99'")
    await rows(dsn, "create role boss")
    try:
        address = f"postgresql://plain:geheim99@{dsn.rpartition('@')[2].partition('?')[0]}?options=-c%20{option}"
        found = await refusal(await connect(address))
    finally:
        await rows(dsn, "drop role plain")
        await rows(dsn, "drop role boss")
    assert isinstance(found, PermissionDenied)
    assert found.message == "the database refused to begin the session"
    assert found.hint is not None and "CONNECT" in found.hint and "PGOPTIONS" in found.hint
    assert found.server is not None and "permission denied to set" in found.server.message


POOLER = {
    "server login has been failing, try again later (server_login_retry)": "the pooler has no connection to the database",
    "pgbouncer cannot connect to server": "the pooler has no connection to the database",
    "query_wait_timeout": "the pooler has no connection to the database",
    "server conn crashed?": "the pooler has no connection to the database",
    "no more connections allowed (max_client_conn)": "the pooler has no connection left",
    "unsupported startup parameter: geqo": "the database refused the connection",
    'no such database: "x"': "the database refused the connection",
    "no such user: x": "the database refused the connection",
}


@pytest.mark.parametrize("words", POOLER)
@pytest.mark.parametrize("state", ["08P01", "08006"])
async def test_a_pooler_without_its_server_is_named(words: str, state: str) -> None:
    async with fake_postgres(saying(error(state, words, modern=False))) as fake:
        found = await refusal(await connect(fake.dsn))
    assert type(found) is DatabaseUnavailable
    assert found.message == POOLER[words]
    assert found.hint is not None and ("address" in found.hint) == ("refused" in found.message)


@pytest.mark.parametrize(
    ("problem", "passes"), [(no_such_server("primary"), True), (no_tls("require"), False), (no_direct_tls(), False)]
)
def test_only_a_failover_passes_by_itself(problem: Exception, passes: bool) -> None:
    ours = at_connect(problem)
    ours.__cause__ = problem
    assert is_temporary(ours) is passes


@pytest.mark.parametrize(
    "kind", [asyncpg.UndefinedObjectError, asyncpg.InvalidParameterValueError, asyncpg.CantChangeRuntimeParamError]
)
def test_a_setting_of_ours_that_the_server_refuses_is_no_missing_schema(kind: type[asyncpg.PostgresError]) -> None:
    found = at_begin(kind("unrecognized configuration parameter"))
    assert type(found) is exceptions.DatabaseError and "a setting" in found.message


def test_an_error_can_be_copied_and_sent_to_another_process() -> None:
    ours = InvalidInput("priority", "must be between 0 and 9", hint="h")
    unknown = exceptions.OutcomeUnknown(hint="look")
    for one in (ours, unknown, exceptions.PoolBusy("busy", hint="later"), InvalidInput.saying("f", "whole")):
        one.__cause__ = KeyError("x")
        for same in (copy.copy(one), pickle.loads(pickle.dumps(one)), fresh(one)):
            assert (type(same), same.args, vars(same)) == (type(one), one.args, vars(one))
        assert fresh(one).__cause__ is one.__cause__ and fresh(one).__traceback__ is None


class _Place:
    name, address = "x", "postgresql://a:geheim99@h/d"


def test_naming_a_database_makes_a_new_error() -> None:
    shared = DatabaseUnavailable("the database could not be reached", hint="geheim99")
    shared.__cause__ = OSError("gone")
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable) as raised, naming(_Place()):
            raise shared
        assert str(raised.value) == "database 'x': the database could not be reached" == raised.value.message
        assert raised.value.__cause__ is shared.__cause__ and "geheim99" not in str(raised.value.hint)
    assert (shared.message, str(shared), shared.hint) == ("the database could not be reached",) * 2 + ("geheim99",)
