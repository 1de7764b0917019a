"""Case 11 and its kind: servers and poolers that answer a login, or a statement, with an error.

Whatever they answer, it is no mistake of ours: exit code 3, 503 or 403, and their own message beside our sentence.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from graphile_worker.cli.main import main
from graphile_worker.core.database import connection_queue
from graphile_worker.core.database.driver_errors import WORDS_MAX, interrupted
from graphile_worker.core.database.transactions import Database, connect
from graphile_worker.core.exceptions import DatabaseUnavailable, GraphileWorkerError, InvalidInput
from graphile_worker.worker_utils import WorkerUtils
from tests.cli.support import Ran, rows
from tests.hardening.servers import bouncer, memory_folder
from tests.server.listening import served
from tests.support.certificates import Certificates
from tests.support.fake_postgres import Answer, FakePostgres, asking_for, error, fake_postgres, saying
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
SECRETS = ("geheim99", "127.0.0.1", "someone", "somewhere")


@pytest.fixture
async def fake() -> AsyncIterator[FakePostgres]:
    """A server that says what a test makes it say."""
    async with fake_postgres(saying(b"")) as fake:
        yield fake


@asynccontextmanager
async def admin_on(dsn: str, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The admin with this address as its database, for a client that may write."""
    pool = await connect(dsn, max_connections=2)
    async with served(WorkerUtils(pool), **options) as address:
        async with httpx.AsyncClient(base_url=address, timeout=30) as client:
            session = (await client.get("/api/session")).json()
            client.headers[session["csrf_header"]] = session["csrf_token"]
            yield client
    pool.terminate()


@pytest.fixture
def gw(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Runs the command line in a thread."""

    def run(arguments: tuple[str, ...]) -> int:
        try:
            main(list(arguments))
        except SystemExit as ended:
            return int(ended.code or 0)
        raise AssertionError("main ends with SystemExit")

    async def ran(dsn: str, *arguments: str) -> Ran:
        monkeypatch.setenv("DATABASE_URL", dsn)
        code = await asyncio.to_thread(run, arguments)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return ran


def check_told(text: str) -> None:
    """Neither a fault of ours nor a secret."""
    assert "mistake of ours" not in text and "Traceback" not in text
    for secret in SECRETS[:1]:
        assert secret not in text


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


# name: the first and last day, the host of the certificate, words of ours
TLS = {
    "expired": ((-9, -1), "127.0.0.1", "certificate has expired"),
    "another host": ((-1, 9), "elsewhere.test", "it is for another host name"),
    "another address": ((-1, 9), "127.0.0.9", "it is for another host name"),
    "unknown": ((-1, 9), "127.0.0.1", "certificate is not trusted"),
    "none": (None, "", "does not offer TLS"),
}


@pytest.mark.parametrize("name", TLS)
async def test_certificates(name: str, fake: FakePostgres, gw: Callable[..., Any], tmp_path: Path) -> None:
    """Where TLS fails, the reason is told, over HTTP without the host."""
    days, host, words = TLS[name]
    ours, theirs = Certificates(tmp_path), Certificates(tmp_path)
    root = tmp_path / "root.crt"
    ours.authority.cert_pem.write_to_path(str(root))
    if days is not None:
        maker = theirs if name == "unknown" else ours
        fake.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        fake.tls.load_cert_chain(*maker.pair(starts=days[0], ends=days[1], names=[host]))
    dsn = fake.dsn + f"?sslmode=verify-full&sslrootcert={root}"
    ran = await gw(dsn, "stats")
    assert ran.code == 3 and words in ran.err, ran
    check_told(ran.err)
    async with admin_on(dsn) as client:
        body = (await client.get("/api/jobs")).json()
    told = f"{body['error']} {body['hint']}"
    assert body["code"] == "database_unavailable" and words in told and "127.0.0" not in told


# sslmode, what a program that is no PostgreSQL answers (None: it closes the connection), words of ours
STRANGERS = [
    ("prefer", b"HTTP/1.1 400 Bad Request\r\n\r\n", "no PostgreSQL server"),
    ("prefer", b"SSH-2.0-OpenSSH_9.2\r\n", "no PostgreSQL server"),
    ("require", b"HTTP/1.1 400 Bad Request\r\n\r\n", "another program may listen there"),
    ("disable", b"HTTP/1.1 400 Bad Request\r\n\r\n", "no PostgreSQL server"),
    ("prefer", None, "the connection was closed before an answer"),
    ("disable", None, "the connection was closed"),
]


@pytest.mark.parametrize(("mode", "answer", "words"), STRANGERS)
async def test_another_program_listens_there(
    mode: str, answer: bytes | None, words: str, gw: Callable[..., Any]
) -> None:
    async def stranger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer or b"")
        writer.close()

    async with await asyncio.start_server(stranger, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        ran = await gw(f"postgresql://u:geheim99@127.0.0.1:{port}/d?sslmode={mode}", "stats")
    assert ran.code == 3 and words in ran.err, ran
    check_told(ran.err)


async def test_real_servers(dsn: str, gw: Callable[..., Any]) -> None:
    """What PostgreSQL itself refuses: a limit, a database that is closed, a password, a database, a role that may not connect."""
    name, host = dsn.rpartition("/")[2].partition("?")[0], dsn.rpartition("@")[2].partition("/")[0]
    as_full = f"postgresql://full:geheim99@{host}/"
    await rows(dsn, "drop role if exists full")
    await rows(dsn, "create role full login password 'geheim99' connection limit 0")
    await rows(dsn, "create database closed_to_all")
    await rows(dsn, "alter database closed_to_all allow_connections false")
    await rows(dsn, f'revoke connect on database "{name}" from public')
    try:
        wanted = {
            as_full + "postgres": 'too many connections for role "full" (SQLSTATE 53300)',
            as_full + name: "SQLSTATE",
            as_full.replace("geheim99", "geheim98") + "postgres": "password authentication failed",
            dsn.rpartition("/")[0] + "/closed_to_all": "is not currently accepting connections (SQLSTATE 55000)",
            dsn.rpartition("/")[0] + "/not_there": 'database "not_there" does not exist (SQLSTATE 3D000)',
        }
        for address, words in wanted.items():
            ran = await gw(address, "stats")
            assert ran.code == 3 and words in ran.err, ran
            check_told(ran.err)
            async with admin_on(address) as client:
                answer = await client.get("/api/jobs")
            assert (
                answer.status_code in (403, 503)
                and words.partition(" (SQL")[0] in answer.json()["server"]["message"] + "SQLSTATE"
            )
    finally:
        await rows(dsn, "drop role full")
        await rows(dsn, "drop database closed_to_all")


async def test_a_real_pgbouncer(dsn: str, gw: Callable[..., Any]) -> None:
    """Whose server is away, and whose server refuses the password."""
    nowhere = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", dsn)
    refused = re.sub(r"postgres:[^@]+@", "postgres:geheim99@", dsn)
    with memory_folder() as folder:
        for place, words in ((nowhere, "query_wait_timeout"), (refused, "password authentication failed")):
            more = "query_wait_timeout = 1\n"
            with bouncer(place, folder / words, "transaction", more) as address:
                ran = await gw(address, "stats")
                assert ran.code == 3 and "The server's message: " in ran.err and words in ran.err, ran
                check_told(ran.err)
                async with admin_on(address) as client:
                    answer = await client.get("/api/jobs")
                assert answer.status_code in (403, 503)


async def test_an_error_of_ours_out_of_a_pool_s_own_connect_stays_what_it_is(dsn: str) -> None:
    """As where the address is resolved again for each connection; it is not its own cause."""

    async def refuse(*_: Any, **__: Any) -> Any:
        raise InvalidInput("database-url", "names a service that is not there")

    pool = await asyncpg.create_pool(dsn, min_size=0, connect=refuse)
    for _ in range(3):
        with pytest.raises(InvalidInput) as raised:
            await Database(pool).connections.acquire()
        assert raised.value.__cause__ is None and not interrupted(raised.value)
    pool.terminate()


async def test_whatever_the_driver_raises_while_connecting_is_an_error_of_ours(dsn: str) -> None:
    """Also what no driver should raise, and then nothing of its text, which may hold a password."""
    kinds = [
        asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.ClientConfigurationError, asyncpg.PostgresError,
        asyncpg.TargetServerAttributeNotMatched, asyncpg.ProtocolError, OSError, TimeoutError, ConnectionResetError,
        RuntimeError, KeyError, AttributeError, NotImplementedError, AssertionError,
    ]  # fmt: skip
    for kind in kinds:

        async def refuse(*_: Any, error: type[Exception] = kind, **__: Any) -> Any:
            raise error("geheim99")

        pool = await asyncpg.create_pool(dsn, min_size=0, connect=refuse)
        with pytest.raises(GraphileWorkerError) as raised:
            await Database(pool).connections.acquire()
        pool.terminate()
        assert isinstance(raised.value, (DatabaseUnavailable, InvalidInput)), kind
        assert raised.value.__cause__ is None or isinstance(raised.value.__cause__, kind)
        if kind in (RuntimeError, KeyError, AttributeError, NotImplementedError, AssertionError):
            assert "geheim99" not in f"{raised.value} {raised.value.hint} {raised.value.detail}"
