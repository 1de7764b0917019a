"""Live workers of Node's own releases; scripts/install --dev installs the packages of this folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from scripts.assets.node import node

HERE = Path(__file__).parent
PATIENCE = 60.0  # seconds for anything a peer is asked for
RELEASES = [("node-0.16", 18), ("node-0.17", 19), ("node-0.18", 20)]  # and the highest migration of each
PACKAGES = [package for package, _ in RELEASES]
ALL = 1000  # more than the number of any migration

NodeDatabase = Callable[[str, int], Awaitable[str]]  # the fixture `node_dsn`


async def migrate(package: str, dsn: str, highest: int = ALL) -> None:
    """Runs the migrations of a Node package on a database, up to that number."""
    code, output = await try_to_migrate(package, dsn, highest)
    assert code == 0, output


async def try_to_migrate(package: str, dsn: str, highest: int = ALL) -> tuple[int | None, str]:
    """As `migrate`; the exit code and what it said."""
    peer = await _start(package, dsn, str(highest))
    output, _ = await asyncio.wait_for(peer.communicate(), PATIENCE)
    return peer.returncode, output.decode()


async def said_at_a_start(package: str, dsn: str) -> str:
    """What a release logs, with its own logger, when it looks at the schema as every worker does at its start."""
    code = "require(process.argv[1]).runMigrations({ connectionString: process.argv[2] })"
    process = await asyncio.create_subprocess_exec(
        *node(), "-e", code, package, dsn, cwd=HERE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0, output
    return output.decode().strip()


class Peer:
    """A live Node worker; what it says is kept in the order it was said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._changed = asyncio.Event()
        self.ran: list[dict[str, Any]] = []  # one event for every start of a job
        self.over: list[dict[str, Any]] = []  # one for every end of a `step`
        self.ended = False

    async def listen(self) -> None:
        """Reads until the worker closes its output."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            event = json.loads(line)
            if "over" in event:
                self.over.append(event)
            elif "ran" in event:
                self.ran.append(event)
            elif "ended" in event:
                self.ended = True
            else:
                self._answers.put_nowait(event)
            self._changed.set()

    async def call(self, name: str, *args: Any) -> Any:
        """Calls one function of Node's worker utils and returns what it returned."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"call": name, "args": args}).encode() + b"\n")
        event = await self.answer()
        assert "error" not in event, event
        return event["answer"]

    async def answer(self) -> dict[str, Any]:
        """The next thing said that is not a job."""
        return await asyncio.wait_for(self._answers.get(), PATIENCE)

    async def until_ran(self, *ids: int) -> None:
        """Waits until all these jobs have been started."""
        await self._until(lambda: {str(id) for id in ids} <= {str(event["ran"]) for event in self.ran})

    async def until_started(self, number: int) -> None:
        """Waits until it has started so many jobs."""
        await self._until(lambda: len(self.ran) >= number)

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def stop(self) -> int:
        """Lets it finish and returns its exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return await asyncio.wait_for(self._process.wait(), PATIENCE)

    async def kill(self) -> None:
        """SIGKILL: it cannot say goodbye to anybody."""
        self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def worker(package: str, dsn: str) -> AsyncIterator[Peer]:
    """A Node worker that is ready; ended when the block ends."""
    process = await _start(package, dsn)
    peer = Peer(process)
    listening = asyncio.create_task(peer.listen())
    try:
        first = await peer.answer()
        assert first == {"ready": True}, first
        yield peer
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await listening


@asynccontextmanager
async def workers(packages: Iterable[str], dsn: str) -> AsyncIterator[list[Peer]]:
    """Several Node workers on one database, started side by side."""
    async with AsyncExitStack() as stack:
        peers = [stack.enter_async_context(worker(package, dsn)) for package in packages]
        yield await asyncio.gather(*peers)


async def _start(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*node(), "peer.cjs", *arguments, cwd=HERE, stdin=pipe, stdout=pipe)
