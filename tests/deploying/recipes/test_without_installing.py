"""`uvx` and `pipx run` of the wheel, each with a cache of its own: nothing of this checkout is used."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.contract.driver import free_port
from tests.deploying.programs import ROOT, program

SECRET = "correct horse battery"
COMMANDS = {"uvx": ["uvx", "--from", "{wheel}"], "pipx": ["pipx", "run", "--spec", "{wheel}"]}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A wheel as `scripts/build --wheel` makes it."""
    done = subprocess.run([ROOT / "scripts/build", "--wheel"], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    (found,) = (ROOT / "dist").glob("graphile_worker-*.whl")
    yield found


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_runs_and_the_admin_ends_with_what_started_it(
    dsn: str, tmp_path: Path, wheel: Path, name: str
) -> None:
    line = [program(name), *(part.format(wheel=wheel) for part in COMMANDS[name][1:]), "graphile-worker"]
    listen = f"127.0.0.1:{free_port()}"
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")
    } | {
        "HOME": str(tmp_path), "UV_CACHE_DIR": str(tmp_path / "uv"), "PIPX_HOME": str(tmp_path / "pipx"),
        "DATABASE_URL": dsn, "GRAPHILE_WORKER_ADMIN_PASSWORD": SECRET, "GRAPHILE_WORKER_ADMIN_LISTEN": listen,
    }  # fmt: skip

    def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*line, *arguments], env=environment, capture_output=True, encoding="utf-8", cwd=tmp_path)

    version = ran("--version")
    assert re.fullmatch(r"graphile-worker [0-9.]+\n", version.stdout), version.stderr
    assert ran("add", "x").returncode == 0
    process = subprocess.Popen(
        [*line, "admin"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        cwd=tmp_path,
    )
    try:
        assert process.stdout is not None
        assert f"http://{listen}" in process.stdout.readline()
        assert ran("healthcheck", "--ready").returncode == 0
        page = httpx.get(f"http://{listen}/", auth=("admin", SECRET))
        assert page.status_code == 200 and "gw-admin" in page.text
        family = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM, 143)
        _, alive = psutil.wait_procs([psutil.Process(pid) for pid in family if psutil.pid_exists(pid)], timeout=20)
        assert alive == []
    finally:
        process.kill()
        process.communicate()
