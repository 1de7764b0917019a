"""The command line and the library on addresses of each form: notes are given once, warnings where a password shows."""

from __future__ import annotations

import logging

import pytest

from graphile_worker.core.database.transactions import connect
from graphile_worker.core.exceptions import InvalidInput
from tests.cli.support import Program
from tests.front_door.addresses import Target
from tests.hardening.admin_process import admin_process


def _keywords(target: Target) -> str:
    return target.lines.replace("\n", " ")


def test_the_keyword_form_in_option_and_variable(target: Target) -> None:
    target.reached(_keywords(target))
    target.reached(DATABASE_URL=_keywords(target))
    warned = target.run("count", "--database-url", _keywords(target)).err
    assert warned.startswith("Warning: the password in --database-url is visible") and target.password not in warned


async def test_several_databases_by_name_in_both_forms(target: Target) -> None:
    uri = f"postgresql://{target.authority}/{target.database}?pgbouncer=true"
    async with admin_process(uri, "--database", f"one={_keywords(target)}", "--database", f"two={uri}") as admin:
        for name in ("one", "two"):
            answer = await admin.client.get(f"/api/jobs?db={name}")
            assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("wrong", ["one=name", "one=mysql://u:geheim@h/d", "host=h"])
def test_a_name_with_what_is_no_address(target: Target, wrong: str) -> None:
    ran = target.run("admin", "--database", wrong)
    assert ran.code == 2 and "postgresql://" in ran.err and "geheim" not in ran.err, ran


async def test_the_library_logs_the_notes(target: Target, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "graphile_worker"):
        pool = await connect(f"postgresql://{target.authority}/{target.database}?pgbouncer=true&pool_timeout=3")
    try:
        assert await pool.fetchval("select count(*) from graphile_worker._private_jobs") == 1
    finally:
        await pool.close()
    assert [record.getMessage() for record in caplog.records] == [
        "The address has parameters of other programs, which mean nothing here: pgbouncer, pool_timeout."
    ]


async def test_the_library_refuses_at_once() -> None:
    with pytest.raises(InvalidInput, match="unknown parameter"):
        await connect("postgresql://u@h/d?nonsense=1")


def test_no_variable_of_libpq_reaches_a_connection_behind_the_resolver(target: Target) -> None:
    """The driver would read these itself, were an argument not given."""
    lower = {"PGPASSFILE": "/no/such/file", "PGSSLNEGOTIATION": "postgres", "PGGSSLIB": "gssapi", "PGKRBSRVNAME": "x"}
    program = Program(f"postgresql://{target.authority}/{target.database}?sslmode=disable")
    ran = program(
        "count", PGUSER="nobody", PGPASSWORD="wrong", PGHOST="192.0.2.1", PGPORT="1", PGSSLMODE="require", **lower
    )
    assert (ran.code, ran.out.strip(), ran.err) == (0, "1", ""), ran
