"""Everything that is asked of one database, on the command line and over HTTP, as text in which only the clock is masked."""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app
from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.cli.main import main
from graphile_worker.core.database.transactions import connect
from graphile_worker.worker_utils import WorkerUtils

BIG_ID = 9007199254740993
LOOKS = (
    *(f"/api/jobs{query}" for query in (
        "", "?sort=run_at&limit=5", "?sort=-created_at&payload=preview&limit=6", "?sort=attempts&payload=text",
        "?search=%E5%8C%97", "?search=C%3A%5C%5Ctemp", "?search=100%25", "?search=d_mail", "?state=failed&payload=none",
        "?identifier=a%2C+task+with+%22quotes%22", "?queue=imports", "?flag=%E5%8C%97", "?flag=NULL",
        "?run_at_from=2001-01-01T00:00:00%2B05:30", "?payload_path=a&payload_path=n&payload=none", "?created_to=2001-02-03T04:05:06Z",
        "?sort=run_at&cursor=WyJydW5fYXQiLCJuZXh0IiwiMzIuMDcuMjAwMSIsMV0",
    )),
    *(f"/api/jobs/{id}" for id in (*range(1, 9), *range(101, 106), BIG_ID, 999)),
    "/api/session", "/api/overview", "/api/activity", "/api/jobs/count?state=failed", "/api/jobs/count?search=x",
    "/api/jobs/export?format=ndjson", "/api/jobs/export?format=csv", "/api/jobs/export?format=csv&payload_path=a&payload_path=n", "/api/queues", "/api/queues?sort=jobs", "/api/workers",
    "/api/tasks", "/api/errors", "/api/crontabs",
    "/api/errors/histogram?failed_from=2001-01-01T00:00:00Z&failed_to=2001-01-02T00:00:00Z",
    "/api/suggest?field=identifier", "/api/suggest?field=queue&prefix=m", "/api/suggest?field=identifier&prefix=nobody&near=true",
    "/api/jobs/progress?ids=1-8",
    "/api/maintenance", "/api/openapi.json", "/api/events",
    "/healthz", "/readyz", "/metrics",
)  # fmt: skip
POSTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/api/jobs", {"identifier": "北", "payload": {"a": "\\", "n": 1e300}, "queue": "q\\'", "key": "new 北", "flags": ["NULL", "é"]}),
    ("/api/jobs", {"identifier": "t", "run_at": "2995-01-01T05:30:00+05:30", "key": "email:2", "priority": -3}),
    ("/api/jobs", {"identifier": "t", "key": "email:4", "job_key_mode": "preserve-run-at"}),
    *(("/api/jobs/action", {"action": action, "ids": [1, 5, 102, 999]}) for action in ("fail", "run-now", "retry")),
    ("/api/jobs/action", {"action": "reschedule", "ids": [101, 103], "priority": 3}),
    ("/api/jobs/action", {"action": "reschedule", "ids": [7], "run_at": "2996-05-06T07:08:09.000001Z"}),
    ("/api/jobs/action", {"action": "complete", "ids": [2, 8]}),
    ("/api/jobs/bulk", {"action": "retry", "filter": {"state": "failed"}, "dry_run": True}),
    ("/api/jobs/payload", {"id": 102, "payload": {"a": "\\ 北", "n": 1e300}}),
    ("/api/jobs/remove-by-key", {"key": "k\\1 北 '\""}),
    ("/api/maintenance", {"action": "migrate"}),
)  # fmt: skip
COMMANDS = (
    "list", "list --json", "list --sort run_at --ndjson", "list --state failed", "list --task nobody", "list --column payload.a", "count", "show 101", "show 102 --json",
    "show 103", "show 4", "stats", "stats --json", "queues", "workers", "errors", "errors --json", "crontabs", "doctor", "doctor --json",
    "watch --count 1", "export", "export --format csv", "export --format csv --column payload.a", "roles --viewer reader", "completion bash", "cleanup --dry-run",
    "sweep-stale-workers --dry-run", "release-old-locks --older-than 20m --dry-run", "complete --state ready --dry-run",
)  # fmt: skip
WRITES = (
    "migrate", "add new", "add new2 --payload [1,2] --queue imports --run-at 2995-01-01T00:00:00Z --json", "complete 3",
    "fail 104 -r because", "run-now 101", "run-next 103", "change-payload 104 --payload [1]", "retry 6", "reschedule 102 --priority 7 --json", "remove null", "doctor --fix",
    "retry --state failed --yes", "force-unlock worker-a --yes", "sweep-stale-workers", "cleanup --yes",
    "release-old-locks --older-than 20m",
)  # fmt: skip
SERVERS = {"admin", "admin-user", "demo", "healthcheck"}  # asked over HTTP, or of no database
_MASKS = (
    (re.compile(r"\b20(2[6-9]|3\d)-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{3}(\d{3})?)?(Z|\+00(:00)?)"), "<now>"),
    (re.compile(r'("(?:\w*_secs|now|server_ahead|[a-z_]*age[a-z_]*)": ?)-?\d+(\.\d+)?(?=[,}\s])'), r"\1<seconds>"),
    (re.compile(r"(_seconds(?:\{[^}\n]*\})?) \d\S*(?=\n)"), r"\1 <seconds>"),
    (re.compile(r"(?<=\t)\d{9}(?=\t)"), "<seconds>"),
    (re.compile(r"\b[\d,]{3,} (?:hours|d(?: \d+ h)?)\b"), "<age>"),
    (re.compile(r'("listening": ?)(true|false)'), r"\1<either>"),  # the answer does not wait for that connection
    (re.compile(r'("(?:csrf_token|request_id)": ?)"[^"]*"'), r'\1"<token>"'),
)


def masked(text: str, database: str, role: str) -> str:
    """The text without what differs between two runs: clocks, ages, the names of database and role."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text.replace(database, "<database>").replace(role, "<role>")


async def everything(dsn: str) -> dict[str, str]:
    """What is answered to every look and every write, by what was asked; the writes come after the looks, in order."""
    found = await _over_http(dsn, looks=True)
    for line in COMMANDS:
        found[line] = await asyncio.to_thread(command, line, dsn)
    found |= await _over_http(dsn, looks=False)
    for line in WRITES:
        found[line] = await asyncio.to_thread(command, line, dsn)
    found["list after all"] = await asyncio.to_thread(command, "list --limit 1000 --json", dsn)
    return found


async def _over_http(dsn: str, *, looks: bool) -> dict[str, str]:
    pool = await connect(dsn)
    try:
        config = AdminServerConfig(pool, WorkerUtils(pool), auth=AdminAuthConfig.none(), freshness=0)
        transport = httpx.ASGITransport(create_app(config), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            if looks:
                return {path: _told(await client.get(path)) for path in LOOKS}
            session = await client.get("/api/session")
            token = {CSRF_HEADER: session.json().get("csrf_token", "")}
            found = {}
            for index, (path, body) in enumerate(POSTS):
                asked = f"{index}: POST {path} {body.get('action', '')}"
                found[asked] = _told(await client.post(path, json=body, headers=token))
            return found
    finally:
        pool.terminate()


def _told(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.content.decode('utf-8', 'backslashreplace')}"


def command(line: str, dsn: str) -> str:
    """Exit code, output and errors of a command that runs in this process."""
    with _standing_in(dsn) as (out, err):
        try:
            main(line.split(" "))
        except SystemExit as end:
            code = end.code
    return f"{code}\n{_text(out)}\n{_text(err)}"


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")


@contextmanager
def _standing_in(dsn: str) -> Iterator[tuple[io.TextIOWrapper, io.TextIOWrapper]]:
    """The output, errors and environment of a process; one command at a time."""
    kept = sys.stdout, sys.stderr, os.environ.get("DATABASE_URL")
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    sys.stdout, sys.stderr, os.environ["DATABASE_URL"] = out, err, dsn
    try:
        yield out, err
    finally:
        sys.stdout, sys.stderr = kept[:2]
        os.environ.pop("DATABASE_URL")
        if kept[2] is not None:
            os.environ["DATABASE_URL"] = kept[2]
