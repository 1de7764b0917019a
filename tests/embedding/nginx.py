"""nginx from the distribution, on loopback, with a server block of docs/deploying."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.driver import free_port
from tests.deploying.programs import RECIPES

_AROUND = """
{user}
daemon off;
pid nginx.pid;
error_log stderr notice;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
    {blocks}
}}
"""


def program() -> str:
    """Where nginx is; the test fails with what to install where it is not."""
    found = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.fail("nginx is not installed: run scripts/install --dev as root, or sudo apt-get install nginx-light")
    return found


def around(blocks: str) -> str:
    """A whole configuration with these blocks inside `http`."""
    return _AROUND.format(user="user root;" if os.geteuid() == 0 else "", blocks=blocks)


def block(name: str, upstream: str, port: int, **changes: str) -> str:
    """A server block of the recipes with its addresses (and other words) exchanged; every admin of it is the same one."""
    text = (RECIPES / name).read_text("utf-8").replace("127.0.0.1:5679", "127.0.0.1:5678")
    for old, new in {"listen 8443": f"listen 127.0.0.1:{port}", "127.0.0.1:5678": upstream, **changes}.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


PLAIN = {
    " ssl;": ";",
    "ssl_certificate admin.crt;": "",
    "ssl_certificate_key admin.key;": "",
}  # a recipe without its TLS


@contextmanager
def proxying(folder: Path, upstream: str, *names: str, **changes: str) -> Iterator[list[str]]:
    """nginx in front of `127.0.0.1:PORT`; one address for each example named."""
    ports = [free_port() for _ in names]
    blocks = "\n".join(block(name, upstream, port, **changes) for name, port in zip(names, ports, strict=True))
    with nginx(folder, blocks, ports):
        yield [f"http://127.0.0.1:{port}" for port in ports]


@contextmanager
def nginx(folder: Path, blocks: str, ports: list[int]) -> Iterator[None]:
    """nginx with these blocks inside `http`, once it listens on the ports."""
    (folder / "nginx.conf").write_text(around(blocks), "utf-8")
    process = subprocess.Popen(
        [program(), "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"], stderr=subprocess.PIPE, encoding="utf-8"
    )
    try:
        for port in ports:
            listens(process, port)
        yield
    finally:
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert "[emerg]" not in said and "[alert]" not in said, said


def listens(process: subprocess.Popen[str], port: int) -> None:
    """Waits until the program listens; raises AssertionError with its last words when it ends, or after 10 s."""
    for _ in range(400):
        assert process.poll() is None, process.communicate()[1]
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.025)
    raise AssertionError(f"{process.args!r} does not listen within 10 s")
