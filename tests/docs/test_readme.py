"""The README's lines that let others in, pasted block by block; what it says of every command."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from pathlib import Path

import click
import httpx

from graphile_worker.cli.lazy_group import COMMANDS
from graphile_worker.cli.main import cli
from scripts.generate_docs import ROOT
from tests.cli.support import PROGRAM, Program
from tests.contract.driver import free_port

README = (ROOT / "README.md").read_text("utf-8")
SERVES = "graphile-worker admin "


def blocks() -> list[str]:
    """The blocks of "Let others in", in their order."""
    section = README.split("### Let others in")[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


def test_the_blocks_that_let_others_in(dsn: str, tmp_path: Path) -> None:
    """As they stand, but for the address to listen on, and a file in place of Ada's password at a terminal."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "graphile-worker"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(PROGRAM)} "$@"\n', "utf-8")
    program.chmod(0o755)
    environment = Program(dsn).environment | {"PATH": f"{program.parent}:/usr/bin:/bin"}
    served = 0
    for block in blocks():
        if not block.startswith(SERVES):
            asked = " --password-file password" if "admin-user" in block else ""
            subprocess.run(
                ["bash", "-euc", block.rstrip() + asked], cwd=tmp_path, env=environment, check=True, timeout=60
            )
            continue
        listen = f"127.0.0.1:{free_port()}"
        line = "exec " + block.replace("0.0.0.0:5678", listen)
        process = subprocess.Popen(
            ["bash", "-euc", line], cwd=tmp_path, env=environment | {"GRAPHILE_WORKER_ADMIN_LISTEN": listen}
        )
        try:
            user = "ada" if "--users" in block else "admin"
            address = ("https://" if "--tls-cert" in block else "http://") + listen
            assert _session(process, address, (user, (tmp_path / "password").read_text().strip())) == 200
            assert _session(process, address, (user, "something else")) == 401
        finally:
            process.terminate()
            process.wait(timeout=20)
        served += 1
    assert served == 3


def _session(process: subprocess.Popen[bytes], address: str, auth: tuple[str, str]) -> int:
    """The status of a session; waits until the admin answers."""
    for _ in range(300):
        assert process.poll() is None, "the admin ended"
        try:
            return httpx.get(f"{address}/api/session", auth=auth, verify=False, timeout=30).status_code
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the admin does not answer within 30 s")


def test_which_commands_take_json() -> None:
    assert "Every command but `completion` takes `--json`" in README
    assert "All but `completion` take these" in (ROOT / "docs/cli.md").read_text("utf-8")

    assert {name for name in COMMANDS if not _takes_json(cli.get_command(click.Context(cli), name))} == {"completion"}


def _takes_json(command: click.Command | None) -> bool:
    assert command is not None
    if isinstance(command, click.Group):
        return all(map(_takes_json, command.commands.values()))
    return any("--json" in parameter.opts for parameter in command.params)
