"""`graphile-worker demo`: everything started in order, one block said, everything stopped again."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from pathlib import Path

from graphile_worker.admin.server.config import AdminServerConfig
from graphile_worker.admin.server.process.serve import serve
from graphile_worker.admin.server.security.auth import AdminAuthConfig
from graphile_worker.admin.server.security.hosts import in_url
from graphile_worker.conninfo import resolve
from graphile_worker.core.database.transactions import Pool, connect
from graphile_worker.core.exceptions import GraphileWorkerError
from graphile_worker.demo.application import Application
from graphile_worker.demo.seed import seed
from graphile_worker.demo.server import data_dir
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from graphile_worker.worker_utils import WorkerUtils

DATABASE = "demo"
POOL_CLOSE_SECONDS = 0.5


def run_demo(*, listen: str = "127.0.0.1", port: int = 5678, keep: bool = False, reset: bool = False) -> int:
    """Runs the demo until Ctrl-C or SIGTERM; the exit code: 0 stopped on order, 1 it could not start or broke."""
    claim = data_dir.Claim(data_dir.home())
    try:
        claim.take()
        _refuse_busy(listen, port)
        folder = data_dir.cluster(claim.folder, keep=keep, reset=reset)
        try:
            asyncio.run(_Demo(claim, folder, keep).run(_address(listen, port)))
        finally:
            if not keep:
                data_dir.remove(folder)
    except GraphileWorkerError as error:
        return _apologise(error.message, error.hint)
    except (OSError, ValueError) as error:
        return _apologise(f"the demo could not start: {error}")
    except KeyboardInterrupt:
        return 0
    finally:
        claim.release()
    _say("Stopped.")
    return 0


class _Demo:
    def __init__(self, claim: data_dir.Claim, folder: Path, keep: bool) -> None:
        self._claim = claim
        self._server = EmbeddedPostgres(folder, durable=keep, settings={"max_connections": "40"})
        self._stop = asyncio.Event()

    async def run(self, address: str) -> None:
        self._listen_to_signals()
        try:
            _say(f"Starting PostgreSQL in {self._server.folder}")
            await asyncio.to_thread(self._server.start)
            async with AsyncExitStack() as stack:
                await self._unless_stopped(self._work(stack, address))
        finally:
            await asyncio.to_thread(self._server.stop)

    async def _work(self, stack: AsyncExitStack, address: str) -> None:
        await _ensure_database(self._server)
        dsn = self._server.dsn(DATABASE)
        pool = await _pool(stack, dsn, "demo application", 8)
        utils = WorkerUtils(pool)
        await utils.migrate()
        if await seed(utils.queue):
            _say("Made 5,000 jobs.")
        admin_pool = await _pool(stack, dsn, "graphile-worker-admin", 5)
        auth = AdminAuthConfig.basic_with_random_password("admin")
        config = AdminServerConfig(admin_pool, WorkerUtils(admin_pool), listen_addr=address, auth=auth)
        working = asyncio.create_task(Application(utils).run())
        serving = asyncio.create_task(serve(config, on_ready=lambda url: self._announce(url, auth)))
        try:
            await _until_one_ends(working, serving)
        finally:
            self._listen_to_signals()  # the server has put its own handlers away, and ours with them

    def _announce(self, url: str, auth: AdminAuthConfig) -> None:
        self._listen_to_signals()
        self._claim.note(url)
        _say(
            f"\nGraphile Worker admin UI: {url}\nUsername: {auth.username}\nGenerated password: {auth.secret}\n"
            f"Database: {self._server.dsn(DATABASE)}\nCtrl-C stops everything.\n"
        )

    async def _unless_stopped(self, work: Awaitable[None]) -> None:
        """Does the work until it ends, breaks, or we are asked to stop."""
        working, stopping = asyncio.ensure_future(work), asyncio.create_task(self._stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if self._stop.is_set():
            _say("Stopping …")
        working.cancel()
        stopping.cancel()
        (outcome, _) = await asyncio.gather(working, stopping, return_exceptions=True)
        if isinstance(outcome, Exception) and not self._stop.is_set():
            raise outcome

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is None:
                continue
            try:
                loop.add_signal_handler(number, self._stop.set)
            except NotImplementedError:  # Windows
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._stop.set))


async def _until_one_ends(*tasks: asyncio.Task[None]) -> None:
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def _pool(stack: AsyncExitStack, dsn: str, name: str, most: int) -> Pool:
    pool = await connect(resolve(dsn, {}), max_connections=most, application_name=name)
    stack.push_async_callback(_close, pool)
    return pool


async def _close(pool: Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), POOL_CLOSE_SECONDS)
    except TimeoutError:
        pool.terminate()


async def _ensure_database(server: EmbeddedPostgres) -> None:
    connection = await resolve(server.dsn(), {}).connect()  # no variable of libpq counts for the demo's own server
    try:
        if not await connection.fetchval("select true from pg_database where datname = $1", DATABASE):
            await connection.execute(f"create database {DATABASE}")
    finally:
        await connection.close()


def _address(listen: str, port: int) -> str:
    return f"{in_url(listen)}:{port}"


def _refuse_busy(listen: str, port: int) -> None:
    """Better before PostgreSQL starts than after."""
    with socket.socket(socket.AF_INET6 if ":" in listen else socket.AF_INET) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listen, port))
        except OSError as error:
            reason = error.strerror or str(error)
            raise GraphileWorkerError(
                f"{_address(listen, port)} cannot be listened on ({reason})", hint="Choose another with --port."
            ) from None


def _say(text: str) -> None:
    print(text, flush=True)


def _apologise(message: str, hint: str | None = None) -> int:
    print(f"Error: {message}." + (f"\n{hint}" if hint else ""), file=sys.stderr, flush=True)
    return 1
