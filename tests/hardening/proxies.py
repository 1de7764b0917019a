"""nginx and HAProxy from the distribution in front of an admin, with connections that they use again for other clients.

Both refuse `/api/jobs`: what arrives there has passed them inside another request.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.driver import free_port
from tests.embedding.nginx import listens, nginx

_NGINX = """
upstream admin {{ server 127.0.0.1:{upstream}; keepalive 2; }}
server {{
    listen 127.0.0.1:{port};
    client_max_body_size 2m;
    location = /api/jobs {{ return 403; }}
    location / {{
        proxy_pass http://admin;
        proxy_http_version 1.1;
        proxy_request_buffering off;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
    }}
}}
"""
_HAPROXY = """
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
    http-reuse always
frontend people
    bind 127.0.0.1:{port}
    http-request deny if {{ path /api/jobs }}
    default_backend admin
backend admin
    server admin 127.0.0.1:{upstream}
"""


@contextmanager
def behind_nginx(folder: Path, upstream: int) -> Iterator[int]:
    """nginx in front of a port; its own port."""
    port = free_port()
    with nginx(folder, _NGINX.format(upstream=upstream, port=port), [port]):
        yield port


@contextmanager
def behind_haproxy(folder: Path, upstream: int) -> Iterator[int]:
    """HAProxy in front of a port; its own port."""
    program = shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.fail("HAProxy is not installed: run scripts/install --dev as root, or sudo apt-get install haproxy")
    port = free_port()
    configuration = folder / "haproxy.cfg"
    configuration.write_text(_HAPROXY.format(upstream=upstream, port=port), "utf-8")
    process = subprocess.Popen(
        [program, "-db", "-f", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8"
    )
    try:
        listens(process, port)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=20)
