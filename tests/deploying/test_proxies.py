"""nginx and HAProxy from the distribution in front, with their recipes of docs/deploying; more of nginx is in
tests/embedding/test_nginx.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graphile_worker.admin.api.jobs import export
from graphile_worker.core.maintenance import cleanup
from graphile_worker.core.migration import migrate
from tests.deploying.front import Front, holds
from tests.deploying.programs import RECIPES
from tests.embedding.nginx import around

NGINX = Front(
    "nginx",
    ("nginx.conf",),
    ("nginx", "-p", ".", "-c", "whole.conf", "-e", "stderr"),
    listen=("listen 8443", "listen 127.0.0.1:{port}"),
)
HAPROXY = Front(
    "HAProxy", ("haproxy.cfg",), ("haproxy", "-db", "-f", "haproxy.cfg"), listen=("bind :8443", "bind 127.0.0.1:{port}")
)


async def test_nginx(dsn: str, tmp_path: Path) -> None:
    (tmp_path / "whole.conf").write_text(around("include nginx.conf;"), "utf-8")
    await holds(NGINX, dsn, tmp_path)


async def test_haproxy(dsn: str, tmp_path: Path) -> None:
    await holds(HAPROXY, dsn, tmp_path)


@pytest.mark.parametrize(
    ("recipe", "timeout"),
    [
        ("nginx.conf", "proxy_read_timeout"),
        ("nginx_tls.conf", "proxy_read_timeout"),
        ("haproxy.cfg", "timeout server"),
        ("oauth2_proxy.yaml", "timeout:"),
    ],
)
def test_it_waits_longer_than_the_slowest_answer_takes(recipe: str, timeout: str) -> None:
    """Caddy and Traefik wait as long as it takes by themselves."""
    found = re.findall(rf"{timeout} (\d+)s", (RECIPES / recipe).read_text("utf-8"))

    assert found and min(map(int, found)) > max(export.TIMEOUT, cleanup.TIMEOUT, migrate.TIMEOUT)
