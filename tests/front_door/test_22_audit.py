"""Case 22: whoever changes the queue leaves a trace, and so does whoever is kept from it.

The kind: every request with a method that may write, whatever becomes of it (done, refused by any guard, failed, cut off),
has exactly one line, which holds no payload, no secret and nothing that a terminal or a reader of lines could be misled by.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.requests import Request

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, AdminUser, create_app
from graphile_worker.admin.server.app import ROUTES
from graphile_worker.admin.server.audit.audit_guard import Audit, Refusals
from graphile_worker.admin.server.audit.audit_notes import _MEMBERS, without_texts
from graphile_worker.admin.server.audit.events import LINE_BYTES_MAX, AuditEvent, to_log
from graphile_worker.admin.server.limits.throttle import FailureWindow
from tests.front_door.auditing import Audited

SECRET = "s3cretpayload"
BODIES: dict[str, dict[str, Any]] = {
    "/api/jobs": {"identifier": "t", "key": "k", "payload": {"a": SECRET}},
    "/api/jobs/action": {"action": "fail", "ids": [1, 2, 9999], "reason": SECRET},
    "/api/jobs/payload": {"id": 1, "payload": {"a": SECRET}, "expected_payload": "{}"},
    "/api/jobs/remove-by-key": {"key": "k"},
    "/api/jobs/bulk": {"action": "retry", "filter": {"state": "failed", "search": SECRET, "error": [SECRET]}},
    "/api/maintenance": {"action": "force-unlock", "worker_ids": ["w1"]},
}
ABOUT: dict[str, dict[str, Any]] = {
    "/api/jobs": {"action": "add", "identifier": "t", "key": "k", "ids": [3], "ids_count": 1, "outcomes": {"new": 1}},
    "/api/jobs/action": {
        "action": "fail", "ids": [1, 2, 9999], "ids_count": 3, "outcomes": {"done": 2, "not_found": 1},
    },
    "/api/jobs/payload": {"action": "change-payload", "ids": [1], "ids_count": 1, "outcomes": {"done": 1}},
    "/api/jobs/remove-by-key": {"action": "remove-by-key", "key": "k", "outcomes": {"not_found": 1}},
    "/api/jobs/bulk": {
        "action": "retry", "filter": {"state": "failed", "search_length": len(SECRET), "error_count": 1},
        "outcomes": {}, "ids": [], "ids_count": 0,
    },
    "/api/maintenance": {"action": "force-unlock", "worker_ids": ["w1"], "worker_ids_count": 1},
}  # fmt: skip


def test_every_route_that_writes_is_in_the_table() -> None:
    writing = {route.path for route in ROUTES if set(route.methods or ()) - {"GET", "HEAD"}}
    assert writing == set(BODIES) == set(ABOUT)


@pytest.mark.parametrize("path", BODIES)
async def test_a_write_has_one_line_with_what_was_done(path: str, utils: WorkerUtils) -> None:
    await utils.add_job("t"), await utils.add_job("t")
    admin = Audited(utils)
    answer = await admin.post(path, BODIES[path], **{"x-request-id": "proxy-7f"})
    assert answer.status_code == 200 and answer.headers["x-request-id"] == "proxy-7f", answer.text
    (line,) = admin.lines
    assert line.items() >= ABOUT[path].items()
    database = await utils.database.pool.fetchval("select current_database()")
    assert line.items() >= {
        "audit": "write", "outcome": "done", "status": 200, "user": "admin", "auth": "basic", "source": "10.0.0.1",
        "database": database, "schema": "graphile_worker", "path": path, "request_id": "proxy-7f",
    }.items()  # fmt: skip
    assert line["time"].endswith("Z") and SECRET not in admin.raw[0]


def _viewer(request: Request) -> AdminUser | None:
    return AdminUser("ada", ["read"]) if "x-user" in request.headers else None


Asked = Callable[[WorkerUtils], Awaitable[tuple[Audited, httpx.Response]]]


def refused(
    body: Any = None, *, options: dict[str, Any] | None = None, path: str = "/api/jobs/action", **headers: str
) -> Asked:
    async def ask(utils: WorkerUtils) -> tuple[Audited, httpx.Response]:
        admin = Audited(utils, **(options or {}))
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return admin, await admin.post(path, BODIES[path] if body is None else body, **sent)

    return ask


REFUSALS: dict[str, tuple[Asked, int, str, str | None]] = {
    "csrf": (refused(x_graphile_worker_admin_csrf="0" * 48), 403, "csrf", "admin"),
    "cross site": (refused(sec_fetch_site="cross-site"), 403, "cross_site", "admin"),
    "read only": (refused(options={"read_only": True}), 403, "read_only", "admin"),
    "no right": (refused(options={"auth": AdminAuthConfig.host(_viewer)}, x_user="1"), 403, "right_missing", "ada"),
    "wrong password": (refused(authorization="Basic eDp5"), 401, "unauthorized", None),
    "another host": (refused(options={"allowed_hosts": ["a.example"]}, host="b.example"), 421, "host_not_allowed", None),
    "no JSON": (refused(b"{"), 400, "invalid_input", "admin"),
    "a wrong member": (refused({"action": "fail", "ids": ["x"]}), 400, "invalid_input", "admin"),
    "another media type": (refused(content_type="text/plain"), 415, "unsupported_media_type", "admin"),
    "too long": (refused(b" " * 3_000_000), 413, "body_too_large", "admin"),
    "no such route": (refused({}, path="/api/jobs/action/"), 404, "not_found", "admin"),
    "another method": (refused({}, path="/api/overview"), 405, "method_not_allowed", "admin"),
}  # fmt: skip


@pytest.mark.parametrize("name", [*REFUSALS])
async def test_a_refused_write_has_one_line(name: str, utils: WorkerUtils) -> None:
    ask, status, code, user = REFUSALS[name]
    admin, answer = await ask(utils)
    assert answer.status_code == status, answer.text
    (line,) = admin.lines
    assert line.items() >= {"audit": "refused", "outcome": "refused", "status": status, "code": code}.items()
    assert (
        line.get("user") == user and line["request_id"] == answer.headers["x-request-id"] and SECRET not in admin.raw[0]
    )


async def test_a_refusal_by_rights_tells_what_was_asked_for(utils: WorkerUtils) -> None:
    admin, _ = await REFUSALS["no right"][0](utils)
    assert admin.lines[0].items() >= {"action": "fail", "ids": [1, 2, 9999], "role": "viewer", "auth": "host"}.items()


async def test_reading_leaves_no_line(utils: WorkerUtils) -> None:
    admin = Audited(utils)
    async with admin.client() as client:
        for path in ("/", "/api/jobs", "/api/overview", "/nothing"):
            await client.get(path)
    async with admin.client(known=False) as stranger:
        assert (await stranger.get("/api/jobs")).status_code == 401
    assert admin.lines == []


async def test_a_dry_run_says_that_it_is_one(utils: WorkerUtils) -> None:
    admin = Audited(utils)
    await admin.post("/api/jobs/bulk", {"action": "retry", "filter": {"state": "all"}, "dry_run": True})
    await admin.post("/api/maintenance", {"action": "cleanup", "dry_run": True})
    assert [line["dry_run"] for line in admin.lines] == [True, True]


async def test_a_write_that_is_cut_off_has_a_line(utils: WorkerUtils, dsn: str) -> None:
    """As a server that stops cancels it, while the database holds it up."""
    job = await utils.add_job("t", key="held")
    admin = Audited(utils)
    await admin.post("/api/jobs/remove-by-key", {"key": "nothing"})
    holder = await asyncpg.connect(dsn)
    try:
        async with holder.transaction():
            await holder.execute("lock table graphile_worker._private_jobs in access exclusive mode")
            writing = asyncio.create_task(admin.post("/api/jobs/action", {"action": "complete", "ids": [job.id]}))
            waits = (
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
            )
            while not (writing.done() or await utils.database.pool.fetchval(waits)):
                await asyncio.sleep(0.02)
            writing.cancel()
            await asyncio.wait([writing])
    finally:
        await holder.close()
    assert admin.lines[1].items() >= {
        "audit": "write", "outcome": "unknown", "code": "cancelled", "action": "complete", "ids": [job.id],
    }.items()  # fmt: skip
    assert "status" not in admin.lines[1]


async def test_a_write_that_breaks_has_a_line(utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(WorkerUtils, "retry", broken)
    admin = Audited(utils)
    assert (await admin.post("/api/jobs/action", {"action": "retry", "ids": [1]})).status_code == 500
    (line,) = admin.lines
    assert line.items() >= {"status": 500, "outcome": "unknown", "code": "internal_error"}.items()
    assert SECRET not in admin.raw[0]


async def test_a_flood_of_strangers_has_few_lines_and_a_count(utils: WorkerUtils) -> None:
    admin = Audited(utils)
    for number in range(300):
        async with admin.client(known=False, source=f"10.0.{number % 40}.1") as stranger:
            await stranger.post("/api/jobs", json={})
    assert len(admin.lines) == Refusals.ALL_MAX
    audit = next(one.audit for one in _guards(admin.app) if isinstance(getattr(one, "audit", None), Audit))
    audit.close()
    assert admin.lines[-1].items() >= {"audit": "refused", "more": 100, "seconds": 60}.items()
    for _ in range(30):  # who was let in always has a line
        await admin.post("/api/jobs/action", {"action": "fail", "ids": []})
    assert len(admin.lines) == Refusals.ALL_MAX + 1 + 30


async def test_a_window_whose_event_loop_ended_is_over_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    refusals = Refusals(counted.append)

    async def flood() -> list[bool]:
        return [refusals.admit("10.0.0.1") for _ in range(12)]

    def in_a_loop_of_its_own() -> list[bool]:
        return asyncio.run(flood())

    expected = [True] * Refusals.EACH_MAX + [False] * 2
    assert await asyncio.to_thread(in_a_loop_of_its_own) == expected
    assert await asyncio.to_thread(in_a_loop_of_its_own) == [False] * 12  # the same window
    later = time.monotonic() + Refusals.SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert await asyncio.to_thread(in_a_loop_of_its_own) == expected
    assert counted == [14]
    refusals.close()
    assert counted == [14, 2]


@pytest.mark.parametrize("prefix", ["", "/queue"])
@pytest.mark.parametrize("made", ["at once", "at the first request"])
async def test_the_end_of_the_lifespan_ends_the_windows(made: str, prefix: str, utils: WorkerUtils) -> None:
    admin = Audited(utils, prefix=prefix)

    async def config() -> AdminServerConfig:
        return admin.config

    if made == "at the first request":
        admin.app = create_app(config)
    for _ in range(Refusals.EACH_MAX + 3):
        async with admin.client(known=False) as stranger:
            assert (await stranger.post(f"{prefix}/api/jobs", json={})).status_code == 401
    messages = iter(["lifespan.startup", "lifespan.shutdown"])
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": next(messages)}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await admin.app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert admin.lines[-1].items() >= {"audit": "refused", "more": 3}.items()


async def test_a_window_of_failed_logins_has_one_line(utils: WorkerUtils) -> None:
    admin = Audited(utils)
    async with admin.client(known=False, source="10.1.1.1") as stranger:
        for number in range(12):
            await stranger.get("/api/session", auth=("admin", f"{SECRET}{number}"))
    audit = next(one.audit for one in _guards(admin.app) if isinstance(getattr(one, "audit", None), Audit))
    audit.close()
    (line,) = admin.lines
    numbers = {"tries": 12, "evaluated": 12, "seconds": 60, "sources": 1, "busiest": {"10.1.1.1": 12}}
    assert line.items() >= ({"audit": "failed_logins", "auth": "basic"} | numbers).items()
    assert SECRET not in admin.raw[0]


def _guards(app: Any) -> list[Any]:
    found = []
    while app is not None:
        found.append(app)
        app = getattr(app, "app", None)
    return found


HOSTILE = [
    "a\nb",
    "\r\x1b[2J",
    "\x9b31m",
    "\x7f",
    "\u202eevil",
    "\x00",
    "\udc80\ud800",
    "😀" * 5000,
    '"}\n{"audit":"write"}',
    "\u2028",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_text_makes_a_second_line_or_reaches_a_terminal(text: str, utils: WorkerUtils) -> None:
    """In bodies, header lines and addresses; Audited holds each line to its form."""
    admin = Audited(utils)
    raw = text.encode("utf-8", "surrogatepass")
    path = "/api/" + "".join(f"%{byte:02x}" for byte in raw[:900])
    for body in (
        {"key": text[:500]}, {"action": "force-unlock", "worker_ids": [text[:900]] * 100},
        {"action": "retry", "filter": {"state": "all", "queue": [text[:900]] * 150}},
    ):  # fmt: skip
        for where in ("/api/jobs/remove-by-key", "/api/maintenance", "/api/jobs/bulk"):
            await admin.post(where, body)
    await admin.post(path, {})
    assert len(admin.lines) == 10
    event = AuditEvent(
        kind="write", time="t", auth="host", user=text, role=text, source=text, db=text, database=text, schema=text,
        action=text, path=text, code=text, request_id=text, about={text or "x": [text] * 50, "outcomes": {text: 1}},
    )  # fmt: skip
    line = event.line()
    assert line.isascii() and line.isprintable() and len(line) <= LINE_BYTES_MAX


@pytest.mark.parametrize("given", ["a\x1b[2J", "a b", "x" * 65, "", "ü", '"', "a\x7f"])
async def test_an_id_of_a_request_that_is_not_harmless_is_made_anew(given: str, utils: WorkerUtils) -> None:
    admin = Audited(utils)
    async with admin.client() as client:
        answer = await client.get("/healthz", headers=[(b"x-request-id", given.encode())])
        twice = await client.get("/healthz", headers=[("x-request-id", "a"), ("x-request-id", "b")])
        assert (await client.get("/healthz", headers={"x-request-id": "ab-1_2.3:4"})).headers[
            "x-request-id"
        ] == "ab-1_2.3:4"
    for one in (answer, twice):
        assert len(one.headers["x-request-id"]) == 12 and int(one.headers["x-request-id"], 16) >= 0


async def test_a_sink_that_fails_breaks_no_write_and_is_told_of_once(
    utils: WorkerUtils, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(event: AuditEvent) -> None:
        raise OSError("the disk is full")

    admin = Audited(utils, audit=failing)
    for _ in range(3):
        assert (await admin.post("/api/jobs", {"identifier": "x"})).status_code == 200
    assert [one for one in caplog.messages if "audit" in one] == ["audit events are lost: OSError: the disk is full"]


async def test_without_a_sink_of_its_own_an_application_finds_the_events_in_its_log(
    utils: WorkerUtils, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "graphile_worker.audit")
    admin = Audited(utils, audit=to_log)
    await admin.post("/api/jobs", {"identifier": "x"})
    await Audited(utils, audit=None).post("/api/jobs", {"identifier": "x"})
    (record,) = [one for one in caplog.records if one.name == "graphile_worker.audit"]
    assert '"action":"add"' in record.getMessage()
    assert AdminServerConfig(utils.database.pool, utils).audit is to_log


def test_no_member_that_may_hold_a_payload_is_written() -> None:
    assert not {"payload", "reason", "last_error", "expected", "search"} & set(_MEMBERS)
    assert without_texts({"search": "abc", "error": ["x", "y"], "queue": ["q"]}) == {
        "search_length": 3, "error_count": 2, "queue": ["q"],
    }  # fmt: skip


def test_a_window_without_a_try_has_no_line() -> None:
    told: list[Any] = []
    FailureWindow(60, lambda **numbers: told.append(numbers)).close()
    assert told == []
