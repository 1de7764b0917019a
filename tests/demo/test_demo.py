"""`graphile-worker demo`: started, used over HTTP, stopped; nothing of it stays behind."""

from __future__ import annotations

import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo import Demo, alive, processes, run_demo, within


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A data folder that the server's user can reach when we are root."""
    with tempfile.TemporaryDirectory(prefix="graphile-worker-demo-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)
        within(10, lambda: not processes(Path(folder)))


@pytest.fixture(scope="module")
def demo(home: Path) -> Iterator[Demo]:
    """One demo for the tests that only use it."""
    running = Demo(home)
    yield running
    if running.process.poll() is None:
        running.stop()


def test_a_queue_with_a_past(demo: Demo) -> None:
    """5,000 jobs stand there, in every state, in named queues and without."""
    stats = demo.get("/api/overview")["stats"]
    assert 4500 < stats["total"] < 5500
    assert min(stats["ready"], stats["scheduled"], stats["failed"]) > 300
    failed = demo.get("/api/jobs", state="failed", limit=200)["jobs"]
    assert len({job["task_identifier"] for job in failed}) > 4
    assert all("\n" in job["last_error"] or len(job["last_error"]) > 30 for job in failed)
    assert {job["queue_name"] is None for job in failed} == {True, False}
    assert any(job["key"] for job in demo.get("/api/jobs", state="scheduled", limit=100)["jobs"])


def test_jobs_arrive_run_and_end(demo: Demo) -> None:
    """Nothing has to be done for it: new ids appear, jobs are held by several workers, jobs go."""
    first = demo.get("/api/jobs", sort="-id", limit=1)["jobs"][0]["id"]
    running = within(10, lambda: demo.get("/api/jobs", state="locked", sort="-id")["jobs"])
    within(20, lambda: demo.get("/api/jobs", sort="-id", limit=1)["jobs"][0]["id"] > first)
    within(30, lambda: any(demo.get(f"/api/jobs/{job['id']}") is None for job in running))
    workers = demo.get("/api/overview")["active_workers"]
    assert len(workers) == 4
    assert sum(worker["is_stale"] for worker in workers) == 1


def test_a_failed_job_is_retried_and_runs(demo: Demo) -> None:
    """The first minute of the README: error read, retried, taken by a worker, done."""
    jobs = demo.get("/api/jobs", state="failed", identifier="send_email", limit=6)["jobs"]
    answer = demo.post("/api/jobs/action", {"action": "retry", "ids": [job["id"] for job in jobs]})
    assert {result["outcome"] for result in answer["results"]} == {"done"}

    def left() -> list[Any]:
        return [job for job in jobs if demo.get(f"/api/jobs/{job['id']}") is not None]

    within(20, lambda: len(left()) <= 1)  # they usually succeed now


def test_a_job_somebody_adds_is_worked(demo: Demo) -> None:
    """Whatever its payload looks like."""
    body = {"identifier": "charge_card", "payload": ["not", "what", "we", "send"], "max_attempts": 1}
    job = demo.post("/api/jobs", body)["jobs"][0]

    def ended() -> bool:
        row = demo.get(f"/api/jobs/{job['id']}")
        return row is None or (row["state"] == "failed" and "<no " in row["last_error"])

    within(15, ended)


def test_started_twice(demo: Demo) -> None:
    """The second says where the first is, and the first goes on."""
    second = run_demo(demo.home, "--port", "0")
    assert second.returncode == 1
    assert f"already running at {demo.url}" in second.stderr
    assert second.stdout == ""
    assert demo.get("/api/overview")["stats"]["total"] > 0


def test_ctrl_c_leaves_nothing(demo: Demo) -> None:
    """Demo, server, the server's children and the data are gone."""
    assert len(processes(demo.home)) > 5
    took = demo.stop(signal.SIGINT)
    assert demo.process.returncode == 0
    assert took < 5
    assert processes(demo.home) == []
    assert not (demo.home / "graphile-worker" / "demo" / "fresh").exists()
    assert "Traceback" not in demo.output


def test_killed_and_started_again(home: Path) -> None:
    """kill -9 stops the server as well, keeps what was to be kept, and is no obstacle to the next start."""
    first = Demo(home, "--keep")
    added = first.post("/api/jobs", {"identifier": "somebody_elses", "payload": {"kept": True}})["jobs"][0]["id"]
    server = processes(home / "graphile-worker" / "demo" / "kept")
    first.kill()
    within(10, lambda: not any(alive(process) for process in server))
    again = Demo(home, "--keep")
    try:
        assert again.get(f"/api/jobs/{added}")["payload"] == {"kept": True}
        assert "Made" not in again.output
        held = {worker["worker_id"] for worker in again.get("/api/overview")["workers"]}
        assert held <= {worker["worker_id"] for worker in again.get("/api/overview")["active_workers"]}
    finally:
        assert again.stop(signal.SIGTERM) < 5
    assert again.process.returncode == 0
    assert processes(home) == []


def test_an_orphan_of_the_same_folder_is_ended(home: Path) -> None:
    """Demo and guard killed at once leave a server; the next start ends it. --reset throws away what was kept."""
    first = Demo(home, "--keep")
    orphans = [process for process in processes(home) if process.pid != first.process.pid]
    guards = [process for process in orphans if "guard.py" in " ".join(process.cmdline())]
    for process in guards:
        process.kill()
    first.kill()
    again = Demo(home, "--keep", "--reset")
    try:
        assert not any(alive(process) for process in orphans)
        assert again.get("/api/jobs", identifier="somebody_elses")["jobs"] == []
    finally:
        again.stop()


def test_a_port_that_is_taken(home: Path) -> None:
    """One sentence, before anything is started."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        answer = run_demo(home, "--port", str(port))
    assert answer.returncode == 1
    assert f"127.0.0.1:{port} cannot be listened on" in answer.stderr
    assert "--port" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert processes(home) == []
