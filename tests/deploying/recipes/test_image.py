"""The Dockerfile and compose.yaml: built by scripts/test-image, run by podman with what compose.yaml says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.contract.driver import free_port
from tests.deploying.process_1 import SECONDS
from tests.deploying.programs import ROOT
from tests.deploying.recipes.container import HERE, inspected, of_compose, podman, running

SECRET = "correct horse battery"


@pytest.fixture(scope="session")
def image() -> str:
    """The name of the image that the Dockerfile makes."""
    done = subprocess.run([ROOT / "scripts/test-image"], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_the_image_says_who_runs_what_and_how_it_is_asked(image: str) -> None:
    found = inspected(image)
    configuration = found["Config"]
    assert configuration["User"] == "10001:10001"
    assert (configuration["Entrypoint"], configuration["Cmd"]) == (["graphile-worker"], ["admin"])
    assert found["Healthcheck"]["Test"] == ["CMD", "graphile-worker", "healthcheck"]
    assert list(configuration["ExposedPorts"]) == ["5678/tcp"]


@pytest.mark.parametrize("tool", ["pip", "gcc", "node", "curl"])
def test_what_built_it_is_not_in_it(image: str, tool: str) -> None:
    line = podman("run", "--rm", *HERE, "--entrypoint", "sh", image, "-c", f"command -v {tool}")
    done = subprocess.run(line, capture_output=True)
    assert done.returncode in (1, 127) and done.stdout == b"", done


async def test_compose_runs_it_without_rights_and_without_a_place_to_write(
    image: str, dsn: str, tmp_path: Path
) -> None:
    (tmp_path / "admin-password").write_text(SECRET + "\n")
    values = {"DATABASE_URL": dsn, "ALLOWED_HOSTS": "admin.example.com"}
    options, _ = of_compose((ROOT / "compose.yaml").read_text(), values, tmp_path)
    port = free_port()
    with running([*options, "--env", f"GRAPHILE_WORKER_ADMIN_LISTEN=0.0.0.0:{port}"], image) as container:
        assert f":{port}" in container.first
        answer = httpx.get(f"http://127.0.0.1:{port}/", auth=("admin", SECRET), headers={"host": "admin.example.com"})
        assert answer.status_code == 200 and "gw-admin" in answer.text
        assert container.status("NSpid").split()[-1] == "1" and container.status("Uid").split() == ["10001"] * 4
        assert int(container.status("CapEff"), 16) == 0 and container.status("NoNewPrivs") == "1"
        for more in ([], ["--ready"]):
            checked = container.inside("graphile-worker", "healthcheck", *more)
            assert checked.returncode == 0, checked.stderr
        for place in ("/", "/tmp", "/opt/graphile-worker", "/var/tmp", "/run"):
            wrote = container.inside("sh", "-c", f"echo x > {place}/written")
            assert wrote.returncode != 0 and "ead-only" in wrote.stderr, (place, wrote)
        code, seconds = container.stopped()
    assert code == 0 and seconds < SECONDS, (code, seconds)


def test_the_command_line_is_in_it_too(image: str, dsn: str) -> None:
    line = podman("run", "--rm", *HERE, "--read-only", "--env", f"DATABASE_URL={dsn}", image, "stats", "--json")
    done = subprocess.run(line, capture_output=True, encoding="utf-8")
    assert done.returncode == 0 and json.loads(done.stdout), done.stderr
