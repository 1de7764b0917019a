"""Drives one implementation through the cases: the very same code records the reference and replays for ours."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from tests.contract.requests import Case, Door
from tests.support.imports import OURS_FIRST

HERE = Path(__file__).parent
OURS = [sys.executable, "-m", "graphile_worker"]
SECRET = "s3cret"
HEADERS = (
    "cache-control",
    "content-security-policy",
    "referrer-policy",
    "www-authenticate",
    "x-content-type-options",
    "x-frame-options",
)
_FLAGS: dict[Door, list[str]] = {
    "none": ["--auth", "none"],
    "basic": ["--auth", "basic"],
    "bearer": ["--auth", "bearer"],
    "header": ["--auth", "header"],
    "read-only": ["--auth", "basic", "--read-only"],
}
_CREDENTIALS: dict[Door, dict[str, str]] = {
    "none": {},
    "basic": {"authorization": "Basic YWRtaW46czNjcmV0"},
    "bearer": {"authorization": f"Bearer {SECRET}"},
    "header": {"x-graphile-worker-admin-token": SECRET},
    "read-only": {"authorization": "Basic YWRtaW46czNjcmV0"},
}
_WRONG: dict[Door, dict[str, str]] = {
    "none": {},
    "basic": {"authorization": "Basic YWRtaW46d3Jvbmc="},
    "bearer": {"authorization": "Bearer wrong"},
    "header": {"x-graphile-worker-admin-token": "wrong"},
    "read-only": {"authorization": "Basic YWRtaW46d3Jvbmc="},
}


def environment(dsn: str) -> dict[str, str]:
    """The whole environment of a program under test: its secrets come from here, nothing leaks in."""
    names = ("PASSWORD", "BEARER_TOKEN", "HEADER_TOKEN")
    secrets = {f"GRAPHILE_WORKER_ADMIN_{name}": SECRET for name in names}
    return {"DATABASE_URL": dsn, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **OURS_FIRST, **secrets}


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Driver:
    """One implementation, one database, a server per door; `rows` is SQL that adds to the rows of seed.sql."""

    def __init__(
        self,
        program: Sequence[str],
        environment: Mapping[str, str],
        connection: asyncpg.Connection[Any],
        rows: str = "",
    ) -> None:
        self.program = list(program)
        self._environment = environment
        self._connection = connection
        self._clients: dict[Door, httpx.AsyncClient] = {}
        self._tokens: dict[Door, str] = {}
        self._seed = ((HERE / "seed.sql").read_text("utf-8") + rows).replace("{schema}", "graphile_worker")

    async def command(self, *arguments: str) -> tuple[int, str]:
        """Runs the program; its exit code and what it printed."""
        process = await asyncio.create_subprocess_exec(
            *self.program,
            *arguments,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        return process.returncode or 0, out.decode()

    async def seed(self) -> None:
        """Puts the tables back to the rows they started with."""
        await self._connection.execute(self._seed)

    async def open_doors(self, stack: AsyncExitStack, doors: Iterable[Door]) -> None:
        """Starts one server per door; they end with the stack."""
        for door in doors:
            port = free_port()
            process = await asyncio.create_subprocess_exec(
                *self.program,
                "admin",
                "--listen",
                f"127.0.0.1:{port}",
                *_FLAGS[door],
                env=self._environment,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            stack.push_async_callback(_stop, process)
            client = httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", timeout=30, headers={"accept-encoding": "identity"}
            )
            self._clients[door] = await stack.enter_async_context(client)
        for door, client in self._clients.items():
            page = await _page(client, _CREDENTIALS[door])
            self._tokens[door] = page_attributes(page).get("data-csrf") or await _session_token(
                client, _CREDENTIALS[door]
            )

    async def ask(self, case: Case) -> dict[str, Any]:
        """Sends one case on fresh rows; status, type, headers, body, and for writes what changed in the tables."""
        if not case.writes:
            return _answer(await self.send(case))
        await self.seed()
        before = await self._rows()
        answer = _answer(await self.send(case))
        return {**answer, "left": _difference(before, await self._rows())}

    async def send(self, case: Case) -> httpx.Response:
        """Sends one case on the rows as they are."""
        headers = dict(case.headers)
        kind = headers.pop("x-credentials", "right")
        if kind != "no":
            headers |= _CREDENTIALS[case.door] if kind == "right" else _WRONG[case.door]
        content: str | None = case.raw
        if case.method in ("POST", "PUT", "PATCH"):
            headers.setdefault("content-type", "application/json")
            content = json.dumps(case.body) if case.raw is None else case.raw
        if case.writes and case.csrf != "no":
            headers["x-graphile-worker-admin-csrf"] = self._tokens[case.door] if case.csrf == "right" else "0" * 48
        return await self._clients[case.door].request(case.method, case.path, content=content, headers=headers)

    async def get(self, path: str) -> Any:
        """The JSON of one read as it is, nothing taken out; the status is part of it."""
        response = await self._clients["none"].get(path)
        return {"status": response.status_code, "body": response.json()}

    async def _rows(self) -> dict[str, Any]:
        text = await self._connection.fetchval(_STATE)
        return dict(json.loads(text))


_STATE = """
select json_build_object(
  'jobs', (select json_object_agg(j.id, to_jsonb(j) - array['id', 'created_at', 'updated_at', 'is_available']
             || jsonb_build_object('task_id', t.identifier, 'job_queue_id', q.queue_name))
           from graphile_worker._private_jobs j left join graphile_worker._private_tasks t on t.id = j.task_id
           left join graphile_worker._private_job_queues q on q.id = j.job_queue_id),
  'queues', (select json_object_agg(queue_name, locked_by) from graphile_worker._private_job_queues),
  'tasks', (select json_object_agg(identifier, true) from graphile_worker._private_tasks),
  'workers', (select json_object_agg(id, true) from graphile_worker._private_workers))
"""


def _difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Rows that came, went (null) or changed (only the changed columns), per table."""
    found: dict[str, Any] = {}
    for table in after:
        old, new = before[table] or {}, after[table] or {}
        changes: dict[str, Any] = {name: None for name in old if name not in new}
        for name, row in new.items():
            if name not in old:
                changes[name if not (name.isdigit() and 1000 <= int(name) < 2000) else "new"] = row
            elif isinstance(row, dict):
                changed = {column: value for column, value in row.items() if value != old[name][column]}
                changes |= {name: changed} if changed else {}
            elif row != old[name]:
                changes[name] = {"locked_by": row}
        if changes:
            found[table] = volatile_out(changes)
    return found


def _answer(response: httpx.Response) -> dict[str, Any]:
    kind = response.headers.get("content-type", "").partition(";")[0]
    answer: dict[str, Any] = {
        "status": response.status_code,
        "type": kind or None,
        "headers": {name: response.headers[name] for name in HEADERS if name in response.headers},
    }
    if kind == "application/json":
        answer["body"] = volatile_out(response.json())
    elif kind == "text/html":
        attributes = page_attributes(response.text)
        attributes["data-csrf"] = re.sub("[0-9a-f]{48}", "<48 hex>", attributes.get("data-csrf", ""))
        answer["page"] = attributes
    elif kind.startswith("text/plain"):
        answer["text"] = response.text
    return answer


_NOW = re.compile(r"20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?(Z|\+00:00)$")


def volatile_out(value: Any) -> Any:
    """Times of today, new ids and generated tokens become their shape; everything else stays."""
    if isinstance(value, dict):
        return {key: _masked(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [volatile_out(item) for item in value]
    if isinstance(value, str) and (_NOW.match(value) or re.fullmatch(r"20[2-9]\d-\d\d-\d\dT[\d:.]+\+00:00", value)):
        return "<time>"
    return value


def _masked(key: str, value: Any) -> Any:
    if key in ("id", "task_id", "job_queue_id") and isinstance(value, int) and 1000 <= value < 2000:
        return 1000
    if key == "message" and isinstance(value, str):
        return re.sub(r"\b1\d{3}\b", "<id>", value)
    return volatile_out(value)


def page_attributes(page: str) -> dict[str, str]:
    """The `data-` attributes of #gw-admin."""
    element = re.search(r'<[^>]*id="gw-admin"[^>]*>', page)
    return dict(re.findall(r'(data-[\w-]+)="([^"]*)"', element[0])) if element else {}


async def _page(client: httpx.AsyncClient, headers: dict[str, str]) -> str:
    for _ in range(300):
        try:
            return (await client.get("/", headers=headers)).text
        except httpx.TransportError:
            await asyncio.sleep(0.1)
    raise RuntimeError("the server did not start within 30 s")


async def _session_token(client: httpx.AsyncClient, headers: dict[str, str]) -> str:
    return str((await client.get("/api/session", headers=headers)).json()["csrf_token"])


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await process.wait()


@asynccontextmanager
async def driving(
    program: Sequence[str],
    dsn: str,
    program_dsn: str | None = None,
    *,
    rows: str = "",
    doors: Iterable[Door] = tuple(_FLAGS),
    variables: Mapping[str, str] | None = None,
) -> AsyncIterator[Driver]:
    """Migrates the database of `dsn` with the program, seeds it and opens the doors.

    `program_dsn` is the same database in the program's own dialect of addresses; `rows` and `doors` as in Driver;
    `variables` are more of the program's environment.
    """
    async with AsyncExitStack() as stack:
        connection = await asyncpg.connect(dsn)
        stack.push_async_callback(connection.close)
        driver = Driver(program, {**environment(program_dsn or dsn), **(variables or {})}, connection, rows)
        code, _ = await driver.command("migrate")
        if code:
            raise RuntimeError(f"{program[0]} migrate ended with {code}")
        await driver.seed()
        await driver.open_doors(stack, doors)
        yield driver
