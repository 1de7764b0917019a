"""The server ends TLS itself: which pairs it takes, which clients, and what SIGHUP changes."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import ssl
import subprocess
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminServerConfig
from graphile_worker.admin.server.process import serve as serving
from graphile_worker.admin.server.process.tls import Certificate
from tests.server.listening import listening, served
from tests.support.certificates import Certificates


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
async def address(utils: WorkerUtils, certificates: Certificates) -> AsyncIterator[str]:
    cert, key = certificates.pair()
    async with served(utils, tls_cert=cert, tls_key=key) as url:
        yield url


def port(address: str) -> int:
    return int(address.rpartition(":")[2])


async def test_pages_writes_and_streams_come_over_https(address: str, certificates: Certificates) -> None:
    assert address.startswith("https://127.0.0.1:")
    trust = certificates.trust()
    async with httpx.AsyncClient(verify=trust, base_url=address) as client:
        assert (await client.get("/")).status_code == 200
        session = (await client.get("/api/session")).json()
        token = {session["csrf_header"]: session["csrf_token"]}
        for origin, expected in ((address, 200), (address.replace("https", "http"), 403), ("https://evil.test", 403)):
            answer = await client.post("/api/jobs", json={"identifier": "x"}, headers={**token, "origin": origin})
            assert answer.status_code == expected, origin
        assert "strict-transport-security" not in answer.headers
        async with client.stream("GET", "/api/events") as events:
            assert events.status_code == 200
            assert await anext(events.aiter_lines())


@pytest.mark.parametrize(
    ("version", "accepted"),
    [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)],
)
async def test_old_versions_of_tls_get_no_connection(
    address: str, certificates: Certificates, version: ssl.TLSVersion, accepted: bool
) -> None:
    trust = certificates.trust()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        trust.set_ciphers("DEFAULT:@SECLEVEL=0")
        trust.minimum_version = trust.maximum_version = version
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port(address), ssl=trust)
    except (ssl.SSLError, ConnectionResetError):
        assert not accepted
        return
    assert accepted and writer.get_extra_info("ssl_object").version() == version.name.replace("v1_", "v1.")
    writer.close()


def test_the_context_itself_takes_no_old_version(certificates: Certificates) -> None:
    assert Certificate(*certificates.pair()).context.minimum_version == ssl.TLSVersion.TLSv1_2


async def test_plain_http_on_the_port_gets_no_answer(address: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port(address))
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"HTTP/1.1 2" not in await asyncio.wait_for(reader.read(), 10)
    writer.close()


async def test_handshakes_that_never_end_are_cut_off_and_others_are_answered(
    utils: WorkerUtils, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "HANDSHAKE_SECONDS", 1.0)
    cert, key = certificates.pair()
    trust = certificates.trust()
    async with served(utils, tls_cert=cert, tls_key=key) as url:
        silent = [await asyncio.open_connection("127.0.0.1", port(url)) for _ in range(200)]
        async with httpx.AsyncClient(verify=trust, timeout=10) as client:
            assert (await client.get(f"{url}/healthz")).status_code == 200
        for reader, writer in silent:
            assert await asyncio.wait_for(reader.read(), 20) == b""
            writer.close()


async def fingerprint(address: str, trust: ssl.SSLContext, name: str = "localhost") -> bytes:
    """The certificate that a new connection gets; an IP address as the name sends no name at all."""
    _, writer = await asyncio.open_connection("127.0.0.1", port(address), ssl=trust, server_hostname=name)
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return bytes(found)


async def test_sighup_presents_a_new_pair_and_keeps_connections(
    utils: WorkerUtils, certificates: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    cert, key = certificates.pair("reloaded")
    trust = certificates.trust()
    async with served(utils, tls_cert=cert, tls_key=key) as url:
        first = await fingerprint(url, trust)
        async with listening(url, trust) as ear:
            certificates.pair("reloaded")
            assert await fingerprint(url, trust) == first
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(0.1)
            second = await fingerprint(url, trust)
            assert second != first and await fingerprint(url, trust, "127.0.0.1") == second
            Path(key).write_text("broken")
            with caplog.at_level(logging.ERROR, "graphile_worker.admin"):
                os.kill(os.getpid(), signal.SIGHUP)
                await asyncio.sleep(0.1)
            assert await fingerprint(url, trust) == second
            assert [record.getMessage() for record in caplog.records] == [
                f"the certificate was not reloaded, the old one stays: --tls-key: {key!r} holds no private key in PEM form"
            ]
            await utils.add_job("x")
            assert (await ear.next())[0] != "end"


def pairs(certificates: Certificates) -> dict[str, tuple[str | None, str | None, str]]:
    """(certificate, key, what the sentence names)."""
    folder = certificates.folder
    cert, key = certificates.pair("good")
    _, other_key = certificates.pair("other")
    expired, early = certificates.pair("expired", starts=-9, ends=-2), certificates.pair("early", starts=2)
    empty = folder / "empty"
    empty.touch()
    encrypted = folder / "encrypted.key"
    command = ["openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:geheim99", "-out", str(encrypted)]
    subprocess.run(command, check=True, capture_output=True)
    torn = folder / "torn.crt"
    torn.write_text(Path(cert).read_text()[:200])
    nowhere = str(folder / "nowhere")
    return {
        "no key": (cert, None, "--tls-cert needs --tls-key"),
        "no certificate": (None, key, "--tls-key needs --tls-cert"),
        "of another": (cert, other_key, "does not belong to the certificate"),
        "expired": (*expired, "--tls-cert: the certificate in .* has expired"),
        "early": (*early, "--tls-cert: the certificate in .* is not valid yet"),
        "encrypted": (cert, str(encrypted), "--tls-key: the key in .* is encrypted"),
        "missing certificate": (nowhere, key, "--tls-cert: .* cannot be read: No such file"),
        "missing key": (cert, nowhere, "--tls-key: .* cannot be read: No such file"),
        "folder": (str(folder), key, "--tls-cert: .* is not a file"),
        "device": ("/dev/zero", key, "--tls-cert: .* is not a file"),
        "empty": (cert, str(empty), "--tls-key: .* holds no private key"),
        "swapped": (key, cert, "--tls-cert: .* holds no certificate"),
        "torn": (str(torn), key, "--tls-cert and --tls-key: the pair cannot be used"),
    }


CASES = (
    "no key, no certificate, of another, expired, early, encrypted, missing certificate, missing key, folder, device, "
    "empty, swapped, torn"
).split(", ")


@pytest.mark.parametrize("case", CASES)
def test_a_pair_of_no_use_is_a_sentence(utils: WorkerUtils, certificates: Certificates, case: str) -> None:
    cert, key, sentence = pairs(certificates)[case]
    with pytest.raises(ValueError, match=sentence) as caught:
        AdminServerConfig(utils.database.pool, utils, tls_cert=cert, tls_key=key)
    assert "geheim99" not in str(caught.value) and "\n" not in str(caught.value)


async def test_a_server_that_was_listening_is_closed_after_a_pair_went_bad(
    utils: WorkerUtils, certificates: Certificates
) -> None:
    cert, key = certificates.pair("gone")
    with socket.create_server(("127.0.0.1", 0)) as free:
        where = f"127.0.0.1:{free.getsockname()[1]}"
    config = AdminServerConfig(utils.database.pool, utils, listen_addr=where, tls_cert=cert, tls_key=key)
    Path(key).unlink()
    with pytest.raises(ValueError, match="--tls-key"):
        await serving.serve(config)
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port(where))
