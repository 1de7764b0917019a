"""`watch`: numbers that are right, in a pipe and on a terminal, across a restart of the database, until somebody quits."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import termios
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin.api.responses.overview import Rate
from graphile_worker.admin.api.tables import activity, backlogs, live_counts, rate
from graphile_worker.admin.api.tables.live_counts import Changes, read_live_counts
from graphile_worker.cli.connection import Session
from graphile_worker.cli.watch import rates, snapshots
from graphile_worker.cli.watch.history import bars
from graphile_worker.cli.watch.snapshots import Snapshot
from graphile_worker.core.database.transactions import Pool, connect
from graphile_worker.core.exceptions import DatabaseError, DatabaseUnavailable, QueryTimeout
from graphile_worker.demo.server import embedded
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from tests.cli.support import PROGRAM, Program, rows
from tests.cli.terminal import Terminal
from tests.support.roles import as_role, login

HEADER = (
    "time total ready scheduled locked failed blocked oldest_ready_secs queues_held workers retrying "
    "added_per_minute finished_per_minute empty_secs"
).split()


@pytest.fixture
async def program(dsn: str) -> Program:
    """3 ready (2 of them behind a queue that w1 holds), 1 scheduled, 2 failed, 1 running on an evil worker."""
    add = "select graphile_worker.add_job('t', queue_name => {}, run_at => {}) from generate_series(1, {})"
    past = "now() - interval '90 minutes'"
    await rows(dsn, add.format("'q\x1b[2J'", past, 2))
    await rows(dsn, add.format("null", past, 4))
    await rows(dsn, add.format("null", "now() + interval '1 hour'", 1))
    held = "set locked_at = now() - interval '3 minutes', locked_by ="
    await rows(dsn, f"update graphile_worker._private_job_queues {held} 'w1'")
    await rows(dsn, f"update graphile_worker._private_jobs {held} 'evil\x1b[31m' where id = 3")
    await rows(dsn, "update graphile_worker._private_jobs set attempts = max_attempts where id in (4, 5)")
    await rows(dsn, "select graphile_worker.worker_heartbeat('w1')")
    return Program(dsn)


async def test_lines_in_a_pipe(program: Program) -> None:
    ran = program("watch", "--count", "2", "--interval", "0.1")

    header, first, second = (line.split("\t") for line in ran.out.splitlines())
    assert (ran.code, ran.err, header) == (0, "", HEADER)
    assert first[1:7] == second[1:7] == ["7", "3", "1", "1", "2", "2"]
    assert 5400 <= int(first[7]) < 5500
    assert first[8:] == ["1", "2", "0", "-", "-", "-"]
    assert first[0].endswith("+00:00") and first[0] < second[0]


async def test_json(program: Program, dsn: str) -> None:
    ran = program("watch", "--count", "2", "--interval", "0.1", "--ndjson")

    first, second = (json.loads(line) for line in ran.out.splitlines())
    assert first["stats"] == {
        "total": 7,
        "ready": 3,
        "scheduled": 1,
        "locked": 1,
        "failed": 2,
        "blocked": 2,
        "retrying": 0,
    }
    assert [(q["queue_name"], q["locked_by"], q["ready"]) for q in first["queues"]] == [("q\x1b[2J", "w1", 2)]
    assert {(w["worker_id"], w["jobs"], w["queues"]) for w in first["workers"]} == {
        ("w1", 0, 1),
        ("evil\x1b[31m", 1, 0),
    }
    assert first["heartbeats"] == {"alive": 1, "silent": 0}
    (task,) = first["tasks"]
    assert (task["task_identifier"], task["ready"], task["locked"], task["backlog"]) == ("t", 3, 1, None)
    assert 180 <= task["oldest_locked_secs"] < 240 and first["tasks_busy"] == 1 and first["rate"] is None
    assert "\x1b" not in ran.out


async def test_rates_and_the_end_of_the_backlog(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (rate, "RATE_SECONDS_MIN"), (rate, "TREND_SECONDS_MIN"), (backlogs, "SECONDS_MIN"),
        (backlogs, "CLOSEST_SECONDS"), (activity, "CLOSEST_SECONDS"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, 0.0)
    pool = await connect(dsn)
    utils = WorkerUtils(pool)
    ids = [(await utils.add_job("mail")).id for _ in range(40)]
    changes = Changes()
    for step in range(4):
        await pool.execute("select pg_stat_force_next_flush()")
        live = await read_live_counts(utils.queue, changes)
        assert (live.rate is None) == (step < 3)
        await utils.complete_jobs(ids[step * 5 : step * 5 + 5])
        await asyncio.sleep(0.1)
    await pool.close()
    assert live.rate is not None and live.rate["ready_per_minute"] is not None and live.rate["ready_per_minute"] < 0
    (task,) = live.tasks
    assert (task.task_identifier, task.ready) == ("mail", 25)
    assert task.backlog is not None and task.backlog["before"] == 40 and task.backlog["per_minute"] < 0


QUICK = """
from graphile_worker.admin.api.tables import activity, rate
from graphile_worker.cli.main import main
from graphile_worker.cli.watch import snapshots
activity.CLOSEST_SECONDS = rate.RATE_SECONDS_MIN = rate.TREND_SECONDS_MIN = 0.0
snapshots.OBSERVED_SECONDS = 0.6
main(["stats", "--rate", *{arguments}])
"""


async def test_stats_with_rates(program: Program) -> None:
    def stats(*arguments: str) -> str:
        command = [sys.executable, "-c", QUICK.format(arguments=arguments)]
        return subprocess.run(
            command, env=program.environment, capture_output=True, encoding="utf-8", check=True
        ).stdout

    value = json.loads(stats("--json"))
    assert (value["ready"], value["blocked"], value["rate"]["ready_per_minute"]) == (3, 2, 0)
    header, row = (line.split("\t") for line in stats().splitlines())
    assert header[7:] == ["added_per_minute", "finished_per_minute", "ready_per_minute", "empty_secs"]
    assert (row[0], row[-2:]) == ("7", ["0", "-"])


async def test_rates_of_slow_snapshots(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first snapshot reaches its time limit and is skipped; each pause is a multiple of the snapshot before it."""
    monkeypatch.setattr(live_counts, "TIMEOUT", 0.3)
    monkeypatch.setattr(snapshots, "OBSERVED_SECONDS", 0.0)
    pool = await connect(dsn)
    session: Any = SimpleNamespace(queue=WorkerUtils(pool).queue)
    locked = 1
    took: list[float] = []
    pauses: list[float] = []

    async def read(queue: Any, changes: Changes) -> Any:
        started = time.monotonic()
        try:
            async with pool.acquire() as connection, connection.transaction():
                if len(took) < locked:
                    await connection.execute("lock table graphile_worker._private_jobs")
                return await read_live_counts(queue, changes)
        finally:
            took.append(time.monotonic() - started)

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(snapshots, "read_live_counts", read)
    monkeypatch.setattr(snapshots, "asyncio", SimpleNamespace(sleep=pause))
    assert (await snapshots.observe(session)).stats.ready == 0
    assert len(took) == 1 + rate.SAMPLES_MIN
    assert all(seconds >= snapshots.SHARE * before for seconds, before in zip(pauses, took, strict=False))
    locked = 1000
    with pytest.raises(QueryTimeout):
        await snapshots.observe(session)
    assert len(took) == 1 + rate.SAMPLES_MIN + snapshots.OBSERVED_FAILURES
    await pool.close()


def test_rates_as_text() -> None:
    known: Rate = {
        "seconds": 120, "added_per_minute": 0.5, "finished_per_minute": 2400, "ready_per_minute": -2399.5, "empty_secs": 245,
    }  # fmt: skip
    assert rates.rate_line(known) == "in 0.5/min · finished 2,400/min (removed ones included) · empty in ~4 min"
    grows: Rate = {**known, "ready_per_minute": 120.4, "empty_secs": None}
    assert rates.rate_line(grows).endswith("(removed ones included) · growing 120/min")
    unseen: Rate = {**grows, "added_per_minute": None, "finished_per_minute": None, "ready_per_minute": 0}
    assert rates.rate_line(unseen) == "in and finished per minute: not known"
    assert rates.rate_line(None) == "in and finished per minute: after 20 seconds"
    assert rates.backlog_cell({"before": 9, "seconds": 190, "per_minute": -3}) == "shrinking 3/min since 3 min"
    assert rates.backlog_cell({"before": 9, "seconds": 190, "per_minute": 0}) == "steady since 3 min"
    assert rates.backlog_cell(None) == "-"


async def test_times_without_an_end(program: Program, dsn: str) -> None:
    await rows(dsn, "update graphile_worker._private_jobs set run_at = '-infinity' where locked_at is null")
    await rows(dsn, "update graphile_worker._private_jobs set locked_at = '-infinity' where id = 3")
    value = program("watch", "--count", "1", "--json").value
    assert (value["oldest_ready_secs"], value["stats"]["ready"]) == (None, 4)
    assert program("watch", "--count", "1").code == 0


async def test_an_empty_queue_and_a_missing_schema(empty_dsn: str) -> None:
    missing = Program(empty_dsn)("watch")
    assert (missing.code, missing.out) == (3, "") and "graphile-worker migrate" in missing.err
    Program(empty_dsn)("migrate")
    assert Program(empty_dsn)("watch", "--count", "1").out.splitlines()[1].split("\t")[1:] == [
        "0", "0", "0", "0", "0", "0", "-", "0", "0", "0", "-", "-", "-",
    ]  # fmt: skip


async def test_on_a_terminal_and_q(program: Program, dsn: str) -> None:
    with Terminal(program, "watch", "--interval", "0.2", NO_COLOR="1") as terminal:
        terminal.until("in and finished per minute: after 20 seconds")
        terminal.until("Tasks with ready or running jobs: 1")
        terminal.until("Queues held: 1")
        terminal.until("Workers that hold locks: 2; with heartbeats: 1 alive, 0 silent")
        await rows(dsn, "select graphile_worker.add_job('t') from generate_series(1, 5)")
        terminal.until("+5 since 20")
        terminal.type("q")
        assert terminal.ended() == 0
    assert "schema graphile_worker" in terminal.text and "q quits" in terminal.text
    assert "1 h 30 min" in terminal.text and "q\\x1b[2J" in terminal.text and "evil\\x1b[31m" in terminal.text
    assert "\x1b[2J" not in terminal.raw and "\x1b[31m" not in terminal.raw
    assert terminal.raw.rstrip().endswith("\x1b[?25h")  # the cursor is back


async def test_ctrl_c_ends_cleanly_and_gives_the_terminal_back(program: Program) -> None:
    with Terminal(program, "watch") as terminal:
        terminal.until("Queues held")
        assert not terminal.mode()[3] & termios.ICANON
        terminal.type("\x03")
        assert terminal.ended() == 130
        assert terminal.mode()[3] & termios.ICANON and terminal.mode()[3] & termios.ECHO


async def test_a_ctrl_c_that_the_driver_lost_still_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(*_: object) -> str:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        raise DatabaseUnavailable("gone")

    class View:
        def show_error(self, error: DatabaseError) -> None:
            pass

        def show(self, snapshot: Snapshot, pause: float) -> None:
            pass

    monkeypatch.setattr(snapshots, "read_live_counts", lost)
    session = cast(Session, SimpleNamespace(queue=None))
    task = asyncio.create_task(snapshots.take_snapshots(session, View(), 0.01, None, asyncio.Event()))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task], timeout=10)
    assert task.cancelled()


async def test_a_terminal_that_cannot_draw_gets_lines(program: Program) -> None:
    with Terminal(program, "watch", "--count", "1", TERM="dumb") as terminal:
        assert terminal.ended() == 0
    assert terminal.raw.split("\r\n")[0].split("\t") == HEADER


async def test_a_role_that_sees_no_heartbeats(program: Program, dsn: str, pool: Pool) -> None:
    user = await login(pool, "watcher")
    recipe = program("roles", "--viewer", user).out
    await pool.execute(recipe + f"revoke select on graphile_worker._private_workers from {user}")
    ran = Program(as_role(dsn, user))("watch", "--count", "1", "--json")
    assert (ran.code, ran.value["heartbeats"]) == (0, {"alive": 0, "silent": 0}), ran


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    """A server of its own, to be stopped; durable, or a stop could take the latest commits with it."""
    with tempfile.TemporaryDirectory(prefix="graphile-worker-tests-") as folder:
        Path(folder).chmod(0o711)  # as in conftest.py
        yield EmbeddedPostgres(Path(folder) / "server", durable=True)


def test_a_restart_of_the_database_is_said_and_survived(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server:
        program = Program(server.dsn())
        assert program("migrate").code == 0
        watching = subprocess.Popen(
            [*PROGRAM, "watch", "--interval", "0.2"], env=program.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip
        assert watching.stdout is not None and watching.stderr is not None
        with Terminal(program, "watch", "--interval", "0.2") as terminal:
            assert watching.stdout.readline().split() == HEADER
            before = watching.stdout.readline()
            terminal.until("Queues held")
            monkeypatch.setattr(embedded, "_free_port", lambda port=server.port: port)
            server.stop()
            gone = watching.stderr.readline()
            terminal.until("No answer from the database since ")
            terminal.until("Trying again.")
            server.start()
            back = watching.stderr.readline()
            end = time.monotonic() + 30
            while "No answer" in terminal.text.split("schema graphile_worker")[-2]:  # the last picture that is whole
                terminal.read(0.2)
                assert time.monotonic() < end
            terminal.type("q")
            assert terminal.ended() == 0
        watching.terminate()
        after = watching.stdout.read()
        watching.stdout.close()
        watching.stderr.close()
        watching.wait(30)
    assert gone.startswith("No answer from the database since 20") and gone.endswith("Trying again.\n")
    assert back.startswith("The database answers again, after ")
    assert after and after.splitlines()[-1].split("\t")[0] > before.split("\t")[0]


def test_bars() -> None:
    assert bars(deque([0, 0]), 5) == "▁▁"
    assert bars(deque([0, 1, 50, 100]), 3) == "▂▅█"
    assert bars(deque(), 3) == ""


@pytest.mark.parametrize("line", [
    "watch --interval 0", "watch --interval nan", "watch --interval x", "watch --interval 1e9", "watch --count 0", "watch it",
])  # fmt: skip
def test_usage(line: str) -> None:
    ran = Program(None)(*line.split())
    assert (ran.code, ran.out) == (2, ""), ran
    assert ran.err.splitlines()[-1].startswith("Error: ")
