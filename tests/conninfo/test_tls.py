"""sslmode and its companions against a server that has TLS: which of the two ways a session takes."""

from __future__ import annotations

import ssl
from pathlib import Path

import asyncpg
import pytest
import trustme

from graphile_worker.conninfo import resolve
from graphile_worker.conninfo.connect.server_problems import ServerUnsuitable
from graphile_worker.core.exceptions import DatabaseUnavailable, InvalidInput
from tests.conninfo.servers import TlsServer

QUERY = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
SESSIONS = {  # (role, parameters): whether the session has TLS
    ("postgres", "sslmode=disable"): False,
    ("postgres", "sslmode=allow"): False,
    ("postgres", "sslmode=prefer"): True,
    ("postgres", ""): True,
    ("postgres", "sslmode=require"): True,
    ("postgres", "ssl=true"): True,
    ("postgres", "sslmode=no-verify"): True,
    ("postgres", "sslmode=verify-ca&sslrootcert={root}"): True,
    ("postgres", "sslmode=verify-full&sslrootcert={root}"): True,
    ("postgres", "sslmode=verify-full&sslrootcert={root}&host=localhost&hostaddr=127.0.0.1"): True,
    ("postgres", "sslmode=verify-ca&sslrootcert={root}&host=other.example&hostaddr=127.0.0.1"): True,
    ("postgres", "sslmode=require&ssl_min_protocol_version=TLSv1.3"): True,
    ("postgres", "sslmode=require&sslsni=0"): True,
    ("tls_only", "sslmode=allow"): True,
    ("plain_only", "sslmode=prefer"): False,
    ("certified", "sslmode=require&sslcert={certificate}&sslkey={key}"): True,
}
ERRORS = {
    ("tls_only", "sslmode=disable"): asyncpg.InvalidAuthorizationSpecificationError,
    ("plain_only", "sslmode=require"): asyncpg.InvalidAuthorizationSpecificationError,
    ("certified", "sslmode=require&sslcertmode=disable&sslcert={certificate}&sslkey={key}"): asyncpg.PostgresError,
    ("postgres", "sslmode=verify-full"): ssl.SSLCertVerificationError,
    ("postgres", "sslmode=verify-full&sslrootcert={root}&host=other.example&hostaddr=127.0.0.1"): ssl.SSLError,
    ("postgres", "sslmode=verify-full&sslrootcert=system"): ssl.SSLCertVerificationError,
    ("postgres", "sslmode=require&sslnegotiation=direct"): ServerUnsuitable,
}


def _address(tls: TlsServer, user: str, extra: str) -> str:
    text = extra.format(root=tls.root, certificate=tls.certificate, key=tls.key)
    if user == "postgres":
        return tls.server.dsn() + "?" + text
    return tls.address(user, text)


async def _has_tls(address: str, home: Path) -> bool:
    connection = await resolve(address, {}, home=home).connect()
    try:
        return bool(await connection.fetchval(QUERY))
    finally:
        await connection.close()


@pytest.mark.parametrize("user, extra", SESSIONS)
async def test_a_session(tls: TlsServer, tmp_path: Path, user: str, extra: str) -> None:
    assert await _has_tls(_address(tls, user, extra), tmp_path) is SESSIONS[user, extra]


@pytest.mark.parametrize("user, extra", ERRORS)
async def test_no_session(tls: TlsServer, tmp_path: Path, user: str, extra: str) -> None:
    if "verify-full" in extra:
        _trust_another(tmp_path)
    with pytest.raises(ERRORS[user, extra]):
        await _has_tls(_address(tls, user, extra), tmp_path)


def _other_root() -> str:
    return trustme.CA().cert_pem.bytes().decode()


def _trust_another(home: Path) -> None:
    (home / ".postgresql").mkdir()
    (home / ".postgresql" / "root.crt").write_text(_other_root())


async def test_a_root_certificate_in_the_home_folder_is_verified_with_require(tls: TlsServer, tmp_path: Path) -> None:
    _trust_another(tmp_path)
    address = tls.server.dsn()
    with pytest.raises(ssl.SSLCertVerificationError):
        await _has_tls(f"{address}?sslmode=require", tmp_path)
    assert await _has_tls(f"{address}?sslmode=no-verify", tmp_path)
    assert not await _has_tls(f"{address}?sslmode=prefer", tmp_path)  # as libpq


async def test_a_certificate_that_is_renewed_is_read_again(tls: TlsServer, tmp_path: Path) -> None:
    root = tmp_path / "root.crt"
    root.write_text(Path(tls.root).read_text())
    options = resolve(f"{tls.server.dsn()}?sslmode=verify-full&sslrootcert={root}", {}, home=tmp_path)
    await (await options.connect()).close()
    root.write_text(_other_root())
    with pytest.raises(ssl.SSLCertVerificationError):
        await options.connect()
    root.unlink()
    with pytest.raises(DatabaseUnavailable, match="root.crt"):
        await options.connect()


async def test_a_server_without_tls_is_named_as_such(dsn: str) -> None:
    with pytest.raises(ServerUnsuitable, match="does not offer TLS"):
        await resolve(f"{dsn}?sslmode=require", {}).connect()


def test_a_key_that_others_may_read_is_refused(tls: TlsServer, tmp_path: Path) -> None:
    key = tmp_path / "open.key"
    key.write_text(Path(tls.key).read_text())
    key.chmod(0o644)
    with pytest.raises(InvalidInput, match="readable by you alone"):
        resolve(tls.address("certified", f"sslcert={tls.certificate}&sslkey={key}"), {}, home=tmp_path)
    with pytest.raises(InvalidInput, match="without its key"):
        resolve(tls.address("certified", f"sslcert={tls.certificate}"), {}, home=tmp_path)
