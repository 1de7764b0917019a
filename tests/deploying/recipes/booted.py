"""A systemd of its own, on a Debian in a folder, in namespaces: this machine need not run systemd, nor be asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deploying.programs import ROOT, program
from tests.deploying.recipes.container import PLACE, podman

SCRIPT = Path(__file__).with_name("boot.sh")
CACHE = ROOT / ".bench" / "systemd.tar"
GROUPS = Path("/sys/fs/cgroup")
ISOLATED = ["unshare", "--mount", "--pid", "--fork", "--cgroup", "--ipc", "--uts", "--kill-child"]


@dataclass
class Booted:
    """`pid` is its process 1, outside."""

    pid: int

    def run(self, *command: str) -> str:
        """What a command in there prints, its errors too."""
        line = ["nsenter", "--target", str(self.pid), "--mount", "--pid", "--ipc", "--cgroup", *command]
        return subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8").stdout

    def shown(self, unit: str, *properties: str) -> dict[str, str]:
        """`systemctl show`."""
        lines = self.run("systemctl", "show", *(f"--property={name}" for name in properties), unit).splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def until(self, unit: str, state: str) -> None:
        """Waits until a unit is in this state; fails with the journal."""
        for _ in range(200):
            if self.shown(unit, "ActiveState").get("ActiveState") == state:
                return
            time.sleep(0.2)
        pytest.fail(self.run("journalctl", "--no-pager", "--unit", unit)[-3000:])


def debian(folder: Path, image: str) -> None:
    """A Debian with systemd and the program of the image in /opt, in this folder."""
    if not CACHE.exists():
        made = CACHE.with_suffix(".part.tar")
        packages = "--include=systemd,dbus,python3,ca-certificates"
        subprocess.run([program("mmdebstrap"), "--quiet", "--variant=minbase", packages, "trixie", made], check=True)
        made.rename(CACHE)
    folder.mkdir()
    subprocess.run(["tar", "-C", folder, "-xf", CACHE, "--exclude=./dev/*"], check=True)
    done = subprocess.run(
        podman("create", "--cgroups=disabled", "--no-healthcheck", image), capture_output=True, encoding="utf-8"
    )
    container = done.stdout.strip()
    with subprocess.Popen(podman("export", container), stdout=subprocess.PIPE) as export:
        subprocess.run(["tar", "-x", "-C", folder, "opt/graphile-worker"], stdin=export.stdout, check=True)
    subprocess.run(podman("rm", container), capture_output=True, check=True)
    assert PLACE.exists()


@contextmanager
def booted(folder: Path, unit: str) -> Iterator[Booted]:
    """systemd on this folder, with the unit started."""
    unified = GROUPS if (GROUPS / "cgroup.controllers").exists() else GROUPS / "unified"
    group = unified / f"graphile-worker-{os.getpid()}"
    group.mkdir()
    line = 'echo $$ > "$0/cgroup.procs"; exec "$@"'
    outer = subprocess.Popen(["sh", "-c", line, str(group), *ISOLATED, "bash", str(SCRIPT), str(folder), unit])
    try:
        yield Booted(_child(outer))
    finally:
        outer.kill()
        outer.wait()
        _remove(group)
        shutil.rmtree(folder, ignore_errors=True)


def _child(outer: subprocess.Popen[bytes]) -> int:
    """The process that has become systemd."""
    for _ in range(200):
        assert outer.poll() is None, "it ended before it was systemd"
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
        if children and Path(f"/proc/{children[0]}/comm").read_text() == "systemd\n":
            return int(children[0])
        time.sleep(0.1)
    pytest.fail("systemd does not start within 20 s")


def _remove(group: Path) -> None:
    """Groups of control below it first; they are empty a moment after the last process has ended."""
    for _ in range(100):
        for one in sorted(group.rglob("*/"), key=lambda path: -len(path.parts)):
            try:
                one.rmdir()
            except OSError:
                continue
        try:
            group.rmdir()
            return
        except OSError:
            time.sleep(0.1)
