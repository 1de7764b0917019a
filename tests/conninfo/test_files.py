"""Files that parameters and variables name: one that cannot be reached is a refusal, and what is no path is never shown."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from graphile_worker.conninfo import resolve
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.secrets.shown_paths import shown
from tests.support.imports import OURS_FIRST

PEM = trustme.CA().private_key_pem.bytes().decode()
BODY = PEM.split("\n")[1]
CONTENTS = {
    "pem": PEM,
    "pem in one line": PEM.replace("\n", " "),
    "pem with escapes": PEM.replace("\n", "\\n"),
    "begin of a pem": PEM[:80],
    "base64 of pem": base64.b64encode(PEM.encode()).decode(),
    "body": BODY,
    "base64:": "base64:QXZqJX==",
    "password file": "h:5432:d:u:QXZqJX",
    "line for all": "*:*:*:*:QXZqJX",
    "socket's line": "/run/postgresql:5432:d:u:QXZqJX",
    "address": "postgresql://u:QXZqJX@h/d",
    "lines": "[queue]\npassword=QXZqJX",
}
PARAMETERS = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir", "sslkeylogfile", "servicefile")
VARIABLES = {f"PG{name.upper()}": name for name in PARAMETERS if name != "sslkeylogfile"}


def _variable(variable: str, value: str, folder: Path) -> dict[str, str]:
    """What surrounds a variable so that its file is needed."""
    found = {variable: value}
    if variable == "PGSERVICEFILE":
        found["PGSERVICE"] = "queue"
    if variable == "PGSSLKEY":
        (folder / "some.pem").write_text("no certificate")
        found["PGSSLCERT"] = str(folder / "some.pem")
    return found


def _address(name: str, value: str, folder: Path) -> str:
    surrounding = _variable(f"PG{name.upper()}", value, folder)
    pairs = {key.removeprefix("PG").lower(): text for key, text in surrounding.items()}
    quoted = {key: text.replace("\\", "\\\\").replace("'", "\\'") for key, text in pairs.items()}
    return "host=h dbname=d user=u " + " ".join(f"{key}='{text}'" for key, text in quoted.items())


def _said(error: InvalidInput) -> str:
    return f"{error.message} {error.hint} {error.detail}"


@pytest.mark.parametrize("kind", CONTENTS)
@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_that_holds_a_secret_itself(variable: str, kind: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        resolve("postgresql://u@h/d", _variable(variable, CONTENTS[kind], tmp_path), home=tmp_path)
    _check(caught.value, CONTENTS[kind], VARIABLES[variable])


@pytest.mark.parametrize("kind", CONTENTS)
@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_that_holds_a_secret_itself(
    name: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput) as caught:
        resolve(_address(name, CONTENTS[kind], tmp_path), {}, home=tmp_path)
    _check(caught.value, CONTENTS[kind], name)


def _check(error: InvalidInput, value: str, name: str) -> None:
    said = _said(error)
    assert "QXZ" not in said and not any(word in said for word in value.split() if len(word) > 12), said
    assert name.removesuffix("file") in said.replace(" ", "") or "password inside" in said
    assert "path" in said or "password inside" in said


@pytest.mark.parametrize(
    "path", ["/etc/ssl/root.crt", "root.crt", "C:\\keys\\client.key", "/run/secrets/pg key", "./" + "a" * 60, "~/x"]
)
def test_a_path_is_shown(path: str) -> None:
    assert shown(path) == path


def test_what_is_no_path_is_not_shown() -> None:
    for value in CONTENTS.values():
        assert "QXZ" not in shown(value) and BODY[:12] not in shown(value)
    assert shown("/x" * 200) == "(a name of 400 characters)"


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize(
    "value", ["{folder}/" + "x" * 300, "{folder}/away/x", "{folder}/file/x", "{folder}/" + "y/" * 2500]
)
def test_a_file_that_cannot_be_reached(name: str, value: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput) as caught:
        resolve(_address(name, value.format(folder=tmp_path), tmp_path), {}, home=tmp_path)
    assert "Errno" not in _said(caught.value)
    assert any(word in _said(caught.value) for word in ("not there", "too long", "cannot be written"))


PROGRAM = """
import os, sys
from graphile_worker.conninfo import resolve
from graphile_worker.core.exceptions import InvalidInput
"h".encode("idna")  # read while we may
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for name, value in (pair.split("=", 1) for pair in sys.argv[1:]):
    try:
        resolve("postgresql://u@h/d", {name: value, "PGSERVICE": "queue"} if "S" not in name[2:4] or name in
                ("PGSERVICEFILE", "PGSYSCONFDIR") else {name: value})
        print(name, "used")
    except InvalidInput as error:
        print(name, error.message, error.hint)
"""


@pytest.fixture
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that its owner alone may enter, with a service file in it."""
    folder = tmp_path_factory.mktemp("closed")
    (folder / "file").write_text("x")
    (folder / "pg_service.conf").write_text("[queue]\nhost=h\n")
    (folder / ".pg_service.conf").write_text("[queue]\nhost=h\n")
    folder.chmod(0o700)
    yield folder


def test_a_folder_of_somebody_else(closed: Path) -> None:
    if os.geteuid() != 0:
        closed.chmod(0)
    variables = ["PGSSLROOTCERT", "PGSSLCERT", "PGSSLCRL", "PGSSLCRLDIR", "PGSERVICEFILE"]
    given = [f"{name}={closed / 'file'}" for name in variables] + [
        f"{name}={closed}" for name in ("HOME", "PGSYSCONFDIR")
    ]
    program = (
        PROGRAM if os.geteuid() == 0 else PROGRAM.replace("os.setgroups([]); os.setgid(65534); os.setuid(65534)", "")
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *given], env={"PATH": "/usr/bin:/bin", **OURS_FIRST}, capture_output=True,
        encoding="utf-8", timeout=60, cwd="/",
    )  # fmt: skip
    closed.chmod(0o700)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(given)
    assert all("Permission denied" in line and "Errno" not in line for line in lines), lines
