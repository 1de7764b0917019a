"""Kind: an address names a certificate, key or revocation list that is not there, is no certificate, or is `system`."""

from __future__ import annotations

import pytest

from graphile_worker.conninfo import resolve
from graphile_worker.core.exceptions import InvalidInput
from tests.front_door.addresses import Target

NAMES = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir")


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(target: Target, name: str) -> None:
    path = str(target.home / "away.pem")
    (target.home / "some.pem").write_text("no certificate")
    besides = f"&sslcert={target.home / 'some.pem'}" if name == "sslkey" else ""
    said = target.refused(f"postgres://{target.authority}/{target.database}?{name}={path}{besides}")
    assert path in said and name in said and "not there" in said and "Errno" not in said


def test_a_file_that_is_no_certificate_is_named(target: Target) -> None:
    path = target.home / "some.pem"
    path.write_text("no certificate")
    said = target.refused(f"postgres://{target.authority}/{target.database}?sslrootcert={path}&sslmode=verify-ca")
    assert str(path) in said and "no certificate" in said


@pytest.mark.parametrize("variable", ["PGSSLROOTCERT", "PGSSLCERT", "PGSSLCRL", "PGSSLCRLDIR"])
def test_a_variable_names_a_missing_file(target: Target, variable: str) -> None:
    environment = {variable: "/no/such/file", "DATABASE_URL": f"postgres://{target.authority}/{target.database}"}
    said = target.refused(None, 2, **environment)
    assert "/no/such/file" in said


def test_the_certificates_of_the_system(target: Target) -> None:
    """They are loaded and demanded: this server has no TLS at all, so it is refused as one without."""
    said = target.refused(f"postgres://{target.authority}/{target.database}?sslrootcert=system", code=3)
    assert "does not offer TLS" in said and "verify-full" in said
    assert resolve("postgres://u@h/d?sslrootcert=system", {}).tls.context("h").get_ca_certs()
    with pytest.raises(InvalidInput, match="verify-full"):
        resolve("postgres://u@h/d?sslrootcert=system&sslmode=require", {})


def test_no_file_is_looked_for_where_there_is_no_tls() -> None:
    resolve("postgres://u@h/d?sslmode=disable&sslcert=/no/such/file", {})
    resolve("postgres://u@%2Frun/d?sslmode=verify-full&sslcert=/no/such/file", {})
