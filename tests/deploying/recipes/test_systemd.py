"""The unit of docs/deploying, verified by systemd-analyze, and run by a systemd."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.contract.driver import free_port
from tests.deploying.process_1 import SECONDS
from tests.deploying.programs import RECIPES, ROOT
from tests.deploying.recipes.booted import booted, debian

UNIT = "graphile-worker-admin.service"
PASSWORD = "correct horse battery"
EXPOSURE_MAX = 15  # tenths: what systemd-analyze calls OK begins below 20


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Debian with the program, the unit and its files, as docs/deploying.md says."""
    image = subprocess.run([ROOT / "scripts/test-image"], capture_output=True, encoding="utf-8")
    assert image.returncode == 0, image.stderr
    made = tmp_path_factory.mktemp("systemd") / "root"
    debian(made, image.stdout.splitlines()[-1])
    (made / "etc/systemd/system" / UNIT).write_text((RECIPES / UNIT).read_text())
    return made


def test_the_unit_runs_and_ends_and_is_closed_up(folder: Path, dsn: str, record_property: object) -> None:
    port = free_port()
    place = folder / "etc/graphile-worker"
    place.mkdir(mode=0o755)
    users = subprocess.run(
        ["chroot", folder, "/opt/graphile-worker/bin/graphile-worker", "admin-user", "add", "ada", "--role", "admin",
         "--file", "/etc/graphile-worker/users", "--password-file", "-"],
        input=PASSWORD, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert users.returncode == 0, users.stderr
    (place / "password").write_text(PASSWORD + "\n")
    (place / "admin.env").write_text(f"DATABASE_URL={dsn}\nGRAPHILE_WORKER_ADMIN_LISTEN=127.0.0.1:{port}\n")
    for name in ("password", "admin.env"):
        (place / name).chmod(0o600)
    with booted(folder, UNIT) as machine:
        machine.until(UNIT, "active")
        assert answered(port, "/readyz").status_code == 200, machine.run("journalctl", "--no-pager", "-u", UNIT)
        assert httpx.get(f"http://127.0.0.1:{port}/", auth=("admin", PASSWORD)).status_code == 200
        pid = machine.shown(UNIT, "MainPID")["MainPID"]
        status = machine.run("cat", f"/proc/{pid}/status")
        assert re.search(r"^Uid:\t([1-9]\d*)\t\1\t\1\t\1$", status, re.MULTILINE), status
        assert (
            re.search(r"^CapEff:\t0+$", status, re.MULTILINE) and "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status
        )
        assert machine.run("systemd-analyze", "verify", UNIT) == ""
        assert (
            machine.run("systemd-analyze", "security", f"--threshold={EXPOSURE_MAX}", "--no-pager", UNIT).count(
                "→ Overall"
            )
            == 1
        )
        assert machine.shown(UNIT, "NRestarts") == {"NRestarts": "0"}
        log = machine.run("journalctl", "--no-pager", "-u", UNIT)
        assert PASSWORD not in log and "Traceback" not in log and "Warning" not in log, log

        begun = time.monotonic()
        machine.run("systemctl", "stop", UNIT)
        assert time.monotonic() - begun < SECONDS
        assert machine.shown(UNIT, "Result", "ExecMainStatus") == {"Result": "success", "ExecMainStatus": "0"}

        drop = folder / "etc/systemd/system" / f"{UNIT}.d"
        machine.run("mkdir", "-p", f"/etc/systemd/system/{UNIT}.d")
        (drop / "users.conf").write_text(users_instead())
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "start", UNIT)
        answered(port, "/readyz")
        assert httpx.get(f"http://127.0.0.1:{port}/", auth=("ada", PASSWORD)).status_code == 200
        assert httpx.get(f"http://127.0.0.1:{port}/", auth=("admin", PASSWORD)).status_code == 401


def users_instead() -> str:
    """The lines of the unit's comment about a users file, in place of the password's."""
    text = (RECIPES / UNIT).read_text()
    found = re.search(r"(LoadCredential=users:\S+) and (Environment=\S+)", text)
    assert found is not None
    return f"[Service]\nEnvironment=\nLoadCredential=\n{found[1]}\n{found[2]}\n"


def answered(port: int, path: str) -> httpx.Response:
    """The answer, once somebody listens."""
    for _ in range(150):
        try:
            return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=30)
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail("nobody listens within 30 s")
