"""What a redaction hides, no route tells to a viewer: every route and parameter is asked, with secrets in the rows."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import logging
from itertools import product
from typing import Any

import pytest

from graphile_worker.admin import AdminAuthConfig, AdminServerConfig
from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.redaction.redact import PAYLOAD_MAX, SEARCHED_FIELDS
from graphile_worker.admin.api.vocabulary import HIDDEN
from graphile_worker.admin.client.model.screens import VIEWS
from graphile_worker.admin.server.app import ROUTES
from graphile_worker.worker_utils import WorkerUtils
from tests.server.conftest import Door, Opener
from tests.support.table import Table

SECRET = "CANARY7f3a"
ERROR = "ERRCANARY91"
PLAIN = "in the open"
VIEWER, OPERATOR = {"x-user": "vera:read"}, {"x-user": "otto:read retry"}
PATHS = ("customer.email", "items.*.card", '"a.b"')
PAYLOADS = (
    '{"customer": {"email": "%s", "name": "in the open"}}',
    '{"items": [{"card": "%s"}, {"card": ["%s"]}, [{"card": {"x": "%s"}}]]}',
    '[{"customer": {"email": "%s"}}, {"customer": {"email": 1e400}}]',  # as batch jobs have it
    '{"customer": {"email": "%s", "email": "%s"}, "a.b": "%s"}',
    '{"cust\\u006fmer": {"em\\u0061il": "%s\\u0000\\ud800"}}',
    '{"customer": \n{"email"\t:\r\n"%s"}}',
    '{"customer": {"email": ' + "[" * 3000 + '"%s"' + "]" * 3000 + "}}",
    '{"pad": "' + "x" * PAYLOAD_MAX + '", "customer": {"email": "%s"}}',
    '{"payload": {"customer": {"email": "at another path"}}, "customer": {"email": "%s"}, "jobs": []}',
    '{"a": "\\"payload\\":", "customer": {"email": "\\"}, %s"}}',
)


@pytest.fixture
async def filled(utils: WorkerUtils) -> Table:
    """Failed, waiting and retried jobs, each with the secret in its payload and an error."""
    table = Table.of(utils)
    for place, payload in enumerate(PAYLOADS):
        job = await utils.add_job("mail", queue="q" if place % 2 else None, key=f"k{place}", max_attempts=1)
        await table.run(
            "update {s}._private_jobs set payload = $1::text::json, last_error = $2, attempts = $3 where id = $4",
            payload.replace("%s", SECRET),
            f"Error: {ERROR} {SECRET}",
            0 if place == 1 else 1,
            job.id,
        )
    await table.run("update {s}._private_jobs set run_at = now() + interval '1 hour', max_attempts = 5 where id = 3")
    return table


def doors(open_door: Opener, *redact: str, **options: Any) -> tuple[Door, Door]:
    """One admin as an operator and as a viewer reach it."""
    operator = open_door("host", redact=redact, **options)
    operator.headers = OPERATOR
    return operator, Door(operator.client, VIEWER)


def questions(ids: list[int]) -> list[str]:
    """Every route that reads, with every form, order, filter and search that it takes."""
    found = []
    filters = [
        "", "state=failed", "state=all", f"search={SECRET}", "search=mail", "identifier=mail", "queue=q", "key=k0",
        f"error={ERROR}", "error=Error:%20x", "flag=x", "priority_min=0", "worker=w",
    ]  # fmt: skip
    for form, filter in product(vocabulary.PAYLOAD_FORMS, filters):
        found.append(f"/api/jobs?payload={form}&payload_path=customer&payload_path=customer.email&{filter}")
        found += [f"/api/jobs?payload={form}&{filter}", f"/api/jobs?payload={form}&partial=true&{filter}"]
    found += [f"/api/jobs?sort={sort}&payload={form}" for sort in vocabulary.SORTS for form in ("full", "preview")]
    found += [f"/api/{path}?{filter}" for path in ("jobs/count", "errors/histogram") for filter in filters]
    for form in vocabulary.EXPORT_FORMATS:
        paths = "payload_path=customer&payload_path=customer.email"
        found += [
            f"/api/jobs/export?format={form}&{more}&{filter}" for more in ("bom=false", paths) for filter in filters
        ]
    for id, form, error in product(ids, vocabulary.PAYLOAD_FORMS, vocabulary.ERROR_FORMS):
        found.append(f"/api/jobs/{id}?payload={form}&last_error={error}")
    for kind in ("queues", "workers", "tasks", "errors"):
        for sort in vocabulary.TABLE_SORTS[kind]:
            found += [f"/api/{kind}?sort={sort}", f"/api/{kind}?sort=-{sort}&search=a"]
    found += [f"/api/suggest?field={field}&prefix={p}" for field in vocabulary.SUGGEST_FIELDS for p in ("", SECRET[:4])]
    found.append("/api/suggest?field=worker&near=true&prefix=w")
    found += ["/api/overview", "/api/activity", "/api/events", "/api/session", "/api/maintenance", "/api/openapi.json"]
    found += ["/api/crontabs", "/api/jobs/progress?ids=1-50"]
    found += ["/metrics", "/healthz", "/readyz", "/", *(f"/?view={view}" for view in VIEWS)]
    found += [f"/?job={id}" for id in ids] + ["/?state=failed", f"/?error={ERROR}"]
    found += [
        "/?search=mail",
        "/?view=jobs&search=" + SECRET[:6],
        "/api/jobs/999999",
        "/api/jobs/x",
        "/api/jobs?limit=x",
    ]
    return found


def leaks(text: str) -> bool:
    """Whether a text holds a secret that the question did not name."""
    return "CANARY7f3a" in text or "ERRCANARY91" in text


def test_every_route_that_reads_is_asked() -> None:
    paths = {route.path for route in ROUTES if "GET" in (route.methods or ()) and "/assets/" not in route.path}
    asked = {path.partition("?")[0] for path in questions([7])}
    assert paths - {"/favicon.ico"} <= {"/api/jobs/{id}" if path == "/api/jobs/7" else path for path in asked}


@pytest.mark.variants(1)
@pytest.mark.parametrize("redact", [("all",), PATHS, ("all", *PATHS)], ids=["all", "paths", "both"])
async def test_no_route_tells_a_viewer(
    open_door: Opener, filled: Table, redact: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "graphile_worker")
    operator, viewer = doors(
        open_door, *redact, freshness=60.0
    )  # what is shared lives long: it must not be shared here
    ids = [row["id"] for row in await filled.pool.fetch(f"select id from {filled.schema}._private_jobs order by id")]
    asked, told = questions(ids), 0
    for path in asked:
        if SECRET in path or ERROR in path:
            answer = await viewer.get(path)
            if "/api/" in path:
                assert not leaks(answer.text), path
            continue
        told += leaks((await operator.get(path)).text)
        answer = await viewer.get(path)
        assert answer.status_code < 500, path
        assert not leaks(answer.text), path
    assert told > 100  # the operator is told, so the questions were right
    assert not [record for record in caplog.records if leaks(record.getMessage())]


async def test_what_a_viewer_asked_for_is_not_an_operators_answer(open_door: Opener, filled: Table) -> None:
    operator, viewer = doors(open_door, "all", freshness=60.0)
    for path in ("/api/jobs", "/api/tasks", "/api/jobs/count?search=" + SECRET):
        mine, theirs = await asyncio.gather(viewer.get(path), operator.get(path))
        assert mine.text != theirs.text and not leaks(mine.text), path
    assert (await viewer.answer(f"/api/jobs/count?search={SECRET}"))["count"] == 0
    assert (await operator.answer(f"/api/jobs/count?search={SECRET}"))["count"] == len(PAYLOADS)


async def test_a_path_hides_its_value_and_nothing_else(open_door: Opener, filled: Table) -> None:
    _, viewer = doors(open_door, *PATHS)
    jobs = (await viewer.answer("/api/jobs"))["jobs"]
    assert jobs[0]["payload"] == {"customer": {"email": HIDDEN, "name": PLAIN}}
    assert jobs[1]["payload"] == {"items": [{"card": HIDDEN}, {"card": HIDDEN}, [{"card": HIDDEN}]]}
    assert jobs[2]["payload"] == [{"customer": {"email": HIDDEN}}, {"customer": {"email": HIDDEN}}]
    assert jobs[7]["payload"] == HIDDEN  # too long to be searched
    assert {job["last_error"] for job in jobs} == {HIDDEN}
    text = (await viewer.get("/api/jobs?payload=text")).json()["jobs"]
    assert text[5]["payload_text"] == '{"customer": \n{"email"\t:\r\n"' + HIDDEN + '"}}'
    assert "payload_bytes" not in text[5] and text[5]["payload_truncated"] is False
    assert text[3]["payload_text"].count(HIDDEN) == 3


async def test_forms_of_a_hidden_payload(open_door: Opener, filled: Table) -> None:
    _, viewer = doors(open_door, "all")
    for form, member, value in (
        ("full", "payload", HIDDEN), ("preview", "payload_preview", f'"{HIDDEN}"'), ("text", "payload_text", f'"{HIDDEN}"'),
    ):  # fmt: skip
        for job in [
            *(await viewer.answer(f"/api/jobs?payload={form}"))["jobs"],
            await viewer.answer(f"/api/jobs/1?payload={form}"),
        ]:
            assert job[member] == value and job["last_error"] == HIDDEN and "payload_bytes" not in job
    for form in ("full", "cut"):
        job = await viewer.answer(f"/api/jobs/1?last_error={form}")
        assert job["error_fingerprint"] is None and "ended with" not in job["why"]["detail"]
    assert "payload" not in (await viewer.answer("/api/jobs/1?payload=none"))


async def test_a_payload_without_the_path_is_whole(open_door: Opener, utils: WorkerUtils) -> None:
    _, viewer = doors(open_door, "customer.email")
    stored = '{"n": 1e400, "z": "\\u0000", "z": 1.10}'
    job = await utils.add_job("t")
    await Table.of(utils).run("update {s}._private_jobs set payload = $1::text::json", stored)
    told = await viewer.answer(f"/api/jobs/{job.id}?payload=text")
    assert (told["payload_text"], told["payload_bytes"], told["last_error"]) == (stored, len(stored), None)
    assert f'"payload":{stored}' in (await viewer.get("/api/jobs")).text


@pytest.mark.parametrize("redact", [("all",), PATHS], ids=["all", "paths"])
async def test_an_export_says_what_is_hidden(open_door: Opener, filled: Table, redact: tuple[str, ...]) -> None:
    operator, viewer = doors(open_door, *redact)
    lines = [json.loads(line) for line in (await viewer.get("/api/jobs/export")).text.splitlines()]
    assert [line["payload"] for line in lines] == [job["payload"] for job in (await viewer.answer("/api/jobs"))["jobs"]]
    seen, whole = [
        list(csv.reader(io.StringIO((await door.get("/api/jobs/export?format=csv")).text, newline="")))
        for door in (viewer, operator)
    ]
    assert [row[:-2] for row in seen] == [row[:-2] for row in whole]
    assert {row[-2] for row in seen[1:]} == {HIDDEN} and {len(row) for row in seen} == {15}
    assert [json.loads(row[-1].lstrip("'")) for row in seen[1:]] == [line["payload"] for line in lines]


async def test_a_search_is_no_oracle(open_door: Opener, filled: Table) -> None:
    operator, viewer = doors(open_door, "customer.email")
    for path in (f"/api/jobs?search={SECRET}", f"/api/jobs?search={SECRET}&partial=true"):
        answer = await viewer.answer(path)
        assert answer["jobs"] == [] and answer["search_fields"] == list(SEARCHED_FIELDS)
        other = (await operator.get(path)).text
        assert SECRET in other and "search_fields" not in other
    assert (await viewer.get(f"/api/jobs/export?search={ERROR}")).text == ""
    assert (await viewer.answer(f"/api/jobs/count?search={PLAIN}"))["count"] == 0
    assert len((await viewer.answer("/api/jobs?search=K3"))["jobs"]) == 1
    assert "search_fields" not in await viewer.answer("/api/jobs")


async def test_what_needs_hidden_text_is_refused(open_door: Opener, filled: Table) -> None:
    operator, viewer = doors(open_door, "all")
    for path in ("/api/jobs?error=x", "/api/jobs?error=x&partial=true", "/api/jobs/count?error=x",
                 "/api/jobs/export?error=x", "/api/errors"):  # fmt: skip
        refused = await viewer.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "redacted"), path
        assert refused.json().get("field") == (None if path == "/api/errors" else "error")
        assert "hidden from you" in refused.json()["error"]
        assert (await operator.get(path)).status_code == 200
    assert [row["last_error"] for row in (await viewer.answer("/api/tasks"))["tasks"]] == [HIDDEN]


async def test_who_is_a_viewer(open_door: Opener, filled: Table) -> None:
    for rights, hidden in (("read", True), ("read retry", False), ("write", False), ("read add", False)):
        door = open_door("host", redact=("all",))
        door.headers = {"x-user": f"somebody:{rights}"}
        assert (await door.answer("/api/session"))["redacted"] == (["all"] if hidden else [])
        assert (HIDDEN in (await door.get("/api/jobs")).text) is hidden
    for mode in ("basic", "bearer", "header", "none"):
        assert SECRET in (await open_door(mode, redact=("all",)).get("/api/jobs")).text
        shut = open_door(mode, redact=("all",), read_only=True)
        assert not leaks((await shut.get("/api/jobs")).text)
        assert (await shut.answer("/api/session"))["redacted"] == ["all"]
    write = open_door("host", redact=("customer.email",), read_only=True)
    assert (await write.answer("/api/session"))["redacted"] == ["customer.email"]  # nobody may write
    assert (await open_door("basic").answer("/api/session"))["redacted"] == []


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("", "must not be empty"), (" ", "must not be empty"), ("a..b", "is not a path"), (".a", "is not a path"),
        ("a.", "is not a path"), ("$.a", "is not a path"), ("items[].card", "is not a path"), ("a[0]", "is not a path"),
        ("a*", "is not a path"), ("a b ", "is not a path"), ('"a', "is not a path"), ('"\\x"', "is not a JSON string"),
        (".".join("a" * 65), "at most 64"), ("ALL.", "is not a path"),
    ],
)  # fmt: skip
def test_a_wrong_path_is_refused(utils: WorkerUtils, path: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        AdminServerConfig(utils.database.pool, utils, redact=(path,))


def test_wrong_lists_are_refused(utils: WorkerUtils) -> None:
    for redact, says in (("all", "must be a list"), (["a"] * 101, "at most 100")):
        with pytest.raises(ValueError, match=says):
            AdminServerConfig(utils.database.pool, utils, redact=redact)


def test_a_redaction_that_hides_nothing_is_noticed(utils: WorkerUtils) -> None:
    def told(auth: AdminAuthConfig, **more: Any) -> bool:
        return AdminServerConfig(utils.database.pool, utils, auth=auth, redact=("all",), **more).redacts_for_nobody

    one = AdminAuthConfig.bearer("x" * 20)
    assert told(one) and not told(one, read_only=True) and not told(AdminAuthConfig.host(lambda request: None))
