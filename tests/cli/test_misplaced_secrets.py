"""A secret where the path of its file belongs, and tracebacks: nothing of it is shown."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from graphile_worker.core.secrets.shown_paths import secret_path
from tests.cli.support import PROGRAM, Program
from tests.support.certificates import Certificates

SECRETS = [
    "S3cretContent",
    "S3cret/Content",
    "/S3cretContent",
    "S3cret.Content",
    "./S3cret",
    "h:5432:d:u:S3cret",
    "S3cret\nS3cret",
]
FILES = {
    "GRAPHILE_WORKER_ADMIN_PASSWORD_FILE": [],
    "GRAPHILE_WORKER_ADMIN_BEARER_TOKEN_FILE": ["--auth", "bearer"],
    "GRAPHILE_WORKER_ADMIN_HEADER_TOKEN_FILE": ["--auth", "header"],
    "GRAPHILE_WORKER_ADMIN_USERS": [],
}
OPTIONS = ["--password-file", "--users", "--databases-file", "--secret-out"]


@pytest.mark.parametrize("variable", FILES)
def test_a_variable_that_holds_the_secret(dsn: str, variable: str) -> None:
    for secret in SECRETS:
        ran = Program(dsn)("admin", "--listen", "127.0.0.1:0", *FILES[variable], **{variable: secret})
        assert ran.code == 2 and "S3cret" not in ran.err and "mistake" not in ran.err, ran
        assert "it may be the secret itself" in ran.err


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_that_holds_the_secret(dsn: str, option: str) -> None:
    for secret in ("S3cret/Content", "/S3cret/Content"):
        ran = Program(dsn)("admin", "--listen", "127.0.0.1:0", option, secret)
        assert ran.code == 2 and "S3cret" not in ran.err and "mistake" not in ran.err, ran


def test_a_path_is_shown_as_far_as_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    assert secret_path(str(tmp_path / "there")) == repr(str(tmp_path / "there"))
    assert secret_path(str(tmp_path / "away")) == repr(str(tmp_path / "away"))
    assert secret_path(str(tmp_path / "no" / "folder" / "away")) == repr(f"{tmp_path}/…")
    for text in ("away", "/away", "/away/x", "../x", "x" * 5000, "/" + "x" * 5000, ""):
        assert secret_path(text) == "(not shown: it may be the secret itself)", text


@pytest.mark.parametrize("option", ["--tls-cert", "--tls-key"])
@pytest.mark.parametrize("form", ["lines", "blanks", "begin"])
def test_a_certificate_or_key_itself(dsn: str, tmp_path: Path, option: str, form: str) -> None:
    cert, key = Certificates(tmp_path).pair()
    pem = Path(key).read_text()
    text = {"lines": pem, "blanks": pem.replace("\n", " "), "begin": pem[:60]}[form]
    pair = {"--tls-cert": cert, "--tls-key": key} | {option: text}
    ran = Program(dsn)("admin", "--listen", "127.0.0.1:0", *(part for one in pair.items() for part in one))
    assert ran.code == 2 and f"{option} holds a" in ran.err and "path of a file" in ran.err
    assert "BEGIN" not in ran.err and pem.split("\n")[1][:12] not in ran.err


def test_a_traceback_hides_passwords_and_changes_no_exit_code() -> None:
    address = "postgresql://u:S3cretContent@127.0.0.1:1/d?application_name=x"
    for arguments, code in (([], 3), (["--max-connections", "x"], 2)):
        done = subprocess.run(
            [*PROGRAM, "count", "--database-url", address, *arguments],
            env={**Program(None).environment, "GRAPHILE_WORKER_TRACEBACK": "1"},
            capture_output=True, encoding="utf-8", timeout=60,
        )  # fmt: skip
        assert done.returncode == code and "S3cret" not in done.stdout + done.stderr, done.stderr
        assert ("Traceback" in done.stderr) == (code == 3) and "Error: " in done.stderr
