"""Every option of `admin` that can be wrong: one sentence, exit code 2, nothing served, no secret shown."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from graphile_worker.cli.commands.serving.admin import admin
from tests.cli.support import Program
from tests.support.certificates import Certificates

LONG = "x" * 5000
# {folder}, {empty}, {binary}, {none}: paths; {cert}, {key}: a good pair; {old}, {old_key}: an expired one
BAD = {
    "--listen": ["nowhere", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:-1", "localhost:٣", ":5678", LONG],
    "--auth": ["other", ""],
    "--username": ["", "a:b"],
    "--users": ["{none}", "{folder}", "{binary}"],
    "--password": ["", "geheim99\n"],
    "--password-file": ["{none}", "{folder}", "{empty}", "{binary}"],
    "--bearer-token --auth bearer": ["", "geheim99\r"],
    "--bearer-token-file --auth bearer": ["{none}", "{folder}", "{empty}", "{binary}"],
    "--header-token --auth header": ["", "geheim99\n"],
    "--header-token-file --auth header": ["{none}", "{folder}", "{empty}", "{binary}"],
    "--secret-out": ["{folder}", "{none}/secret"],
    "--secret-out --auth none": ["{free}"],
    "--secret-out --password geheim99geheim99": ["{free}"],
    "--header-name --auth header": ["", "authorization", "a b", "é"],
    "--allowed-host": ["", "a b", "http://a", "a:99999", "a/b", LONG + "/"],
    "--environment": ["", "x" * 33, "a\nb"],
    "--environment-color": ["red", "pink"],
    "--environment-color --environment production": ["", "RED ", "#b3261e"],
    "--redact": ["", "a..b", "items[]", "$.a", ".", "a b" * 400 + "."],
    "--prefix": ["queue", "/../x", "/a//b", "/a?b", "/é", "/"],
    "--trusted-proxy": ["x", "10.0.0.0/99", ""],
    "--tls-cert": ["{cert}", "{none}", "{empty}"],
    "--tls-key": ["{key}", "{none}"],
    "--tls-cert --tls-key={key}": ["{none}", "{folder}", "{empty}", "{binary}", "{key}", "{old}"],
    "--tls-key --tls-cert={cert}": ["{none}", "{folder}", "{empty}", "{binary}", "{cert}", "{old_key}"],
    "--database": ["shop", "=postgres://x/y", "shop=mysql://a:geheim99@x/y", "postgres://u:geheim99@h/x"],
    "--databases-file": ["{none}", "{folder}", "{empty}", "{binary}"],
    "--database-url": ["mysql://u:geheim99@h/x", "postgresql://u:geheim99@h:port/x"],
    "--max-connections": ["0", "-1", "x", "1001", "postgres://u:geheim99@h/x"],
    "--schema": [""],
    "--audit-log": ["", "{folder}", "{none}/log"],
    "--audit-log --no-audit": ["{free}"],
    "--log-level": ["", "trace", "INFO "],
    "--log-format": ["", "xml"],
}  # fmt: skip
NO_VALUE = {"--read-only", "--behind-tls", "--no-audit", "--help"}
ELSEWHERE = {"--ask-password", "--json", "--ndjson"}


def test_the_table_holds_every_option() -> None:
    tried = {options.split()[0] for options in BAD}
    options = {max(one.opts, key=len) for one in admin.params if isinstance(one, click.Option)}
    assert options - NO_VALUE - ELSEWHERE == tried


@pytest.mark.parametrize("options", BAD)
def test_one_sentence_and_exit_code_2(dsn: str, tmp_path: Path, options: str) -> None:
    paths = {name: str(tmp_path / name) for name in ("folder", "empty", "binary", "none", "free")}
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    certificates = Certificates(tmp_path)
    paths["cert"], paths["key"] = certificates.pair()
    paths["old"], paths["old_key"] = certificates.pair("old", ends=-1, starts=-9)
    option, *others = options.split()
    before = {path.name for path in tmp_path.iterdir()}
    for value in BAD[options]:
        filled = [text.format(**paths) if "{" in text else text for text in (value, *others)]
        listen = [] if option == "--listen" else ["--listen", "127.0.0.1:0"]
        ran = Program(dsn)("admin", *listen, f"{option}={filled[0]}", *filled[1:])
        errors = [line for line in ran.err.splitlines() if line.startswith("Error: ")]
        assert (ran.code, ran.out, len(errors)) == (2, "", 1), (value, ran)
        assert ran.err.rstrip().endswith(errors[0]) or value == LONG, ran.err
        assert "geheim99" not in ran.err.replace("--password geheim99", ""), ran.err
    assert {path.name for path in tmp_path.iterdir()} == before
