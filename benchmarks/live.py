"""From `add_job` to the row on an open page, and from a database that is gone to the sentence about it.

    .venv/bin/python -m benchmarks.live [--jobs 2000] [--added 50] [--rounds 5] [--write]

Jobs are added by SQL on a connection of its own, at random moments, as a worker of any language adds them. The database
goes in two ways: all its processes are stopped (SIGSTOP: open connections, no answers), or it is shut down. All times are
those of one computer's clock. `--write` puts the table into README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks import browser, http
from benchmarks.report import README
from benchmarks.servers import OURS, Server
from graphile_worker import WorkerUtils, connect
from graphile_worker.demo.server.embedded import EmbeddedPostgres

WAIT_SECONDS = 60  # for a row or a sentence
PAUSE_SECONDS = (0.2, 4.0)  # between two jobs: more and less than a refresh takes
BEGIN, END = "<!-- live -->", "<!-- /live -->"
ADD = "select id from graphile_worker.add_job('live', json_build_object('sent', now()))"
FILL = "select graphile_worker.add_job('filler', json_build_object('n', n)) from generate_series(1, $1::int) n"
WATCH = """
window.rows = {};
window.staleAt = 0;
const look = () => {
  for (const row of document.querySelectorAll("tr[id^=row-]")) window.rows[row.id] ??= Date.now();
  if (!window.staleAt && document.querySelector("#gw-bar .live.stale")) window.staleAt = Date.now();
  requestAnimationFrame(look);
};
look();
"""
GOALS = {"add_job": 1.0, "gone": 3.0}


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description="Delays of the live page.")
    parser.add_argument("--jobs", type=int, default=2000, help="jobs of the database before")
    parser.add_argument("--added", type=int, default=50, help="jobs that are added")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each way to lose the database")
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="graphile-worker-bench-") as name:
        Path(name).chmod(0o711)
        server = EmbeddedPostgres(Path(name) / "server", durable=False)
        with server:
            asyncio.run(_fill(server.dsn(), options.jobs))
            with browser.launched() as chromium:
                found = {"from `add_job` to the row": _added(chromium, server, options.added)}
        print(_table(found, options.jobs), flush=True)
        with browser.launched() as chromium:
            for what, lose in {"all processes of PostgreSQL stopped": _freeze, "PostgreSQL shut down": _stop}.items():
                found[f"{what}, to the sentence"] = [_gone(chromium, server, lose) for _ in range(options.rounds)]
    text = _table(found, options.jobs)
    print(text)
    if options.write:
        page = README.read_text("utf-8")
        head, _, rest = page.partition(BEGIN)
        README.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")


async def _fill(dsn: str, jobs: int) -> None:
    pool = await connect(dsn)
    await WorkerUtils(pool).migrate()
    await pool.execute(FILL, jobs)
    await pool.execute("analyze")
    await pool.close()


@contextlib.contextmanager
def _page(chromium: Any, admin: Server) -> Iterator[Any]:
    """An open page whose stream is up."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(admin.url)
    page.wait_for_function("document.querySelector('#gw-bar .live .word')?.textContent.startsWith('live')")
    yield page
    context.close()


def _added(chromium: Any, server: EmbeddedPostgres, number: int) -> list[float]:
    """Seconds until each added job is on the page."""
    delays = []
    with Server("ours", OURS, server.dsn()) as admin, _page(chromium, admin) as page, _sql(server.dsn()) as fetch:
        for _ in range(number):
            time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311
            began = time.time()
            job = fetch(ADD)
            delays.append(_until(page, f"window.rows['row-{job}']") - began)
    return delays


@contextlib.contextmanager
def _sql(dsn: str) -> Iterator[Callable[[str], Any]]:
    """Runs statements on one connection, in a thread: the browser's driver has the event loop of this one."""
    runner = asyncio.Runner()
    with ThreadPoolExecutor(1) as thread:

        def run(work: Coroutine[Any, Any, Any]) -> Any:
            return thread.submit(runner.run, work).result()

        connection = run(_connected(dsn))
        yield lambda statement: run(connection.fetchval(statement))
        run(connection.close())
        thread.submit(runner.close).result()


async def _connected(dsn: str) -> asyncpg.Connection[asyncpg.Record]:
    return await asyncpg.connect(dsn)


def _gone(chromium: Any, server: EmbeddedPostgres, lose: Callable[[EmbeddedPostgres], Callable[[], None]]) -> float:
    """Seconds from the loss of the database to the sentence."""
    with server, Server("ours", OURS, server.dsn()) as admin, _page(chromium, admin) as page:
        time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311
        began = time.time()
        restore = lose(server)
        try:
            return _until(page, "window.staleAt") - began
        finally:
            restore()


def _freeze(server: EmbeddedPostgres) -> Callable[[], None]:
    """Stops all processes of the server; the result continues them."""
    first = int((server.data / "postmaster.pid").read_text().split()[0])
    children = subprocess.run(["pgrep", "-P", str(first)], capture_output=True, text=True, check=False).stdout.split()
    pids = [first, *map(int, children)]
    _send(pids, signal.SIGSTOP)
    return lambda: _send(pids, signal.SIGCONT)


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _stop(server: EmbeddedPostgres) -> Callable[[], None]:
    """Shuts the server down; nothing is to be restored."""
    server.stop()
    return lambda: None


def _until(page: Any, expression: str) -> float:
    """The time (seconds since 1970) that the page has noted under this expression."""
    found = page.wait_for_function(expression, timeout=WAIT_SECONDS * 1000)
    return float(found.json_value()) / 1000


def _table(found: dict[str, list[float]], jobs: int) -> str:
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {jobs:,} jobs. Times in seconds.",
        "",
        "| what | measured | p50 | p95 | longest | goal |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for what, times in found.items():
        goal = GOALS["add_job" if "add_job" in what else "gone"]
        numbers = [http.percentile(times, 50), http.percentile(times, 95), max(times)]
        lines.append(f"| {what} | {len(times)} | {' | '.join(f'{one:.2f}' for one in numbers)} | <= {goal:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
