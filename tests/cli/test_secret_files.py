"""Files with secrets that an admin is started with: whose permissions are named, and which of several counts."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.cli.test_admin import admin, lines
from tests.support.certificates import Certificates

URL = "Graphile Worker admin UI: "
SECRET = "correct horse battery"


@pytest.mark.parametrize(
    ("mode", "warned"), [(0o644, True), (0o604, True), (0o640, False), (0o600, False), (0o400, False)]
)
@pytest.mark.parametrize("kind", ["password", "bearer-token", "header-token", "tls-key"])
def test_a_secret_that_everybody_can_read_is_a_warning(
    dsn: str, tmp_path: Path, kind: str, mode: int, warned: bool
) -> None:
    path = tmp_path / "secret"
    path.write_text(SECRET + "\n")
    options = [
        "--auth",
        {"bearer-token": "bearer", "header-token": "header"}.get(kind, "basic"),
        f"--{kind}-file",
        str(path),
    ]
    if kind == "tls-key":
        cert, key = Certificates(tmp_path).pair()
        path, options = Path(key), ["--auth", "none", "--tls-cert", cert, "--tls-key", key]
    path.chmod(mode)
    with admin(dsn, *options) as process:
        lines(process, 3)
        process.terminate()
        process.wait(20)
        assert process.stderr is not None
        said = process.stderr.read()
    option = options[-2]
    assert said == (
        f"Warning: every user of this machine can read {str(path)!r} of {option}: chmod 600 it.\n" if warned else ""
    )


def test_what_is_typed_wins_over_the_environments_file(dsn: str, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("another one of these\n")
    path.chmod(0o600)
    file = {"GRAPHILE_WORKER_ADMIN_PASSWORD_FILE": str(path)}
    with admin(dsn, "--password", SECRET, **file) as process:
        address = lines(process, 5)[0].removeprefix(URL)
        assert httpx.get(f"{address}/api/session", auth=("admin", SECRET)).status_code == 200
    with admin(
        dsn, GRAPHILE_WORKER_ADMIN_PASSWORD=SECRET, **file
    ) as process:  # a file is meant for this, a variable is left over
        address = lines(process, 5)[0].removeprefix(URL)
        assert httpx.get(f"{address}/api/session", auth=("admin", "another one of these")).status_code == 200
