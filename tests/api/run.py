"""Asks a real admin on a real PostgreSQL whatever its own description allows, and much that it does not.

Run it with scripts/test-api: schemathesis stands in an environment of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from graphile_worker import JobSpec, WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, serve
from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.server.app import ENDPOINTS
from graphile_worker.admin.server.limits.throttle import Throttle
from graphile_worker.admin.server.live import streams
from graphile_worker.core.database.transactions import connect
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from tests.support.queues import fill
from tests.support.table import Table
from tests.support.templates import Databases

SECRET = "correct horse battery"
JOBS = 400  # kept in each database, whatever is completed and deleted
# positive_data_acceptance is not among them: which members an action uses, or that a cursor is one of ours, no schema says.
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance", "negative_data_rejection", "missing_required_header", "unsupported_method",
)  # fmt: skip


async def seed(utils: WorkerUtils) -> None:
    """Jobs of each kind, some that nobody would expect, and workers."""
    table = Table.of(utils)
    await fill(utils, table)
    await more(utils, JOBS)
    await table.run(
        "insert into {s}._private_workers (id, last_heartbeat_at, started_at, metadata) values"
        " ('worker-1', now(), now(), '{\"pid\": 1}'), ('gone', '2001-01-01', '-infinity', '[null, 1e400]')"
    )
    for id, time_ in enumerate(("infinity", "-infinity", "294276-12-31", "0044-03-15 12:00:00 BC"), 21):
        await table.run("update {s}._private_jobs set run_at = $2::text::timestamptz where id = $1", id, time_)
        await table.lock(id, "5 hours", f"pool-{id}")
    await table.run("update {s}._private_jobs set attempts = 25, last_error = 'e' where id between 30 and 60")
    await table.run("update {s}._private_jobs set payload = '1e400' where id between 60 and 70")


async def more(utils: WorkerUtils, count: int) -> None:
    """Jobs as an application adds them."""
    await utils.add_jobs(
        [
            JobSpec(f"task{n % 7}", {"n": n, "é": ["\U0001f600", None]}, queue=f"queue{n % 5}" if n % 3 else None,
                    flags=["slow"] if n % 4 == 0 else None, priority=n % 10, key=f"key{n}" if n % 6 == 0 else None)
            for n in range(count)
        ]
    )  # fmt: skip


async def refill(queues: Sequence[WorkerUtils]) -> None:
    """Adds what was deleted, until it is cancelled; a schema that is being migrated is tried again."""
    while True:
        await asyncio.sleep(0.5)
        for utils in queues:
            left = await utils.database.pool.fetchval(f"select count(*) from {utils.schema.quoted}._private_jobs")
            if left < JOBS // 2:
                await more(utils, JOBS // 2)


@dataclass(frozen=True)
class Mode:
    """One mode of authentication, with what a right client sends."""

    auth: AdminAuthConfig
    headers: dict[str, str]
    described: bool = True  # whether the description knows these credentials, so that schemathesis can leave them out


# `Authorization` is spelled as OpenAPI does: schemathesis compares it by its letters.
MODES = {
    "bearer": Mode(AdminAuthConfig.bearer(SECRET), {"Authorization": f"Bearer {SECRET}"}),
    "basic": Mode(
        AdminAuthConfig.basic("admin", SECRET),
        {"Authorization": "Basic " + base64.b64encode(f"admin:{SECRET}".encode()).decode()},
    ),
    "header": Mode(AdminAuthConfig.header(SECRET, "X-Team-Token"), {"x-team-token": SECRET}, described=False),
    "none": Mode(AdminAuthConfig.none(), {}, described=False),
}
Serve = Callable[[Mode, bool], AbstractAsyncContextManager[str]]


@asynccontextmanager
async def databases_filled() -> AsyncIterator[Serve]:
    """Serves admins with two databases, as `serve` does: `async with start(mode, read_only) as address`."""
    with tempfile.TemporaryDirectory(prefix="graphile-worker-api-") as folder:
        Path(folder).chmod(0o711)  # run as root, the server is another user that must walk through here
        with EmbeddedPostgres(Path(folder) / "server", durable=False) as server:
            databases, queues = Databases(server), []
            for schema in ("graphile_worker", "elsewhere"):
                pool = await connect(server.dsn(await databases.migrated(schema)))
                queues.append(WorkerUtils(pool, schema))
                await seed(queues[-1])
            filling = asyncio.create_task(refill(queues))
            try:
                yield partial(served, queues)
            finally:
                await ended(filling)
                for utils in queues:
                    await utils.database.pool.close()


@asynccontextmanager
async def served(queues: Sequence[WorkerUtils], mode: Mode, read_only: bool) -> AsyncIterator[str]:
    """The address of an admin over these queues."""
    config = AdminServerConfig(
        queues[0].database.pool, queues[0], others={"two": queues[1]},
        auth=mode.auth, read_only=read_only, listen_addr="127.0.0.1:0",
    )  # fmt: skip
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(config, on_ready=ready.set_result))
    try:
        yield await ready
    finally:
        await ended(serving)


async def ended(task: asyncio.Task[None]) -> None:
    """Cancels a task and waits for its end."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def bypassed(url: str, mode: Mode) -> list[str]:
    """Operations that answer to no credentials, to wrong ones, or to those of another mode."""
    if mode.auth.mode == "none":
        return []
    wrong = [{}, *({name: value[:-1]} for name, value in mode.headers.items())]
    others = [other.headers for other in MODES.values() if other.headers and other is not mode]
    found = []
    async with httpx.AsyncClient(timeout=20) as client:
        for endpoint in ENDPOINTS:
            if endpoint.path in ("/healthz", "/readyz"):  # they are for everybody
                continue
            for headers in (*wrong, *others):
                address = url + endpoint.path.replace("{id}", "1")
                answer = await client.request(endpoint.method, address, headers=headers)
                if answer.status_code != 401:
                    found.append(f"{mode.auth.mode}: {endpoint.method} {endpoint.path} {answer.status_code}")
    return found


async def ask(url: str, mode: Mode, arguments: argparse.Namespace, counts: Path, *, thorough: bool) -> int:
    """Runs schemathesis; its exit code. Only a thorough run tries every rule of the description by itself."""
    async with httpx.AsyncClient(headers=mode.headers) as client:
        token = (await client.get(f"{url}/api/session")).json()["csrf_token"]
    here = Path(__file__).resolve().parent
    environment = os.environ | {
        "API_COUNTS": str(counts),
        "API_SEED": str(arguments.seed),
        "SCHEMATHESIS_HOOKS": "hooks",
    }
    process = await asyncio.create_subprocess_exec(
        arguments.schemathesis, "--config-file", str(here / "schemathesis.toml"), "run", f"{url}/api/openapi.json", "--checks", ",".join([*CHECKS, *["ignored_auth"] * mode.described]),
        "--seed", str(arguments.seed), "--max-examples", str(arguments.examples if thorough else max(2, arguments.examples // 5)),
        "--phases", "examples,coverage,fuzzing" if thorough else "examples,fuzzing",
        *(word for name, value in mode.headers.items() for word in ("-H", f"{name}: {value}")),
        "-H", f"{CSRF_HEADER}: {token}", "--continue-on-failure",
        "--generation-database", "none", "--suppress-health-check", "all", "--request-timeout", "20", *arguments.more,
        env=environment | {"PYTHONPATH": str(here)}, cwd=counts.parent,
    )  # fmt: skip
    return await process.wait()


def report(counts: dict[str, int], seconds: float) -> None:
    """Requests by route with their statuses; methods that a path does not know are one line."""
    routes: dict[str, Counter[str]] = {}
    known = {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS}
    known.remove("GET /api/openapi.json")  # asked for once, before anything is counted
    for place, count in counts.items():
        route, _, status = place.rpartition(" ")
        routes.setdefault(route if route in known else "other methods", Counter())[status] += count
    for route, statuses in sorted(routes.items(), key=lambda item: item[0].split(" ")[::-1]):
        print(f"{route:32} {statuses.total():6}   {', '.join(f'{s}: {n}' for s, n in sorted(statuses.items()))}")
    made = f"{sum(counts.values())} requests to {len(known & routes.keys())} of {len(known)} operations"
    print(f"test-api: {made} in {seconds:.0f} s")


async def run(arguments: argparse.Namespace) -> int:
    """Serves, asks, reports; 0 where nothing was found and enough was asked."""
    begun = time.monotonic()
    streams.LIFETIME_SECONDS = 0.0  # an event stream ends after its first words
    # wrong credentials are to be answered 401 every time; how often they may be tried is for tests of its own
    Throttle.LIMIT = Throttle.SPARE = Throttle.CEILING = 10**6
    found: Counter[str] = Counter()
    failed, open_doors = [], list[str]()
    with tempfile.TemporaryDirectory(prefix="graphile-worker-api-") as folder:
        counts = Path(folder) / "counts.json"
        async with databases_filled() as start:
            for name, mode in MODES.items():
                for read_only in (False, True):
                    case = f"{name}{', read-only' if read_only else ''}"
                    print(f"test-api: mode {case}", flush=True)
                    async with start(mode, read_only) as url:
                        thorough = name == "bearer" and not read_only
                        if await ask(url, mode, arguments, counts, thorough=thorough):
                            failed.append(case)
                        open_doors += await bypassed(url, mode)
                    found.update(json.loads(counts.read_text("utf-8")))
    report(found, time.monotonic() - begun)
    faults = sum(count for place, count in found.items() if place.rpartition(" ")[2].startswith("5"))
    figures = f"{found.total()} requests, {len(MODES)} modes x read-only, 5xx {faults}, bypasses {len(open_doors)}"
    print(f"test-api: figures {figures}")
    for fault in open_doors:
        print(f"test-api: answered without its credentials: {fault}", file=sys.stderr)
    if found.total() < arguments.least:
        print(f"test-api: fewer than {arguments.least} requests were made", file=sys.stderr)
    if failed:
        print(f"test-api: schemathesis found something in mode {'; '.join(failed)}", file=sys.stderr)
    return 1 if failed or open_doors or found.total() < arguments.least else 0


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description="The API, asked by schemathesis.")
    parser.add_argument("--schemathesis", required=True, help="the program")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--examples", type=int, default=50, help="requests of each kind to one operation at most")
    parser.add_argument("--least", type=int, default=4000, help="requests that must have been made")
    arguments, more = parser.parse_known_args()
    arguments.more = more
    sys.exit(asyncio.run(run(arguments)))


if __name__ == "__main__":
    main()
