"""Suite 4: routes, methods, modes and headers against one table of what must come out; nothing is written."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from itertools import groupby
from typing import Any

import pytest
from starlette.types import ASGIApp, Message

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminServerConfig, create_app
from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.server.app import ROUTES
from graphile_worker.admin.server.http.paths import is_asset
from graphile_worker.admin.server.limits.throttle import Throttle
from graphile_worker.admin.server.live import streams
from graphile_worker.admin.server.security.csrf import Csrf
from graphile_worker.admin.server.security.guards import SECURITY_HEADERS
from graphile_worker.core.database.transactions import Pool, connect
from tests.hardening.matrix import HEADER_SETS, HOST, KNOWN, QUERIES, WRITES, Case, Pairs, cases, doors
from tests.hardening.volume import volume
from tests.support.table import Table

CANARY = "canary-of-the-queue"
STRIDE = volume(79, 1)  # of what is no write; prime to the numbers of methods, paths and sets of headers
TABLES = ("jobs", "job_queues", "tasks", "known_crontabs")


@pytest.fixture(autouse=True)
def unbounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of wrong credentials are tried: their limits, which other tests prove, are out of the way."""
    for name in ("LIMIT", "SPARE", "CEILING"):
        monkeypatch.setattr(Throttle, name, 10**9)
    monkeypatch.setattr(streams, "LIFETIME_SECONDS", 0.0)


async def ask(
    app: ASGIApp, method: str, path: str, headers: Pairs, body: bytes, scheme: str = "http"
) -> tuple[int, dict[str, str], bytes]:
    """One request, as a server passes it on: also one without Host, or with two."""
    sent, parts, over = iter((body,)), [], asyncio.Event()
    started: dict[str, Any] = {}

    async def receive() -> Message:
        for part in sent:
            return {"type": "http.request", "body": part}
        await over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                over.set()

    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "scheme": scheme, "path": path, "raw_path": path.encode(),
        "query_string": QUERIES.get(path, b""), "root_path": "", "headers": pairs,
        "client": ("192.0.2.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    await app(scope, receive, send)
    return started["status"], {n.decode(): v.decode() for n, v in started["headers"]}, b"".join(parts)


async def state_of(pool: Pool, schema: str) -> list[str]:
    """Every row, and every sequence, of the schema."""
    quoted = Table(pool, f'"{schema}"')
    rows = [
        str(await pool.fetchval(f"select array_agg(t::text order by t::text) from {quoted.schema}._private_{name} t"))
        for name in TABLES
    ]
    sequences = "select array_agg(s::text order by s::text) from pg_sequences s where schemaname = $1"
    return [*rows, str(await pool.fetchval(sequences, schema))]


async def writes_of(dsn: str, schema: str) -> int:
    """Rows inserted, updated and deleted so far, rolled back ones included, as PostgreSQL counts them.

    It counts for certain what connections did that are closed.
    """
    pool = await connect(dsn)
    try:
        sql = "select sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint from pg_stat_user_tables where schemaname = $1"
        return int(await pool.fetchval(sql, schema))
    finally:
        await pool.close()


async def seed(dsn: str, schema: str) -> None:
    """Two jobs: 1 has failed, 2 has a key."""
    pool = await connect(dsn)
    utils = WorkerUtils(pool, schema)
    await utils.add_job(CANARY, {"secret": CANARY}, queue=CANARY)
    await utils.add_job(CANARY, key="key-of-2")
    await Table.of(utils).run(
        "update {s}._private_jobs set attempts = max_attempts, last_error = $1 where id = 1", CANARY
    )
    await utils.add_job("unused")  # a task that cleanup may remove
    await Table.of(utils).run("delete from {s}._private_jobs where id = 3")
    await pool.close()


def problem(case: Case, status: int, headers: dict[str, str], body: bytes, csrf: Csrf) -> str | None:
    """What is wrong with an answer."""
    expected, code = case.expected()
    if status != expected:
        return f"{status} in place of {expected}: {body[:200]!r}"
    if status >= 400 and case.method != "HEAD" and json.loads(body)["code"] != code:
        return f"{body[:200]!r} in place of {code}"
    if any(headers.get(name.lower()) != value for name, value in SECURITY_HEADERS.items()):
        return f"security headers are missing: {headers}"
    stored = "public, max-age=3600" if is_asset(case.path) and status == 200 else "no-store"
    if headers["cache-control"] != stored:
        return f"cache-control is {headers['cache-control']}"
    if not case.authorized or status >= 400:
        if CANARY.encode() in body:
            return "a refusal holds a job"
        if any(csrf.accepts(word) for word in re.findall(r"\b[0-9a-f]{48}\b", body.decode("latin-1"))):
            return "a refusal holds a CSRF token"
    return None


def test_the_table_has_every_route() -> None:
    assert {route.path for route in ROUTES if "POST" in (route.methods or ())} == set(WRITES)
    assert len(HEADER_SETS) >= 32 and len({one.name for one in HEADER_SETS}) == len(HEADER_SETS)
    assert len({case.expected() for case in cases()}) == 11  # each row of the table applies somewhere


async def test_every_combination_is_answered_as_the_table_says(
    dsn: str, schema_name: str, record_property: Any
) -> None:
    await seed(dsn, schema_name)
    counted = await writes_of(dsn, schema_name)
    pool = await connect(dsn)
    before = await state_of(pool, schema_name)
    utils, wrong, answers = WorkerUtils(pool, schema_name), [], Counter[str]()
    chosen = [case for number, case in enumerate(cases()) if case.is_write or number % STRIDE == 0]
    for door, of_door in groupby(chosen, lambda case: case.door):
        config = AdminServerConfig(
            pool, utils, auth=door.auth, read_only=door.read_only, allowed_hosts=[HOST], freshness=600.0
        )
        app, csrf = create_app(config), Csrf(door.auth.secret)
        if door.auth.secret is None:
            csrf = await own_csrf(app, door.carrier, door.value)
        for case in of_door:
            refused = case.expected() != (400, "invalid_input")
            # what must be refused would change something if it were let through
            body = WRITES.get(case.path, ("", {"identifier": "written"}))[1] if refused else {}
            sent = case.headers.build(door, csrf)
            content = json.dumps(body).encode()
            status, headers, content = await ask(app, case.method, case.path, sent, content, case.headers.scheme)
            answers[str(status)] += 1
            found = problem(case, status, headers, content, csrf)
            if found:
                wrong.append(f"{door.name}: {case.method} {case.path}, {case.headers.name}: {found}")
    assert not wrong, f"{len(wrong)} of {len(chosen)}:\n" + "\n".join(wrong[:40])
    assert await state_of(pool, schema_name) == before
    await pool.close()
    assert await writes_of(dsn, schema_name) == counted
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(answers.items()))
    assert len(chosen) >= 3000 and "429" not in answers
    record_property("figures", f"guard combinations {len(chosen)}, as the table {len(chosen)}, writes 0 ({statuses})")


async def own_csrf(app: ASGIApp, carrier: str, value: str) -> Csrf:
    """Makes the tokens of an admin that has no secret: derived from the one in its session."""
    more = [(carrier, value)] if carrier else []
    _, _, body = await ask(app, "GET", "/api/session", [("host", HOST), *more], b"")
    return Borrowed(json.loads(body)["csrf_token"])


class Borrowed(Csrf):
    """Makes and knows the tokens of the process that made `token`."""

    def __init__(self, token: str) -> None:
        super().__init__(None)
        raw = bytes.fromhex(token)
        half = len(raw) // 2
        self.__dict__["_derived"] = bytes(a ^ b for a, b in zip(raw[:half], raw[half:], strict=True))


@pytest.mark.parametrize("path", WRITES)
async def test_the_same_writes_change_rows_when_they_are_let_through(dsn: str, schema_name: str, path: str) -> None:
    """The bodies of the matrix are right, and the count of writes notices them."""
    await seed(dsn, schema_name)
    counted = await writes_of(dsn, schema_name)
    pool = await connect(dsn)
    before = await state_of(pool, schema_name)
    door = next(iter(doors()))
    app = create_app(AdminServerConfig(pool, WorkerUtils(pool, schema_name), auth=door.auth, allowed_hosts=[HOST]))
    sent = HEADER_SETS[0].build(door, Csrf(door.auth.secret))
    assert any(name == CSRF_HEADER for name, _ in sent) and path in KNOWN
    status, _, content = await ask(app, "POST", path, sent, json.dumps(WRITES[path][1]).encode())
    assert status == 200, content
    assert await state_of(pool, schema_name) != before
    await pool.close()
    assert await writes_of(dsn, schema_name) > counted
