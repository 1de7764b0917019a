"""Case 11 and its kind: servers and poolers that answer a login, or a statement, with an error.

Whatever they answer, it is no mistake of ours: exit code 3, 503 or 403, and their own message beside our sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from graphile_worker.core.database import connection_queue
from graphile_worker.core.database.driver_errors import WORDS_MAX
from graphile_worker.worker_utils import WorkerUtils
from tests.front_door.messages import SECRETS, admin_on, check_told
from tests.support.fake_postgres import Answer, FakePostgres, asking_for, error, saying
from tests.support.table import Table

Record = Callable[[str, object], None]
STATES = sorted(
    {kind.sqlstate for kind in vars(asyncpg.exceptions).values() if re.fullmatch("[0-9A-Z]{5}", getattr(kind, "sqlstate", None) or "")}
)  # fmt: skip
OF_USERS = ["GW001", "ZZZZZ", "P0042", "45000"]
# name: what is sent, the status, words of ours, words of theirs
SAID: dict[str, tuple[Answer, int, str, str]] = {
    "Supavisor": (saying(error("XX000", "Tenant or user not found", modern=False)), 503, "refused", "Tenant or user not found"),
    "Neon, asleep for good": (
        saying(error("XX000", "The endpoint has been disabled. Enable it using the API and retry.")), 503, "refused", "disabled",
    ),
    "Neon, no SNI": (saying(error("XX000", "Endpoint ID is not specified.")), 503, "refused", "Endpoint ID is not specified"),
    "PgBouncer, database": (saying(error("08P01", 'no such database: "x"', modern=False)), 503, "refused", "no such database"),
    "PgBouncer, login": (
        saying(error("08P01", "server login failed: FATAL the database system is starting up", modern=False)), 503, "the pooler has no",
        "starting up",
    ),
    "PgBouncer, wait": (saying(error("08P01", "query_wait_timeout", modern=False)), 503, "the pooler has no", "query_wait_timeout"),
    "PgBouncer, away": (
        saying(error("08P01", "pgbouncer cannot connect to server", modern=False)), 503, "the pooler has no", "cannot connect to server",
    ),
    "PgBouncer, full": (saying(error("08P01", "no more connections allowed (max_client_conn)")), 503, "no connection left", "max_client_conn"),
    "starting up": (saying(error("57P03", "the database system is starting up")), 503, "starting up", "is starting up"),
    "no room": (saying(error("53300", "sorry, too many clients already")), 503, "no connection left", "too many clients"),
    "not accepting": (
        saying(error("55000", 'database "x" is not currently accepting connections')), 503, "accepts no connections", "accepting",
    ),
    "no such database": (saying(error("3D000", 'database "x" does not exist')), 503, "does not exist", 'database "x"'),
    "password": (saying(error("28P01", 'password authentication failed for user "x"')), 403, "refused the password", "failed for user"),
    "pg_hba.conf": (saying(error("28000", 'no pg_hba.conf entry for host "10.1.1.1"')), 403, "refused this user", "pg_hba.conf entry"),
    "no CONNECT": (saying(error("42501", 'permission denied for database "x"')), 403, "refused to begin", "permission denied"),
    "a setting": (saying(error("42704", 'unrecognized configuration parameter "x"')), 503, "refused", "unrecognized"),
    "a code of no standard": (saying(error("ABCDE", "who knows")), 503, "refused", "who knows (SQLSTATE ABCDE)"),
    "German, before an encoding": (
        saying(error("28P01", "Passwort für Nutzer".encode("latin-1"))), 403, "refused the password", "Passwort f\ufffdr Nutzer",
    ),
    "German, no such database": (saying(error("3D000", "für Sie nicht da".encode("latin-1"))), 503, "does not exist", "f\ufffdr Sie"),
    "a message of 2 GB": (saying(b"E\x7f\xff\xff\xff" + b"x" * 99), 503, "a message of 2147483647 bytes", ""),
    "a version that is none": (
        saying(b"R\0\0\0\x08\0\0\0\0S\0\0\0\x19server_version\0devel\0Z\0\0\0\x05I"), 503, "version cannot be read: devel", "",
    ),
    "two lines": (saying(error("XX000", "one\n two\x1b[31m")), 503, "refused", "one two"),
    "GSSAPI": (asking_for(7), 503, "GSSAPI", ""),
    "SSPI": (asking_for(9), 503, "GSSAPI", ""),
    "Kerberos 4": (asking_for(1), 503, "kind of login", ""),
    "a login of the future": (asking_for(99), 503, "kind of login", ""),
    "SASL of another kind": (asking_for(10, b"OAUTHBEARER\0\0"), 503, "kind of login", ""),
    "not PostgreSQL": (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), 503, "no PostgreSQL server", ""),
    "nothing": (saying(b""), 503, "could not be reached", ""),
    "half an answer": (saying(error("28P01", "x")[:9]), 503, "could not be reached", ""),
    "an empty error": (saying(b"E\0\0\0\x05\0"), 503, "", ""),
    "rubbish": (saying(bytes(range(256)) * 4), 503, "no PostgreSQL server", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
async def test_over_http(name: str, fake: FakePostgres) -> None:
    fake.answer, status, ours, theirs = SAID[name]
    async with admin_on(fake.dsn) as client:
        for path in ("/api/jobs", "/api/overview"):
            answer = await client.get(path)
            body = answer.json()
            assert (answer.status_code, ours in body["error"]) == (status, True), body
            told = f"{body.get('server', {}).get('message')} (SQLSTATE {body.get('server', {}).get('sqlstate')})"
            assert theirs in told if theirs else "server" not in body, body
            assert not [secret for secret in SECRETS if secret in body["error"] + str(body.get("hint"))]
        away = (await client.get("/api/session")).json()["warnings"][0]
        assert ours in away["message"] and ("server" in away) == bool(theirs)
        for _ in range(20):  # a page whose rows take too long to read is sent without them
            page = (await client.get("/")).text.replace("&#x27;", "'")
            if theirs.split('"')[0] in page:
                break
        else:
            pytest.fail(f"the page lacks {theirs!r}")
        for probe, code in (("/readyz", 503), ("/healthz", 200)):
            answer = await client.get(probe)
            assert answer.status_code == code
            assert re.fullmatch(r'\{"status":"(ok|unavailable)"\}', answer.text)
        assert "graphile_worker_up 0" in (await client.get("/metrics")).text


@pytest.mark.parametrize("name", SAID)
async def test_on_the_command_line(name: str, fake: FakePostgres, gw: Callable[..., Any]) -> None:
    fake.answer, _, ours, theirs = SAID[name]
    for command in ("stats", "migrate"):
        ran = await gw(fake.dsn, command)
        assert (ran.code, ran.out, ran.err.count("\n")) == (3, "", 1), ran
        assert ours.lower() in ran.err.lower() and theirs in ran.err, ran.err
        check_told(ran.err)


async def test_every_code_while_connecting(
    fake: FakePostgres, gw: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    monkeypatch.setattr(connection_queue, "BACKOFF_MAX", 0.001)
    async with admin_on(fake.dsn) as client:
        for state in [*STATES, *OF_USERS]:
            for modern in (True, False):
                fake.answer = saying(error(state, f"words of {state}", modern=modern))
                answer = await client.get("/api/jobs")
                assert answer.status_code == (403 if state[:2] == "28" or state == "42501" else 503), (
                    state,
                    answer.text,
                )
                assert answer.json()["server"] == {"message": f"words of {state}", "sqlstate": state}
            ran = await gw(fake.dsn, "stats")
            assert ran.code == 3 and f"words of {state} (SQLSTATE {state})" in ran.err, ran
            check_told(ran.err)
    record_property("figures", f"SQLSTATEs while connecting {len(STATES) + len(OF_USERS)}: all with their words")


async def test_every_code_raised_by_a_trigger(utils: WorkerUtils, dsn: str, record_property: Record) -> None:
    table = Table.of(utils)
    await table.run("create table public.code (code text)")
    await table.run("insert into public.code values ('')")
    await table.run(
        "create function {s}.raises() returns trigger language plpgsql as $$ begin"
        " raise exception 'the rule of %', (select code from public.code)"
        " using errcode = (select code from public.code), detail = 'a payload', hint = 'Ask us.'; end $$;"
        "create trigger raises before insert on {s}._private_jobs for each row execute function {s}.raises()"
    )
    kinds: Counter[int] = Counter()
    async with admin_on(dsn) as client:
        for state in [*STATES, *OF_USERS]:
            await table.pool.execute("update public.code set code = $1", state)
            answer = await client.post("/api/jobs", json={"identifier": "t"})
            body = answer.json()
            assert answer.status_code in (400, 403, 409, 503), (state, body)
            assert body["server"] == {"message": f"the rule of {state}", "sqlstate": state, "hint": "Ask us."}, body
            assert "a payload" not in answer.text
            kinds[answer.status_code] += 1
    record_property(
        "figures", f"SQLSTATEs raised by a trigger {kinds.total()}: all with their words, by status {dict(kinds)}"
    )


@pytest.fixture
async def refusing(utils: WorkerUtils) -> WorkerUtils:
    """Job 2 is refused by a trigger that quotes its payload, and by a constraint."""
    table = Table.of(utils)
    await utils.add_job("t", {})
    await utils.add_job("t", {"card": "4111"})
    await table.run(
        "create function {s}.refuses() returns trigger language plpgsql as $$ begin"
        " raise exception 'not %', (select payload from {s}._private_jobs where id = new.id); end $$;"
        "create trigger refuses before update on {s}._private_jobs for each row when (new.id = 2)"
        " execute function {s}.refuses()"
    )
    return utils


async def test_a_trigger_s_words_are_in_the_results(refusing: WorkerUtils, dsn: str, gw: Callable[..., Any]) -> None:
    async with admin_on(dsn) as client:
        answer = await client.post("/api/jobs/action", json={"action": "reschedule", "ids": [1, 2], "priority": 3})
    done, refused = answer.json()["results"]
    assert (done["outcome"], refused["outcome"]) == ("done", "refused")
    assert refused["reason"] == (
        'a trigger or a function of the database refuses this: not {"card": "4111"} (SQLSTATE P0001)'
    )
    ran = await gw(dsn, "reschedule", "1", "2", "--priority", "4")
    assert ran.code == 1 and 'not {"card": "4111"} (SQLSTATE P0001)' in ran.err


async def test_who_must_not_see_payloads_sees_no_words_about_statements(utils: WorkerUtils, dsn: str) -> None:
    """A policy on a view is a function that may say anything; what the server says of a login hides nothing."""
    table = Table.of(utils)
    await utils.add_job("t", {"card": "4111"})
    await table.run(
        "create function public.tells(json) returns boolean language plpgsql as $$ begin"
        " raise exception 'a card: %', $1 using hint = 'not with ' || $1; end $$"
    )
    for visible in (True, False):
        async with admin_on(dsn, redact=("all",), read_only=not visible, freshness=0) as client:
            assert (await client.get("/api/jobs")).status_code == 200  # the schema is known to be right
            await table.run("alter table {s}._private_jobs rename to hidden")
            await table.run("create view {s}._private_jobs as select * from {s}.hidden where public.tells(payload)")
            for path in ("/api/jobs", "/api/jobs/1", "/api/tasks"):
                answer = await client.get(path)
                assert (answer.status_code, "4111" in answer.text) == (409, visible), answer.text
                assert visible or answer.json()["server"] == {"message": "hidden from viewers", "sqlstate": "P0001"}
            await table.run("drop view {s}._private_jobs")
            await table.run("alter table {s}.hidden rename to _private_jobs")


async def test_what_a_server_says_is_bounded_and_shows_no_password(fake: FakePostgres, gw: Callable[..., Any]) -> None:
    fake.answer = saying(error("XX000", "postgresql://a:geheim99@h/d password=geheim99 " + "x" * 60_000))
    async with admin_on(fake.dsn) as client:
        body = (await client.get("/api/jobs")).json()
    assert len(body["server"]["message"]) <= WORDS_MAX + 1
    assert "geheim99" not in str(body)
    check_told((await gw(fake.dsn, "stats")).err)
