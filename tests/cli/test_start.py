"""`admin` starts while its database is away, finds it when it is back, and obeys signals all the while."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from graphile_worker.demo.server import embedded
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from tests.cli.support import PROGRAM, Program
from tests.cli.test_admin import admin, lines
from tests.contract.driver import free_port
from tests.support.certificates import Certificates

URL = "Graphile Worker admin UI: "
AWAY = "postgresql://nobody:geheim99@127.0.0.1:1/nothing"


@pytest.fixture
def late_postgres(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedPostgres]:
    """A server that ran once, has the schema, and is stopped; it comes back on the same port."""
    tmp_path.chmod(0o711)
    for parent in tmp_path.parents[:3]:  # one more in a process of xdist
        parent.chmod(0o711)
    server = EmbeddedPostgres(tmp_path / "server")
    server.start()
    assert Program(server.dsn())("migrate").code == 0
    server.stop()
    monkeypatch.setattr(embedded, "_free_port", lambda: server.port)
    try:
        yield server
    finally:
        server.stop()


def until(url: str, status: int) -> httpx.Response:
    """The answer, as soon as it has this status."""
    for _ in range(150):
        answer = httpx.get(url, timeout=10)
        if answer.status_code == status:
            return answer
        time.sleep(0.2)
    pytest.fail(f"{url}: {answer.status_code} {answer.text}")


def test_a_database_that_starts_later_is_found_without_a_restart(late_postgres: EmbeddedPostgres) -> None:
    with admin(late_postgres.dsn(), "--auth", "none") as process:
        address = lines(process, 1)[0].removeprefix(URL)
        assert process.stderr is not None
        warning = process.stderr.readline()
        assert warning.startswith("Warning: The database could not be reached.")
        assert late_postgres.password not in warning
        assert httpx.get(f"{address}/").status_code == 200
        statuses = [httpx.get(address + path).status_code for path in ("/healthz", "/readyz", "/api/jobs")]
        assert statuses == [200, 503, 503]
        late_postgres.start()
        until(f"{address}/readyz", 200)
        assert httpx.get(f"{address}/api/jobs").json()["jobs"] == []
        assert process.stderr.readline() == "The database answers now.\n"


def test_several_databases_may_all_be_away() -> None:
    with admin("", "--auth", "none", GRAPHILE_WORKER_DATABASES=f"one={AWAY},two={AWAY}x") as process:
        address = lines(process, 1)[0].removeprefix(URL)
        assert process.stderr is not None
        said = process.stderr.readline() + process.stderr.readline()
        assert "'one'" in said and "'two'" in said and "geheim99" not in said
        assert httpx.get(f"{address}/healthz").status_code == 200
        assert httpx.get(f"{address}/api/jobs?db=two").status_code == 503


def test_a_login_that_is_refused_is_not_waited_for(dsn: str) -> None:
    user, _, place = dsn.rpartition("@")
    name = user.partition("://")[2].partition(":")[0]
    for address in (f"postgresql://{name}:falsch99@{place}", dsn.rpartition("/")[0] + "/missing"):
        for environment in ({"DATABASE_URL": address}, {"GRAPHILE_WORKER_DATABASES": f"one={address}"}):
            ran = Program(None)("admin", "--auth", "none", "--listen", "127.0.0.1:0", **environment)
            assert (ran.code, ran.out, "falsch99" in ran.err) == (3, "", False), ran.err


@pytest.mark.parametrize(
    "address", ["mysql://u:geheim99@h/x", "postgresql://u:geh/eim99@h:1/x", "postgresql://u:geheim99@h:port/x"]
)
def test_what_is_no_address_is_a_usage_error_also_beside_others(dsn: str, address: str) -> None:
    for environment in ({"DATABASE_URL": address}, {"GRAPHILE_WORKER_DATABASES": f"up={dsn}\nno={address}"}):
        ran = Program(None)("admin", "--auth", "none", "--listen", "127.0.0.1:0", **environment)
        assert (ran.code, ran.out) == (2, ""), ran.err
        assert "eim99" not in ran.err and "geh" not in ran.err


@contextmanager
def connecting(*around: str) -> Iterator[subprocess.Popen[str]]:
    """An admin whose database takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        address = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing"
        process = subprocess.Popen(
            [*around, *PROGRAM, "admin", "--listen", "127.0.0.1:0", "--auth", "none"], env=Program(address).environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip
        try:
            connection, _ = silent.accept()
            yield process
            connection.close()
        finally:
            process.kill()
            process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_while_connecting_is_obeyed_at_once(number: signal.Signals, code: int) -> None:
    with connecting() as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (code, "", "")


def test_as_process_1_a_signal_while_connecting_is_obeyed_at_once() -> None:
    assert os.geteuid() == 0, "only root makes a namespace of processes: run these tests as root"
    with connecting("unshare", "--pid", "--fork", "--kill-child") as outer:
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
        assert len(children) == 1
        status = Path(f"/proc/{children[0]}/status").read_text()
        assert [line for line in status.splitlines() if line.startswith("NSpid:")][0].split()[-1] == "1"
        os.kill(int(children[0]), signal.SIGTERM)
        out, err = outer.communicate(timeout=20)
        assert (outer.returncode, out, err) == (0, "", "")


def test_at_rest_sigterm_ends_with_0_and_closes_the_port(dsn: str) -> None:
    with admin(dsn, "--auth", "none") as process:
        address = lines(process, 3)[0].removeprefix(URL)
        assert httpx.get(f"{address}/healthz").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{address}/healthz")


def test_sighup_ends_an_admin_without_a_certificate(dsn: str) -> None:
    """As a terminal that is closed expects."""
    with admin(dsn, "--auth", "none") as process:
        lines(process, 3)
        process.send_signal(signal.SIGHUP)
        assert process.wait(20) == -signal.SIGHUP


@pytest.mark.parametrize("listen", ["0.0.0.0", "[::]"])
def test_an_address_that_is_everywhere_is_announced_as_one_that_is_answered(dsn: str, listen: str) -> None:
    with admin(dsn, "--listen", f"{listen}:{free_port()}", "--password", "geheim99geheim99") as process:
        said = lines(process, 5)
        address = said[0].removeprefix(URL)
        assert address.startswith(("http://127.0.0.1:", "http://[::1]:"))
        assert httpx.get(f"{address}/healthz").status_code == 200
        port = address.rpartition(":")[2]
        for host in (f"0.0.0.0:{port}", f"[::]:{port}", "0.0.0.0", "[::ffff:0.0.0.0]"):
            assert httpx.get(f"{address}/healthz", headers={"host": host}).status_code == 421
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        for other in process.stdout.read().splitlines():
            assert other.startswith("Also at: http://") and not other.endswith(f"0.0.0.0:{port}")


def test_sighup_of_a_real_process_presents_the_new_certificate(dsn: str, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    cert, key = certificates.pair()
    trust = certificates.trust()
    with admin(dsn, "--auth", "none", "--tls-cert", cert, "--tls-key", key) as process:
        address = lines(process, 3)[0].removeprefix(URL)
        assert address.startswith("https://127.0.0.1:")
        assert httpx.get(f"{address}/api/session", verify=trust).status_code == 200

        def presented() -> bytes:
            with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as plain:
                with trust.wrap_socket(plain, server_hostname="localhost") as wrapped:
                    return wrapped.getpeercert(binary_form=True) or b""

        first = presented()
        certificates.pair()
        process.send_signal(signal.SIGHUP)
        for _ in range(100):
            if presented() != first:
                break
            time.sleep(0.1)
        assert presented() != first and process.poll() is None
        Path(cert).write_text("broken")
        process.send_signal(signal.SIGHUP)
        assert process.stderr is not None
        assert process.stderr.readline().endswith(" INFO the certificate was reloaded\n")
        assert " ERROR the certificate was not reloaded, the old one stays: --tls-cert: " in process.stderr.readline()
        assert httpx.get(f"{address}/api/session", verify=trust).status_code == 200
