"""`healthcheck` as Docker, systemd and people run it: yes or no, by the exit code, whatever is at the address."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from graphile_worker.cli.serving import probe
from graphile_worker.cli.serving.probe import ProbeAddress, answered
from graphile_worker.core.exceptions import Refused
from tests.build.test_imports import DRIVER, called, loaded
from tests.cli.support import Program
from tests.cli.test_admin import admin, lines
from tests.cli.test_start import AWAY
from tests.contract.driver import free_port
from tests.support.certificates import Certificates

URL = "Graphile Worker admin UI: "
SECRET = {"GRAPHILE_WORKER_ADMIN_PASSWORD": "geheim99geheim99"}
CHECK = Program(None)


@pytest.mark.parametrize(
    ("listen", "options", "asked"),
    [
        ("127.0.0.1", [], "http://127.0.0.1:{port}/healthz"),
        ("127.0.0.1", ["--prefix", "/a/b"], "http://127.0.0.1:{port}/a/b/healthz"),
        ("0.0.0.0", [], "http://127.0.0.1:{port}/healthz"),
        ("[::]", [], "http://[::1]:{port}/healthz"),
        ("[::1]", ["--prefix", "/queue"], "http://[::1]:{port}/queue/healthz"),
        ("127.0.0.2", [], "http://127.0.0.2:{port}/healthz"),
    ],
)
def test_the_options_of_the_admin_find_it(dsn: str, listen: str, options: list[str], asked: str) -> None:
    place = ["--listen", f"{listen}:{free_port()}", *options]
    with admin(dsn, *place, **SECRET) as process:
        lines(process, 5)
        expected = asked.format(port=place[1].rpartition(":")[2])
        for more, status in (([], "ok"), (["--ready"], "ready")):
            ran = CHECK("healthcheck", *place, *more)
            assert (ran.code, ran.out, ran.err) == (0, f"{expected.replace('healthz', _path(more))}: {status}\n", "")
        assert CHECK("healthcheck", *place, "--json").value == {"url": expected, "status": "ok"}
        assert CHECK("healthcheck", *place, "--prefix", "/other").code == 1


def _path(more: list[str]) -> str:
    return "readyz" if more else "healthz"


def test_the_variables_of_the_admin_find_it(dsn: str, tmp_path: Path) -> None:
    """With TLS, a prefix and another port: nothing to repeat in a container."""
    cert, key = Certificates(tmp_path).pair()
    (tmp_path / "password").write_text("geheim99geheim99\n")
    environment = {
        "GRAPHILE_WORKER_ADMIN_LISTEN": f"0.0.0.0:{free_port()}",
        "GRAPHILE_WORKER_ADMIN_PREFIX": "/queue",
        "GRAPHILE_WORKER_ADMIN_TLS_CERT": cert,
        "GRAPHILE_WORKER_ADMIN_TLS_KEY": key,
        "GRAPHILE_WORKER_ADMIN_PASSWORD_FILE": str(tmp_path / "password"),
        "GRAPHILE_WORKER_ADMIN_ALLOWED_HOSTS": "one.example two.example",
    }
    # the options of `admin()` win over the variables: it listens where the variable says only without its own option
    with admin(dsn, "--listen", environment["GRAPHILE_WORKER_ADMIN_LISTEN"], **environment) as process:
        assert lines(process, 5)[0].startswith(f"{URL}https://")
        ran = CHECK("healthcheck", **environment)
        assert (ran.code, ran.err) == (0, "") and ran.out.startswith("https://127.0.0.1:")
        del environment["GRAPHILE_WORKER_ADMIN_TLS_CERT"]
        assert CHECK("healthcheck", "--tls", **environment).code == 0
        plain = CHECK("healthcheck", **environment)
        assert plain.code == 1 and "--tls" in plain.err


def test_a_database_that_is_away_is_not_unhealthy_but_not_ready() -> None:
    place = ["--listen", f"127.0.0.1:{free_port()}"]
    with admin(AWAY, *place, **SECRET) as process:
        lines(process, 5)
        assert CHECK("healthcheck", *place).code == 0
        ran = CHECK("healthcheck", *place, "--ready")
        assert (ran.code, ran.out) == (1, "") and "'unavailable'" in ran.err


@contextmanager
def peer(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that does this with its first connection."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                behave(connection)
            except OSError:  # the other side left
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(30)
        assert not thread.is_alive()


def _silent(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def _trickling(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"H")
        connection.settimeout(0.02)
        try:
            if not connection.recv(4096):
                return
        except TimeoutError:
            continue


ANSWERS = {
    "nothing": b"",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "another program": b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"status":"up"}',
    "a login page": b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n",
    "a broken line": b"HTTP/1.1 \xff\xff\r\n\r\n",
    "too much": b'HTTP/1.1 200 OK\r\n\r\n{"status":"ok"}' + b"x" * 1_000_000,
}


@pytest.mark.parametrize("answer", list(ANSWERS))
@pytest.mark.parametrize("tls", [[], ["--tls"]], ids=["plain", "tls"])
def test_whatever_else_listens_there_is_no_admin(answer: str, tls: list[str]) -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(ANSWERS[answer])

    with peer(behave) as port:
        ran = CHECK("healthcheck", "--listen", f"127.0.0.1:{port}", *tls)
    assert (ran.code, ran.out) == (1, "") and ran.err.count("\n") == 1, ran.err


@pytest.mark.parametrize("number", ["200 OK", "500 Error"])
@pytest.mark.parametrize("status", ["ok", "ready", "unavailable"])
@pytest.mark.parametrize(("more", "well"), [([], "ok"), (["--ready"], "ready")], ids=["healthz", "readyz"])
def test_only_the_status_of_its_own_probe_is_well(more: list[str], well: str, status: str, number: str) -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(f'HTTP/1.1 {number}\r\n\r\n{{"status":"{status}"}}'.encode())

    with peer(behave) as port:
        ran = CHECK("healthcheck", "--listen", f"127.0.0.1:{port}", *more)
    healthy = status == well and number == "200 OK"
    assert ran.code == (0 if healthy else 1) and (repr(status) in ran.err) is not healthy, ran


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("behave", [_silent, _trickling], ids=["silent", "trickling"])
def test_the_time_is_for_everything_together(behave: Callable[[socket.socket], None], tls: bool) -> None:
    assert probe.SECONDS <= 3
    with peer(behave) as port, pytest.raises(Refused):
        answered(ProbeAddress("127.0.0.1", port, "/healthz", tls), 0.3)


def test_it_loads_neither_the_driver_nor_a_web_module() -> None:
    """Docker starts it every few seconds."""

    def healthy(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b'HTTP/1.1 200 OK\r\n\r\n{"status":"ok"}')

    with peer(healthy) as port:
        modules = loaded(called("healthcheck", "--listen", f"127.0.0.1:{port}"))
    assert not modules & {*DRIVER, "starlette", "uvicorn", "asyncio", "ssl", "http", "rich"}


def test_nobody_there_is_exit_code_1_and_a_bad_option_2() -> None:
    gone = CHECK("healthcheck", "--listen", f"127.0.0.1:{free_port()}")
    assert (gone.code, gone.out) == (1, "") and gone.err.startswith("Error: No answer from http://127.0.0.1:")
    for bad in (["--listen", "nowhere"], ["--listen", "127.0.0.1:0"], ["--prefix", "queue/"], ["--prefix", "/a\r\nb"]):
        ran = CHECK("healthcheck", *bad)
        assert (ran.code, ran.out) == (2, ""), ran.err
