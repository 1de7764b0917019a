"""The first response: the screen of its address, drawn with its rows, by the very program that the browser runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app
from tests.server.conftest import Door, Opener
from tests.support.page import seed_of


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine draws the same."""
    monkeypatch.setattr("graphile_worker.admin.server.page.document.WAIT", 20.0)


async def test_rows_and_counts_are_there_before_any_script_runs(door: Door, utils: WorkerUtils) -> None:
    job = await utils.add_job("send_email", {"to": "ada"}, queue="mailers")
    page = (await door.get("/?queue=mailers")).text
    assert f'<tr id="row-{job.id}"' in page
    assert "queue: mailers" in page and "<title>Jobs · mailers · " in page
    assert '<span class="desktop-only">1</span>' in page  # of the stat strip


async def test_the_answers_travel_with_the_page(door: Door, utils: WorkerUtils) -> None:
    job = await utils.add_job("send_email")
    seed = seed_of((await door.get(f"/?job={job.id}")).text)
    listed = "api/jobs?sort=-id&limit=100&payload=preview"
    assert set(seed) == {
        "api/session",
        listed,
        "api/overview?parts=stats",
        f"api/jobs/{job.id}?payload=text&last_error=cut",
    }
    assert {status for status, _ in seed.values()} == {200}
    assert [one["id"] for one in seed[listed][1]["jobs"]] == [job.id]


async def test_an_error_of_megabytes_travels_cut(
    door: Door, utils: WorkerUtils, connection: asyncpg.Connection[Any]
) -> None:
    job = await utils.add_job("send_email")
    await connection.execute("update graphile_worker._private_jobs set last_error = repeat('no luck ', 600000)")
    page = (await door.get(f"/?job={job.id}")).text
    assert "no luck no luck" in page and "Cut after 20 kB of text; copy has all of it." in page and len(page) < 150_000
    assert seed_of(page)[f"api/jobs/{job.id}?payload=text&last_error=cut"][1]["last_error_truncated"] is True


@pytest.mark.parametrize("address", ["view=queues", "view=tasks", "view=errors", "view=workers", "view=maintenance"])
async def test_every_screen_arrives_drawn(door: Door, utils: WorkerUtils, address: str) -> None:
    await utils.add_job("send_email", queue="mailers")
    page = (await door.get(f"/?{address}")).text
    assert 'aria-busy="true"' not in page


async def test_an_address_of_odd_bytes_is_an_address(utils: WorkerUtils) -> None:
    config = AdminServerConfig(utils.database.pool, utils, auth=AdminAuthConfig.none())
    scope = {
        "type": "http", "method": "GET", "path": "/", "raw_path": b"/", "root_path": "", "query_string": b"search=\xff&state=%ff",
        "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1), "server": ("localhost", 80), "scheme": "http",
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await create_app(config)(scope, receive, send)
    assert sent[0]["status"] == 200


async def test_a_job_that_is_gone_is_said(door: Door) -> None:
    page = (await door.get("/?job=99")).text
    assert "Job 99 is not in the queue" in page


async def test_data_cannot_leave_the_block_or_the_markup(door: Door, utils: WorkerUtils) -> None:
    evil = "</script><img src=x onerror=alert(1)>\u2028&amp;"
    await utils.add_job(evil, {"text": evil}, queue=evil, key=evil)
    page = (await door.get("/")).text
    assert "<img" not in page and page.count("</script>") == 3  # ours
    assert seed_of(page)["api/jobs?sort=-id&limit=100&payload=preview"][1]["jobs"][0]["key"] == evil


@pytest.mark.parametrize("mode", ["bearer", "header"])
async def test_a_public_page_tells_nothing(open_door: Opener, utils: WorkerUtils, mode: str) -> None:
    await utils.add_job("secret_task", queue="secret_queue", key="secret_key")
    page = (await open_door(mode).client.get("/")).text
    assert "secret" not in page and seed_of(page) == {}


async def test_who_may_not_look_gets_the_reason_and_no_row(open_door: Opener, utils: WorkerUtils) -> None:
    await utils.add_job("secret_task")
    page = (await open_door("host").client.get("/", headers={"x-user": "ada:retry"})).text
    assert "secret_task" not in page
    assert seed_of(page)["api/overview?parts=stats"][0] == 403


@pytest.fixture
async def connection(dsn: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    """Somebody else at the same database."""
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


async def test_slow_rows_do_not_keep_the_page(
    door: Door, connection: asyncpg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that is locked by a migration: the page comes up, and the browser asks for the rest."""
    assert 'http-equiv="refresh"' not in (await door.get("/")).text
    monkeypatch.setattr("graphile_worker.admin.server.page.document.WAIT", 0.4)
    async with connection.transaction():
        await connection.execute("lock table graphile_worker._private_jobs in access exclusive mode")
        page = (await asyncio.wait_for(door.get("/"), 5)).text
    assert 'aria-busy="true"' in page
    assert "api/overview?parts=stats" not in seed_of(page)
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page


async def test_reads_that_the_page_gave_up_leave_the_pool_whole(
    door: Door, utils: WorkerUtils, connection: asyncpg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphile_worker.admin.server.page.document.WAIT", 0.4)
    async with connection.transaction():
        await connection.execute("lock table graphile_worker._private_jobs in access exclusive mode")
        await asyncio.gather(*(door.get("/") for _ in range(30)))
    assert (await door.get("/api/jobs")).status_code == 200


async def test_rows_that_cannot_be_drawn_do_not_take_the_page_away(
    door: Door, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await utils.add_job("send_email")
    monkeypatch.setattr(
        "graphile_worker.admin.client.views.jobs.table.job_actions.display_state", lambda row: row["no such member"]
    )
    page = await door.get("/")
    assert page.status_code == 200 and 'aria-busy="true"' in page.text and seed_of(page.text) == {}
    assert "could not be drawn" in caplog.text
