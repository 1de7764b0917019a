"""Every file of docs/examples, served as it stands."""

from __future__ import annotations

import httpx
import pytest

from tests.contract.driver import free_port
from tests.embedding.serving import EXAMPLES, PASSWORD, connections, example, look_and_write, running
from tests.support.templates import Databases

FRAMEWORKS = [
    "starlette_app:app",
    "fastapi_app:app",
    "litestar_app:app",
    "django_asgi:application",
    "existing_pool:app",
]
OTHERS = {"standalone.py", "several_databases.py", "host_auth.py"}


def test_every_example_is_run_here() -> None:
    run = {name.partition(":")[0] + ".py" for name in FRAMEWORKS} | OTHERS
    assert {path.name for path in EXAMPLES.glob("*.py")} == run


@pytest.mark.parametrize("name", FRAMEWORKS)
async def test_mounted_in_a_framework(dsn: str, name: str) -> None:
    async with example(name, dsn) as address, httpx.AsyncClient(timeout=30) as client:
        assert await connections(dsn) == 0  # it serves, and nobody has looked
        assert (await client.get(f"{address}/queue/api/session")).status_code == 401
        client.auth = ("ops", PASSWORD)
        landed = await client.get(f"{address}/queue", follow_redirects=True)
        assert (landed.status_code, landed.url.path) == (200, "/queue/")
        assert all(not one.headers["location"].startswith("//") for one in landed.history)
        await look_and_write(client, f"{address}/queue/")
        assert await connections(dsn) > 0
        for outside in ("/", "/queued", "/api/session", "/queued/api/session"):
            assert (await client.get(address + outside)).status_code == 404


@pytest.mark.parametrize(
    "name", ["starlette_app:app", "fastapi_app:app", "litestar_app:app", "django_asgi:application"]
)
async def test_the_missing_slash_is_a_relative_redirect(dsn: str, name: str) -> None:
    async with example(name, dsn) as address, httpx.AsyncClient(auth=("ops", PASSWORD), timeout=30) as client:
        answer = await client.get(f"{address}/queue")
        assert answer.status_code in (302, 307)
        assert answer.headers["location"] in ("queue/", "./queue/")


async def test_the_applications_pool_is_shared(dsn: str) -> None:
    async with example("existing_pool:app", dsn) as address, httpx.AsyncClient(timeout=30) as client:
        added = (await client.post(f"{address}/welcome/42")).json()
        job = (await client.get(f"{address}/queue/api/jobs/{added['job']}", auth=("ops", PASSWORD))).json()
        assert (job["task_identifier"], job["payload"]) == ("send_welcome", {"user": 42})
        assert await connections(dsn) == 1


async def test_standalone(dsn: str) -> None:
    async with example("standalone", dsn) as address, httpx.AsyncClient(auth=("ops", PASSWORD), timeout=30) as client:
        await look_and_write(client, f"{address}/")


async def test_behind_the_applications_own_login(dsn: str) -> None:
    async with example("host_auth:app", dsn) as address, httpx.AsyncClient(timeout=30) as client:
        place = f"{address}/queue/"
        assert {(await client.get(place + path)).status_code for path in ("", "assets/admin.css", "api/jobs")} == {401}
        client.cookies.set("session", "cookie-of-ada")
        await look_and_write(client, place)
        client.cookies.set("session", "cookie-of-grace")
        session = (await client.get(f"{place}api/session")).json()
        assert (session["auth"]["username"], session["offers"]["retry"]) == ("grace", None)
        sent = {session["csrf_header"]: session["csrf_token"]}
        statuses = {
            action: (
                await client.post(f"{place}api/jobs/action", json={"action": action, "ids": [1]}, headers=sent)
            ).status_code
            for action in ("retry", "run-now", "complete", "fail")
        }
        assert statuses == {"retry": 200, "run-now": 200, "complete": 403, "fail": 403}


async def test_several_databases(dsn: str, databases: Databases) -> None:
    billing = await databases.migrated("graphile_worker")
    other = {"BILLING_URL": databases.server.dsn(billing)}
    async with example("several_databases", dsn, **other) as address:
        async with httpx.AsyncClient(auth=("ops", PASSWORD), timeout=30) as client:
            await look_and_write(client, f"{address}/")
            session = (await client.get(f"{address}/api/session?db=billing")).json()
            assert [one["name"] for one in session["databases"]] == ["shop", "mails", "billing"]
            assert (await client.get(f"{address}/api/jobs?db=billing")).json()["jobs"] == []
            assert (await client.get(f"{address}/api/jobs?db=mails")).json()["code"] == "schema_missing"
    await databases.drop(billing)


async def test_two_processes_of_one_application_take_each_others_token(dsn: str) -> None:
    async with example("fastapi_app:app", dsn) as one:
        port = free_port()
        with running(
            ["-m", "uvicorn", "fastapi_app:app", "--port", str(port), "--log-level", "error"], port, dsn
        ) as two:
            async with httpx.AsyncClient(auth=("ops", PASSWORD), timeout=30) as client:
                session = (await client.get(f"{one}/queue/api/session")).json()
                sent = {session["csrf_header"]: session["csrf_token"]}
                answer = await client.post(f"{two}/queue/api/jobs", json={"identifier": "x"}, headers=sent)
                assert answer.status_code == 200
