"""Errors of real programs: each group holds what a person would put together, and a variant is one text of it."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from graphile_worker.admin.api.sql import LISTS
from graphile_worker.admin.api.tables import samples
from graphile_worker.core.sql.loader import fill
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door
from tests.server.test_errors import fail, matching_everywhere
from tests.support.table import Table

JAVA = "\n".join(f"\tat com.acme.Step{n}.run(Step{n}.java:{n})" for n in range(40))
FRAME = '\n\n  10 async function run() {\n→ 11   await prisma.user.create({\n         data: {\n           email: "a@b.c"\n         }\n       })\n'
PYTHON = 'Traceback (most recent call last):\n  File "/app/job.py", line {n}, in run\n    call()\n'
GROUPS = {
    # Node and HTTP clients
    "Request failed with status code 404": "Request failed with status code 404",
    "Request failed with status code 500": "Request failed with status code 500",
    "HTTP 503 Service Unavailable": "HTTP 503 Service Unavailable",
    "HTTP/1.1 502 Bad Gateway after 31 ms": "HTTP/1.1 502 Bad Gateway after … ms",
    "Error: SMTP 550 mailbox unavailable for user42": "Error: SMTP 550 mailbox unavailable for user…",
    "Error: SMTP 421 try again, user42": "Error: SMTP 421 try again, user…",
    "Can't send mail - all recipients were rejected: 550 5.1.1 <ada@example.org> unknown": "Can't send mail - all recipients were rejected: 550 5.1.1 <…> unknown",
    "connect ECONNREFUSED 127.0.0.1:5432": "connect ECONNREFUSED …:5432",
    "connect ECONNREFUSED 127.0.0.1:6379": "connect ECONNREFUSED …:6379",
    "connect ECONNREFUSED ::1:5432": "connect ECONNREFUSED ::1:5432",
    "connect ECONNREFUSED 10.9.8.7:6379": "connect ECONNREFUSED …:6379",
    "request to http://billing:8080/orders/17 failed": "request to http://billing:8080/orders/… failed",
    "request to http://billing:9090/orders/18 failed": "request to http://billing:9090/orders/… failed",
    "Command failed with exit code 137: ffmpeg": "Command failed with exit code 137: ffmpeg",
    "Command failed with exit code 1: ffmpeg": "Command failed with exit code 1: ffmpeg",
    "Cannot read properties of undefined (reading 'id')": "Cannot read properties of undefined (reading 'id')",
    "Cannot read properties of undefined (reading 'email')": "Cannot read properties of undefined (reading 'email')",
    "Error:\n    at run (job.js:12:5)": "Error:",
    "Error:\nno mailbox for user 7\n    at x": "no mailbox for user …",
    "TypeError\n    at run (job.js:12:5)": "TypeError",
    "AggregateError:\n    connect ETIMEDOUT 10.0.0.1:443": "connect ETIMEDOUT …:443",
    "Cannot find module '@acme/mailer'": "Cannot find module '@acme/mailer'",
    "\n\nError: \n\nbad thing 7": "bad thing …",
    # Prisma
    "\nInvalid `prisma.user.create()` invocation:\n\n\nUnique constraint failed on the fields: (`email`)": "Unique constraint failed on the fields: (`email`)",
    "\nInvalid `prisma.user.create()` invocation in\n/app/src/job.ts:11:21" + FRAME + "Unique constraint failed on the fields: (`name`)": "Unique constraint failed on the fields: (`name`)",
    "\nInvalid `prisma.post.create()` invocation:\n\n\nForeign key constraint failed on the field: `post_author_fkey (index)`": "Foreign key constraint failed on the field: `post_author_fkey (index)`",
    "\nInvalid `prisma.user.findMany()` invocation:\n\n\nCan't reach database server at `db:5432`\n\nPlease make sure": "Can't reach database server at …",
    "P2002: Unique constraint": "P2002: Unique constraint",
    "P1001: no server": "P1001: no server",
    # PostgreSQL
    'duplicate key value violates unique constraint "users_email_key"': 'duplicate key value violates unique constraint "users_email_key"',
    'duplicate key value violates unique constraint "users_name_key"': 'duplicate key value violates unique constraint "users_name_key"',
    'null value in column "email" of relation "users" violates not-null constraint': 'null value in column "email" of relation "users" violates not-null constraint',
    'relation "orders" does not exist': 'relation "orders" does not exist',
    'invalid input syntax for type integer: "abc"': "invalid input syntax for type integer: …",
    'invalid input syntax for type integer: "def"': "invalid input syntax for type integer: …",
    "ERROR: deadlock (SQLSTATE 40P01) in 17": "ERROR: deadlock (SQLSTATE 40P01) in …",
    "ERROR: duplicate key (SQLSTATE 23505)": "ERROR: duplicate key (SQLSTATE 23505)",
    "SQLSTATE[42P01]: Undefined table: 7": "SQLSTATE[42P01]: Undefined table: …",
    'password authentication failed for user "app"': 'password authentication failed for user "app"',
    "deadlock detected: process 4711 waits": "deadlock detected: process … waits",
    # Python
    PYTHON.format(n=7) + "KeyError: 'user_id'": "KeyError: 'user_id'",
    PYTHON.format(n=9) + "KeyError: 'order_id'": "KeyError: 'order_id'",
    PYTHON.format(n=7) + "ValueError: no user 7\n": "ValueError: no user …",
    PYTHON.format(n=7) + 'sqlalchemy.exc.IntegrityError: duplicate key value violates unique constraint "u_key"\nDETAIL:  Key (email)=(a@b.c) already exists.\n\n[SQL: INSERT]\n(Background on this error at: https://sqlalche.me/e/20/gkpj)': 'sqlalchemy.exc.IntegrityError: duplicate key value violates unique constraint "u_key"',
    PYTHON.format(n=7) + "KeyError: 1\n\nDuring handling of the above exception, another exception occurred:\n\n" + PYTHON.format(n=8) + "RuntimeError: job 5 failed": "RuntimeError: job … failed",
    "Command failed: python3 job.py\n" + PYTHON.format(n=3) + "requests.exceptions.HTTPError: 404 Client Error: Not Found for url 9": "requests.exceptions.HTTPError: 404 Client Error: Not Found for url …",
    "'NoneType' object has no attribute 'name'": "'NoneType' object has no attribute 'name'",
    # Java
    "java.util.concurrent.ExecutionException: java.lang.RuntimeException: failed\n" + JAVA + "\nCaused by: java.lang.RuntimeException: failed\n" + JAVA + "\nCaused by: java.net.ConnectException: Connection refused\n\t... 3 more": "java.net.ConnectException: Connection refused",
    "java.lang.IllegalStateException: order 17 is closed\n" + JAVA: "java.lang.IllegalStateException: order … is closed",
    "java.lang.NullPointerException\n" + JAVA: "java.lang.NullPointerException",
    # Rust
    "thread 'main' panicked at src/main.rs:10:5:\ncannot open file 7\nnote: run with RUST_BACKTRACE=1": "cannot open file …",
    "could not run job 7\n\nCaused by:\n    0: error sending request\n    1: Connection refused (os error 111)": "Connection refused (os error 111)",
    "could not run job 8\n\nCaused by:\n    Broken pipe (os error 32)": "Broken pipe (os error 32)",
    "called `Result::unwrap()` on an `Err` value: Os { code: 111, kind: ConnectionRefused }": "called … on an … value: Os { code: 111, kind: ConnectionRefused }",
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine reads all of these few jobs too."""
    monkeypatch.setattr(samples, "FAILED_SECONDS", 20.0)


async def test_groups(door: Door, utils: WorkerUtils) -> None:
    ids = dict(zip(GROUPS, await fail(utils, Table.of(utils), list(GROUPS)), strict=True))
    rows = (await door.answer("/api/errors?limit=500"))["errors"]
    assert {row["fingerprint"]: row["count"] for row in rows} == Counter(GROUPS.values())
    for fingerprint in list(GROUPS.values())[::6]:
        expected = [id for error, id in ids.items() if GROUPS[error] == fingerprint]
        assert await matching_everywhere(door, {"error": [fingerprint]}) == expected, fingerprint


PIECES = (
    "no user ", "404", "17", "0x1f", "10x2", "12ab34cd9", "deadbeef", "1deadbeef", "550e8400-e29b-41d4-a716-446655440000", " ", ".", ":", ",", "@",
    "10.0.0.1", "10.0.0.2:5432", "10.1.2.3:6379", "code ", "HTTP ", "status 500", 'relation "t_1"', 'relation "1deadbee"', "'x1'", '"a 5"', "`t2`",
    "column 'c_3'", "x@y.de12345f", "a7@b8.com", "port 80", "localhost:99", "-", "n", "P2002", "\\", '"', "'", "e11000", " not found ",
)  # fmt: skip


async def test_a_group_has_the_fingerprint_of_each_of_its_errors(utils: WorkerUtils) -> None:
    """Fingerprints are made of masked texts: those with the same mask must have the same fingerprint."""
    chance = random.Random(7)
    errors = {"".join(chance.choices(PIECES, k=chance.randint(2, 6))) for _ in range(3000)}
    await fail(utils, Table.of(utils), sorted(errors))
    fingerprint = fill(LISTS.composed("errors", "fingerprint", {}), utils.queue.schema)
    directly = f"select {fingerprint}, count(*) from {utils.queue.schema.quoted}._private_jobs j where j.last_error is not null group by 1"
    found = await samples.sample(utils.queue, "errors")
    assert {row["name"]: row["count"] for row in found.rows} == {
        one[0]: one[1] for one in await utils.database.pool.fetch(directly)
    }
    assert (found.complete, found.facts["looked"]) == (True, len(errors))


async def test_variants(door: Door, utils: WorkerUtils) -> None:
    table = Table.of(utils)
    first = await fail(utils, table, ["no mailbox 1\n  at a"] * 3 + ["no mailbox 2"], "a")
    second = await fail(utils, table, ["no mailbox 1", "other", "  no mailbox 1  \nmore", "no mailbox 12"], "b")
    mailbox, other = (await door.answer("/api/errors"))["errors"]
    assert (mailbox["fingerprint"], mailbox["count"], mailbox["variant_count"]) == ("no mailbox …", 7, 3)
    assert (other["variants"], other["variant_count"]) == ([], 1)
    assert [(one["text"], one["count"], one["job"]) for one in mailbox["variants"]] == [
        ("no mailbox 1", 5, second[2]),
        ("no mailbox 12", 1, second[3]),
        ("no mailbox 2", 1, first[3]),
    ]
    assert mailbox["variants"][0]["tasks"] == [
        {"task_identifier": "a", "count": 3, "retrying": 0},
        {"task_identifier": "b", "count": 2, "retrying": 0},
    ]
    for one in mailbox["variants"]:
        found = await matching_everywhere(door, {"state": ["failed"], "variant": [one["text"]]})
        assert (len(found), max(found)) == (one["count"], one["job"])
    filter = {"state": "failed", "variant": "no mailbox 1"}
    step = (await door.post("/api/jobs/bulk", {"action": "retry", "filter": filter})).json()
    assert step["outcomes"] == {"done": 5}
    left = (await door.answer("/api/errors"))["errors"]
    assert {row["fingerprint"]: row["count"] for row in left} == {"no mailbox …": 2, "other": 1}


async def test_many_variants(door: Door, utils: WorkerUtils) -> None:
    await fail(utils, Table.of(utils), [f"no {n}" for n in range(30)])
    [row] = (await door.answer("/api/errors"))["errors"]
    assert (len(row["variants"]), row["variant_count"]) == (10, 30)
