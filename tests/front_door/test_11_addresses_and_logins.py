"""Kind: an address that cannot be one, and a server that asks for a login that the driver does not know."""

from __future__ import annotations

import pytest

from tests.conninfo.servers import TlsServer
from tests.front_door.addresses import Target

REFUSED = {
    "postgres://u@127.0.0.1:70000/d": "between 1 and 65535",
    "postgres://u@127.0.0.1:0/d": "between 1 and 65535",
    "postgres://u@h1,,h2/d": "host without a name",
    "host=h1,,h2 dbname=d": "host without a name",
    "host=h1,h2,h3 port=1,2": "3 hosts and 2 ports",
    "postgres://u@[::1/d": "a host or a port that is none",
    "postgres://u@h..x/d": "host name that is none",
    "mysql://u@h/d": "must begin with postgresql://",
    "just a name": "must begin with postgresql://",
    "host=h hostaddr=nowhere": "hostaddr that is no IP address",
}


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_none(target: Target, address: str) -> None:
    assert REFUSED[address] in target.refused(address)


def test_a_variable_that_is_none(target: Target) -> None:
    assert "between 1 and 65535" in target.refused(f"postgres://u@{target.host}/d", PGPORT="70000")


def test_a_server_that_asks_for_gssapi(target: Target, tls: TlsServer) -> None:
    said = target.refused(tls.address("kerberos"), code=3)
    assert "GSSAPI" in said and "pg_hba.conf" in said


def test_a_certificate_that_is_not_trusted(target: Target, tls: TlsServer) -> None:
    said = target.refused(tls.address("tls_only", "sslrootcert=system"), code=3)
    assert "CERTIFICATE_VERIFY_FAILED" in said
