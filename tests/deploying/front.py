"""What must hold behind every proxy of docs/deploying.md, at each of its three places."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx

from graphile_worker import JobSpec, WorkerUtils
from tests.contract.driver import free_port
from tests.deploying.programs import copied, started
from tests.embedding.serving import PASSWORD, look_and_write
from tests.hardening.process import admin
from tests.server.listening import listening
from tests.support.certificates import Certificates

AUTH = ("admin", PASSWORD)
PLACES = ("/", "/queue/", "/kept/")
BIG, JOBS = 1_000_000, 30


@dataclass(frozen=True)
class Front:
    """A proxy as its recipe has it: the files to copy (the first has the addresses), its command, its own changes."""

    name: str
    files: tuple[str, ...]
    command: tuple[str, ...]
    changes: tuple[tuple[str, str], ...] = ()
    listen: tuple[str, str] = (":8443", "127.0.0.1:{port}")


@dataclass(frozen=True)
class Open:
    """A proxy that serves."""

    address: str
    trust: ssl.SSLContext

    def client(self) -> httpx.AsyncClient:
        """A client of it, logged in."""
        return httpx.AsyncClient(auth=AUTH, verify=self.trust, timeout=60)


@contextmanager
def fronted(front: Front, dsn: str, folder: Path) -> Iterator[Open]:
    """The two admins that a recipe names, and the proxy in front of them."""
    certificates = Certificates(folder)
    cert, key = certificates.pair("admin")
    (folder / "admin.pem").write_text(Path(cert).read_text() + Path(key).read_text())
    options = ["--behind-tls", "--trusted-proxy", "127.0.0.1", "--allowed-host", "admin.example.com"]
    port = free_port()
    with ExitStack() as stack:
        own = stack.enter_context(admin(dsn, *options, GRAPHILE_WORKER_ADMIN_PASSWORD=PASSWORD))
        kept = stack.enter_context(admin(dsn, *options, "--prefix", "/kept", GRAPHILE_WORKER_ADMIN_PASSWORD=PASSWORD))
        _copy(
            front, folder, {"127.0.0.1:5678": f"127.0.0.1:{own.port}", "127.0.0.1:5679": f"127.0.0.1:{kept.port}"}, port
        )
        stack.enter_context(started(folder, front.command, port))
        yield Open(f"https://localhost:{port}", certificates.trust())


def _copy(front: Front, folder: Path, upstreams: dict[str, str], port: int) -> None:
    changes = {**upstreams, front.listen[0]: front.listen[1].format(port=port), **dict(front.changes)}
    for name in front.files:
        text = (copied(folder, name, {})).read_text()
        copied(folder, name, {old: new for old, new in changes.items() if old in text})
    whole = "".join((folder / name).read_text() for name in front.files)
    assert not any(old in whole for old in upstreams)


async def holds(front: Front, dsn: str, folder: Path) -> None:
    """Everything below, at every place."""
    with fronted(front, dsn, folder) as opened:
        async with opened.client() as client, asyncpg.create_pool(dsn, min_size=0) as pool:
            utils = WorkerUtils(pool)
            for place in PLACES:
                await look_and_write(client, opened.address + place)
            await _last_slash(client, opened)
            for place in PLACES:
                await _events_at_once(opened, place, utils)
            await utils.add_jobs([JobSpec("big", {"n": n, "text": "x" * BIG}) for n in range(JOBS)])
            for place in PLACES:
                await _export(client, opened.address + place)
        await _sources(opened)


async def _last_slash(client: httpx.AsyncClient, opened: Open) -> None:
    """Without it one gets there all the same, with the query."""
    for place in ("/queue", "/kept"):
        found = await client.get(f"{opened.address}{place}?view=queues", follow_redirects=True)
        assert found.status_code == 200 and found.url.path == f"{place}/", found.url
        assert str(found.url).startswith(opened.address), found.url
    for outside in ("/queued", "/keptx/api/session"):
        assert (await client.get(opened.address + outside)).status_code == 404


async def _events_at_once(opened: Open, place: str, utils: WorkerUtils) -> None:
    """Without a buffer between: the event of a job that is added while the stream is open."""
    address = (opened.address + place).rstrip("/")
    async with listening(address, opened.trust, auth=AUTH, headers={"accept-encoding": "gzip"}) as ear:
        assert await ear.next() == ("hello", {"listening": True})
        await utils.add_job("t")
        assert await ear.next("jobs") == ("jobs", {"added": 1})


async def _export(client: httpx.AsyncClient, place: str) -> None:
    """A large answer of unknown length arrives whole."""
    async with client.stream("GET", f"{place}api/jobs/export?identifier=big") as answer:
        assert answer.status_code == 200
        lines = [len(line) async for line in answer.aiter_lines()]
    assert len(lines) == JOBS and min(lines) > BIG


async def _sources(opened: Open) -> None:
    """A client at another address than the trusted proxy: whatever source it claims, it is throttled as that address."""
    elsewhere = httpx.AsyncHTTPTransport(verify=opened.trust, local_address="127.0.0.2")
    async with httpx.AsyncClient(transport=elsewhere, timeout=60) as client:
        statuses = []
        for n in range(12):
            claimed = {"x-forwarded-for": f"203.0.113.{n}", "x-real-ip": f"203.0.113.{n}"}
            wrong = ("admin", f"wrong {n}")
            answer = await client.get(f"{opened.address}/api/session", auth=wrong, headers=claimed)
            statuses.append(answer.status_code)
    assert statuses == [401] * 10 + [429] * 2
