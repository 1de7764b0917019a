"""Kind: a parameter of libpq that the driver does not know, or one of another program, in the same address."""

from __future__ import annotations

import asyncio
import socket

import asyncpg
import pytest

from graphile_worker.conninfo import resolve
from graphile_worker.conninfo.syntax.foreign_parameters import FOREIGN
from graphile_worker.conninfo.syntax.parameters import PARAMETERS, Treatment
from graphile_worker.core.exceptions import InvalidInput
from tests.front_door.addresses import Target

HARMLESS = "connect_timeout=10&channel_binding=prefer&keepalives=1&keepalives_idle=60&gssencmode=disable&sslsni=1"
HARMLESS += "&load_balance_hosts=random&require_auth=&sslcompression=0&krbsrvname=postgres&tcp_user_timeout=5000"
PASSED_OVER = "uselibpqcompat=true&pgbouncer=true&connection_limit=1&pool_timeout=20&schema=public&sslaccept=strict"
PASSED_OVER += "&currentSchema=public&statusColor=686B6F"
DEMANDS = {
    "channel_binding": "require", "require_auth": "scram-sha-256", "gssencmode": "require", "requirepeer": "postgres",
    "sslcertmode": "require", "gssdelegation": "1", "min_protocol_version": "3.2", "replication": "database",
    "scram_client_key": "geheim", "oauth_issuer": "https://login.example",
}  # fmt: skip


def test_all_at_once_reach_the_database_with_one_note(target: Target) -> None:
    address = f"postgres://{target.authority}/{target.database}?{HARMLESS}&{PASSED_OVER}"
    ran = target.run("count", DATABASE_URL=address)
    assert (ran.code, ran.out.strip(), ran.err.count("\n")) == (0, "1", 1), ran
    assert all(pair.partition("=")[0] in ran.err for pair in PASSED_OVER.split("&"))


@pytest.mark.parametrize("name", DEMANDS)
def test_a_demand_that_the_driver_cannot_meet_is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidInput, match=name):
        resolve(f"postgres://u@h/d?{name}={DEMANDS[name]}", {})


def test_the_variable_of_a_demand_is_refused_as_well(target: Target) -> None:
    said = target.refused(f"postgres://{target.authority}/{target.database}", PGCHANNELBINDING="require")
    assert "channel_binding" in said


def test_no_parameter_that_demands_something_is_ignored() -> None:
    conditional = {one.name for one in PARAMETERS if one.treatment in (Treatment.CONDITIONAL, Treatment.REFUSED)}
    assert conditional - set(DEMANDS) == {
        "gsslib", "max_protocol_version", "scram_server_key", "oauth_client_id", "oauth_client_secret", "oauth_scope",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_parameters_of_other_programs_are_passed_over(name: str) -> None:
    options = resolve(f"postgres://u@h/d?{name}=1", {})
    assert len(options.notes) == 1 and name in options.notes[0] and (options.user, options.database) == ("u", "d")


@pytest.mark.parametrize(
    "wrong, right", [("sslmod", "sslmode"), ("db_name", "dbname"), ("conect_timeout", "connect_timeout")]
)
def test_an_unknown_parameter_is_named_with_the_nearest(wrong: str, right: str) -> None:
    with pytest.raises(InvalidInput, match=wrong) as raised:
        resolve(f"postgres://u:secret@h/d?{wrong}=1&password=x", {})
    assert f"Did you mean {right}?" == raised.value.hint


async def test_options_name_and_keepalives_reach_the_session(target: Target) -> None:
    extra = "options=-c%20geqo%3Doff&application_name=mine&keepalives_idle=61&sslmode=prefer"
    options = resolve(f"postgres://{target.authority}/{target.database}?{extra}", {})
    connection: asyncpg.Connection[asyncpg.Record] = await options.connect()
    try:
        row = await connection.fetchrow("select current_setting('geqo'), current_setting('application_name')")
        assert row is not None and tuple(row) == ("off", "mine")
        transport: asyncio.Transport = connection._transport  # type: ignore[attr-defined]
        assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 61
    finally:
        await connection.close()
