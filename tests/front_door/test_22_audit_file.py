"""Case 22 on the command line: where the events of `graphile-worker admin` go, and what its log looks like.

The kind: every place that an operator can name for them (standard error, a file, a file that a rotation moves, a full disk, no
place at all), and both formats of the log.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from graphile_worker.admin.server.audit.audit_file import AuditFile
from graphile_worker.admin.server.audit.events import AuditEvent
from graphile_worker.cli.logs import JsonLines, TextLines
from tests.cli.support import Program
from tests.hardening.process import SECRET, Admin, Sockets, admin, answer

BASIC = ("admin", SECRET)


async def write(running: Admin, key: str) -> str:
    """Adds a job; the id of the request."""
    async with httpx.AsyncClient(base_url=running.url, auth=BASIC, timeout=60) as client:
        token = (await client.get("/api/session")).json()["csrf_token"]
        headers = {"x-graphile-worker-admin-csrf": token}
        added = await client.post("/api/jobs", json={"identifier": "t", "key": key}, headers=headers)
        assert added.status_code == 200
        return added.headers["x-request-id"]


async def until(done: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not done():
            await asyncio.sleep(0.02)


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith('{"audit"')]


async def test_standard_error_has_them_and_no_audit_has_none(dsn: str) -> None:
    with admin(dsn) as running:
        id = await write(running, "a")
        async with httpx.AsyncClient(base_url=running.url, timeout=60) as stranger:
            await stranger.get("/api/session", auth=("admin", "wrong"))
        running.stop()
    lines = events("".join(running.errors))
    assert [(one["audit"], one.get("request_id")) for one in lines] == [("write", id), ("failed_logins", None)]
    assert lines[1]["tries"] == 1  # a window that the end of the server closed
    with admin(dsn, "--no-audit") as running:
        await write(running, "b")
        running.stop()
    assert events("".join(running.errors)) == []


async def test_a_file_is_private_only_grows_and_is_opened_anew_at_sighup(dsn: str, tmp_path: Path) -> None:
    path, moved = tmp_path / "audit.log", tmp_path / "audit.log.1"
    for key in ("a", "b"):
        with admin(dsn, "--audit-log", str(path)) as running:
            await write(running, key)
            running.stop()
    assert path.stat().st_mode & 0o777 == 0o600
    with admin(dsn, "--audit-log", str(path)) as running:
        path.rename(moved)
        await write(running, "c")
        running.process.send_signal(signal.SIGHUP)
        await until(lambda: any("the audit log was reloaded" in line for line in running.errors))
        await write(running, "d")
        path.unlink()
        path.mkdir()
        running.process.send_signal(signal.SIGHUP)
        await until(lambda: any("was not reloaded" in line for line in running.errors))
        await write(running, "e")
        running.stop()
    assert [one["key"] for one in events(moved.read_text())] == ["a", "b", "c"]
    assert not [line for line in running.errors if line.startswith("{")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--audit-log", "{}/no/audit.log"], "cannot be opened: No such file or directory"),
        (["--audit-log", "{}"], "cannot be opened: Is a directory"),
        (["--audit-log", "{}/pipe"], "cannot be opened: No such device or address"),
        (["--audit-log", "{}/a", "--no-audit"], "give --audit-log or --no-audit, not both"),
        (["--log-level", "loud"], "--log-level"),
        (["--log-format", "xml"], "--log-format"),
    ],
    ids=range(6),
)
def test_what_cannot_be_is_a_usage_error(options: list[str], words: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    ran = Program(None)("admin", *(one.format(tmp_path) for one in options))
    assert (ran.code, ran.out) == (2, "") and words in ran.err


async def test_a_full_disk_breaks_no_request_and_is_told_of_once(dsn: str) -> None:
    with admin(dsn, "--audit-log", "/dev/full") as running:
        for key in "abc":
            await write(running, key)
        running.stop()
    told = [line for line in running.errors if "/dev/full" in line]
    assert len(told) == 1 and "No space left on device; events are lost until it can" in told[0]


def test_a_line_after_a_torn_one_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, whole = AuditFile(str(tmp_path / "log")), os.write
    event = AuditEvent(kind="write", time="t", auth="none")
    file(event)
    monkeypatch.setattr(os, "write", lambda descriptor, line: whole(descriptor, line[:10]))
    file(event)
    monkeypatch.setattr(os, "write", whole)
    file(event)
    file.close()
    lines = (tmp_path / "log").read_text().splitlines()
    assert lines == [event.line(), event.line()[:10], event.line()]


@pytest.mark.parametrize(
    ("before", "again"), [(b"torn", b"torn\n"), (b"whole\n", b"whole\n"), (b"", b"")], ids=range(3)
)
@pytest.mark.parametrize("how", ["opened", "the same file", "another file"])
def test_no_event_is_appended_to_a_torn_line(how: str, before: bytes, again: bytes, tmp_path: Path) -> None:
    path, event = tmp_path / "log", AuditEvent(kind="write", time="t", auth="none")
    if how == "opened":
        path.write_bytes(before)
    file = AuditFile(str(path))
    if how == "another file":
        path.unlink()
    if how != "opened":
        path.write_bytes(before)
        file.reopen()
    file(event)
    file(event)
    file.close()
    assert path.read_bytes() == again + 2 * (event.line().encode() + b"\n")


@pytest.mark.parametrize("format", ["text", "json"])
async def test_every_line_of_the_log_has_its_format(format: str, dsn: str, tmp_path: Path) -> None:
    options = ["--log-format", format, "--audit-log", str(tmp_path / "a")]
    with admin(dsn, *options) as running:
        async with Sockets(running.port) as sockets:
            reader, _ = await sockets.open(b"\x16\x03\x01 nonsense\r\n\r\n")  # uvicorn warns of it
            await answer(reader)
        running.process.send_signal(signal.SIGHUP)
        await until(lambda: any("was reloaded" in line for line in running.errors))
        running.stop()
    logged = [line for line in running.errors if "reloaded" in line or "Invalid HTTP" in line]
    assert len(logged) == 2
    for line in logged:
        if format == "json":
            assert json.loads(line).keys() == {"time", "level", "logger", "message"}
        else:
            assert line[:4].isdigit() and line.split()[1] in ("INFO", "WARNING")


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
async def test_a_level_leaves_out_what_is_below(level: str, dsn: str, tmp_path: Path) -> None:
    with admin(dsn, "--log-level", level, "--audit-log", str(tmp_path / "a")) as running:
        running.process.send_signal(signal.SIGHUP)
        for key in "ab":  # the second is answered after the signal was handled
            await write(running, key)
        running.stop()
    found = [line for line in running.errors if "was reloaded" in line]
    assert len(found) == (level in ("debug", "info"))


async def test_an_upgrade_to_websocket_leaves_no_advice_in_the_log(dsn: str) -> None:
    with admin(dsn) as running:
        async with Sockets(running.port) as sockets:
            upgrade = (
                b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            reader, _ = await sockets.open(upgrade)
            assert b" 200 OK" in await answer(reader)
        running.stop()
    assert "".join(running.errors) == ""


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "\x9b", "\u202e", "\udc80", "x" * 100_000], ids=range(6))
def test_no_text_makes_a_second_line_of_the_log(text: str) -> None:
    try:
        raise RuntimeError(text)
    except RuntimeError:
        failed = sys.exc_info()
    for exc_info in (None, failed):
        record = logging.LogRecord("graphile_worker.admin", logging.ERROR, "", 0, "%s", (text,), exc_info)
        line = JsonLines().format(record)
        assert line.isascii() and line.isprintable() and json.loads(line)["level"] == "error"
        lines = TextLines().format(record).split("\n")
        assert all(one.isprintable() for one in lines) and len(lines[0]) < 9000
        assert all(one.startswith("  ") for one in lines[1:]) and (len(lines) > 1) is (exc_info is not None)
