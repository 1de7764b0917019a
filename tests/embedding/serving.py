"""Runs an example as a reader would: a process of its own on a loopback port."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import asyncpg
import httpx

from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from tests.contract.driver import free_port
from tests.support.imports import SOURCE

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
PASSWORD = "correct horse battery"


def _environment(dsn: str, more: dict[str, str]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": f"{EXAMPLES}:{SOURCE}:{ROOT}", "PYTHONWARNINGS": "error",
        "DATABASE_URL": dsn, "ADMIN_PASSWORD": PASSWORD, "SECRET_KEY": "k" * 32,
        "DJANGO_SETTINGS_MODULE": "tests.embedding.django_settings", **more,
    }  # fmt: skip


@contextmanager
def running(command: list[str], port: int, dsn: str, **environment: str) -> Iterator[str]:
    """A server of this command on a port; its address once it answers. It must end when it is asked to."""
    process = subprocess.Popen(
        [sys.executable, *command], env=_environment(dsn, environment), cwd=EXAMPLES,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
    )  # fmt: skip
    try:
        yield _answering(process, f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=20)
        assert "Traceback" not in out and "Warning" not in out, out


def _answering(process: subprocess.Popen[str], address: str) -> str:
    for _ in range(600):
        assert process.poll() is None, "the example ended"
        try:
            httpx.get(f"{address}/is-somebody-there")
            return address
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the example does not answer within 30 s")


@asynccontextmanager
async def example(name: str, dsn: str, *options: str, **environment: str) -> AsyncIterator[str]:
    """`fastapi_app:app` served by uvicorn, `standalone` by itself."""
    port = free_port()
    if ":" in name:
        command = ["-m", "uvicorn", name, "--port", str(port), "--log-level", "error", *options]
    else:
        command = [f"{name}.py"]
    with running(command, port, dsn, LISTEN=f"127.0.0.1:{port}", **environment) as address:
        yield address


async def connections(dsn: str) -> int:
    """How many others are connected to a database."""
    connection = await asyncpg.connect(dsn)
    try:
        query = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


async def look_and_write(client: httpx.AsyncClient, place: str) -> None:
    """Page, assets, API, a write and a 404 below a place (`http://…/queue/`), as a browser resolves them."""
    page = await client.get(place)
    assert page.status_code == 200 and "gw-admin" in page.text, page.text[:500]
    addresses = re.findall(r'(?:href|src)="([^"#?][^"]*)"', page.text)
    assert len(addresses) >= 5
    for address in map(unescape, addresses):
        found = await client.get(urljoin(place, address))
        kept = "no-store" if address.startswith("api/") else "public, max-age=3600"
        assert (found.status_code, found.headers["cache-control"]) == (200, kept), address
    session = (await client.get(urljoin(place, "api/session"))).json()
    sent = {CSRF_HEADER: session["csrf_token"], "origin": str(httpx.URL(place).join("/")).rstrip("/")}
    added = await client.post(urljoin(place, "api/jobs"), json={"identifier": "from-outside"}, headers=sent)
    assert added.status_code == 200, added.text
    id = added.json()["jobs"][0]["id"]
    assert (await client.get(urljoin(place, f"api/jobs/{id}"))).json()["task_identifier"] == "from-outside"
    assert (await client.get(urljoin(place, "api/jobs?state=ready&limit=1"))).status_code == 200
    without = await client.post(urljoin(place, "api/jobs"), json={"identifier": "x"})
    assert (without.status_code, without.json()["code"]) == (403, "csrf")
    gone = await client.get(urljoin(place, "nothing/here"))
    assert (gone.status_code, gone.headers["x-frame-options"]) == (404, "DENY")
