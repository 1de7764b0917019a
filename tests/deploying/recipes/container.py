"""Containers by podman and crun from Debian, without an engine, on machines that are containers or virtual machines themselves."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.deploying.programs import ROOT, program

PLACE = ROOT / ".bench" / "image"  # of scripts/test-image
# crun wants the second version of control groups: it is mounted in a namespace of mounts where the machine has the first
AROUND = 'mount --make-rprivate /; [ $(stat -fc %T /sys/fs/cgroup) = cgroup2fs ] || mount -t cgroup2 cgroup2 /sys/fs/cgroup; exec "$@"'
# no groups of its own and the limits of this process: a machine may forbid both
HERE = ["--cgroups=disabled", "--network=host", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]


def podman(*arguments: str) -> list[str]:
    """The command line of a call."""
    where = ["--root", str(PLACE / "storage"), "--runroot", str(PLACE / "run"), "--storage-driver", "vfs"]
    how = ["--cgroup-manager", "cgroupfs", "--runtime", program("crun")]
    return ["unshare", "--mount", "sh", "-c", AROUND, "sh", program("podman"), *where, *how, *arguments]


def inspected(image: str) -> dict[str, Any]:
    """What an image says of itself."""
    done = subprocess.run(podman("image", "inspect", image), capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)[0]
    return found


@dataclass
class Container:
    """A container whose standard output is being read."""

    process: subprocess.Popen[str]
    pid: int  # of its process 1, outside
    first: str

    def inside(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command beside its process 1: in its namespaces, as its user, with its environment and none of its rights."""
        environment = dict(
            one.split("=", 1) for one in Path(f"/proc/{self.pid}/environ").read_text().split("\0") if "=" in one
        )
        status = Path(f"/proc/{self.pid}/status").read_text()
        user, group = (re.findall(rf"^{name}:\t(\d+)", status, re.MULTILINE)[0] for name in ("Uid", "Gid"))
        enter = ["nsenter", "--target", str(self.pid), "--all", "--setuid", user, "--setgid", group]
        return subprocess.run([*enter, *command], env=environment, capture_output=True, encoding="utf-8", timeout=60)

    def status(self, name: str) -> str:
        """A line of /proc/1/status."""
        found = re.search(rf"^{name}:\s*(.*)$", Path(f"/proc/{self.pid}/status").read_text(), re.MULTILINE)
        assert found is not None, name
        return found[1]

    def stopped(self) -> tuple[int, float]:
        """The exit code after SIGTERM to process 1, and the seconds that it took."""
        begun = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        return self.process.wait(30), time.monotonic() - begun


@contextmanager
def running(options: Sequence[str], image: str, *arguments: str) -> Iterator[Container]:
    """A container, once it has printed its first line; it is removed at the end."""
    name = f"graphile-worker-{uuid.uuid4().hex[:8]}"
    line = podman("run", "--rm", "--name", name, *HERE, *options, image, *arguments)
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    try:
        assert process.stdout is not None and process.stderr is not None
        first = process.stdout.readline()
        if not first:
            pytest.fail(process.stderr.read())
        yield Container(process, _process_1(name), first)
    finally:
        if process.poll() is None:
            subprocess.run(podman("kill", name), capture_output=True)
        process.communicate(timeout=60)


def _process_1(name: str) -> int:
    done = subprocess.run(podman("inspect", "--format", "{{.State.Pid}}", name), capture_output=True, encoding="utf-8")
    assert done.stdout.strip().isdigit(), done.stderr
    return int(done.stdout)


def of_compose(text: str, values: dict[str, str], folder: Path) -> tuple[list[str], str]:
    """The options of podman that a compose file with one service asks for, and its image. Every key is known or an error.

    Left out are `build` (done), `ports` (the machine's network is used), and limits that need groups of their own.
    """
    import yaml

    document = yaml.safe_load(re.sub(r"\$\{(\w+)(?::[-?][^}]*)?\}", lambda match: values[match[1]], text))
    (service,) = document["services"].values()
    files = {name: folder / one["file"] for name, one in document.get("secrets", {}).items()}
    options: list[str] = []
    for key, value in service.items():
        options += _option(key, value, files)
    return options, service["image"]


def _option(key: str, value: Any, files: dict[str, Path]) -> list[str]:
    if key in ("build", "image", "ports", "mem_limit", "pids_limit", "restart"):
        return []
    if key == "environment":
        return [part for name, text in value.items() for part in ("--env", f"{name}={text}")]
    if key == "secrets":
        return [part for name in value for part in ("--volume", f"{files[name]}:/run/secrets/{name}:ro")]
    if key == "read_only" and value:
        return ["--read-only", "--read-only-tmpfs=false"]
    if key in ("cap_drop", "security_opt"):
        flag = "--" + key.replace("_", "-")
        return [part for one in value for part in (flag, one.replace("no-new-privileges:true", "no-new-privileges"))]
    if key == "stop_grace_period":
        return ["--stop-timeout", value.removesuffix("s")]
    raise AssertionError(f"compose.yaml has {key}, which this test does not know")
