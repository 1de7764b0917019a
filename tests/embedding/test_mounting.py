"""Below any prefix, with and without a framework that knows of it: the same answers, and every address is relative."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urljoin

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app
from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.core.database.transactions import Pool

AUTH = AdminAuthConfig.basic("ops", "correct horse battery")
CREDENTIALS = ("ops", "correct horse battery")


def config(utils: WorkerUtils, prefix: str = "") -> AdminServerConfig:
    return AdminServerConfig(utils.database.pool, utils, auth=AUTH, freshness=0, prefix=prefix)


def mounted(utils: WorkerUtils, prefix: str) -> ASGIApp:
    return Starlette(routes=[Mount(prefix, create_app(config(utils)))])


def told(utils: WorkerUtils, prefix: str) -> ASGIApp:
    return create_app(config(utils, prefix))


def sliced(utils: WorkerUtils, prefix: str) -> ASGIApp:
    """A framework that takes the prefix off, adds a slash, and says nothing of it."""
    admin = create_app(config(utils, prefix))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await admin({**scope, "path": scope["path"].removeprefix(prefix).rstrip("/") + "/"}, receive, send)

    return app


def behind_a_root(utils: WorkerUtils, prefix: str) -> ASGIApp:
    """A server that was told of a proxy's own prefix, which the proxy has stripped."""
    admin = create_app(config(utils, prefix))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await admin({**scope, "root_path": "/outside"}, receive, send)

    return app


def asking(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://host.example.com", auth=CREDENTIALS)


@pytest.mark.parametrize("prefix", ["/queue", "/a/b", "/api", "/assets"])
@pytest.mark.parametrize("stand", [mounted, told, sliced, behind_a_root])
async def test_page_assets_api_and_writes_below_a_prefix(utils: WorkerUtils, prefix: str, stand: object) -> None:
    assert callable(stand)
    async with asking(stand(utils, prefix)) as client:
        page = await client.get(f"{prefix}/?view=queues")
        assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
        addresses = re.findall(r'(?:href|src)="([^"#?][^"]*)"', page.text)
        assert len(addresses) >= 5
        for address in addresses:
            assert re.match(r"[a-z]", address) and "//" not in address, address
            asset = await client.get(urljoin(f"{prefix}/", address))
            assert (asset.status_code, asset.headers["cache-control"]) == (200, "public, max-age=3600"), address
        session = (await client.get(f"{prefix}/api/session")).json()
        sent = {CSRF_HEADER: session["csrf_token"]}
        added = await client.post(f"{prefix}/api/jobs", json={"identifier": "x"}, headers=sent)
        assert added.status_code == 200
        assert (await client.get(f"{prefix}/api/jobs?state=ready")).json()["jobs"][0]["task_identifier"] == "x"
        gone = await client.get(f"{prefix}/nothing/here")
        assert (gone.status_code, gone.headers["x-frame-options"]) == (404, "DENY")


@pytest.mark.parametrize("path", ["/", "/queued", "/queue/../api/session", "/x/queue/", "/que", "//queue/", "/QUEUE/"])
async def test_outside_of_its_prefix_there_is_nothing(utils: WorkerUtils, path: str) -> None:
    async with asking(told(utils, "/queue")) as client:
        answer = await client.send(
            httpx.Request("GET", httpx.URL("http://host.example.com").copy_with(raw_path=path.encode()))
        )
        assert answer.status_code == 404, answer.text
        assert answer.json()["error"] == "there is nothing at this address"
        assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("prefix", "asked", "location"),
    [
        ("/queue", "/queue", "./queue/"), ("/a/b", "/a/b", "./b/"), ("/a/b", "/a/b?view=jobs&job=3", "./b/?view=jobs&job=3"),
        ("/a/b", "/a/b?x=%0d%0aSet-Cookie:%20a", "./b/?x=%0d%0aSet-Cookie:%20a"), ("/queue", "/queue?//evil.test", "./queue/?//evil.test"),
    ],
)  # fmt: skip
async def test_the_missing_slash_is_added_by_a_relative_redirect(
    utils: WorkerUtils, prefix: str, asked: str, location: str
) -> None:
    async with asking(told(utils, prefix)) as client:
        answer = await client.get(asked)
        assert (answer.status_code, answer.headers["location"]) == (307, location)
        assert urljoin(f"http://host.example.com{asked}", location).startswith(f"http://host.example.com{prefix}/")
        followed = await client.get(asked, follow_redirects=True)
        assert followed.status_code == 200 and "gw-admin" in followed.text
        assert (await client.get(asked, auth=("no", "body"))).status_code == 401


async def test_a_segment_that_looks_like_a_scheme_stays_a_path(utils: WorkerUtils) -> None:
    admin = create_app(config(utils))
    for root in ("/javascript:x", "/a//evil.test", "/é"):

        async def app(scope: Scope, receive: Receive, send: Send, root: str = root) -> None:
            await admin({**scope, "root_path": root, "path": root}, receive, send)

        async with asking(app) as client:
            where = (await client.get("/")).headers["location"]
            assert urljoin("http://host.example.com/x", where).startswith("http://host.example.com/"), where


@pytest.mark.parametrize(
    "prefix",
    ["queue", "/", "/queue/", "//queue", "/a//b", "/..", "/a/../b", "/.", "/a?b", "/a#b", "/a b", "/é", "http://x", "/a\n"],
)  # fmt: skip
def test_impossible_prefixes_raise(utils: WorkerUtils, prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        config(utils, prefix)


async def test_nothing_runs_and_nothing_is_connected_until_somebody_looks(dsn: str) -> None:
    pools: list[Pool] = []

    async def make() -> AdminServerConfig:
        pools.append(await asyncpg.create_pool(dsn, min_size=0, max_size=2))
        return AdminServerConfig(pools[0], WorkerUtils(pools[0]), auth=AUTH)

    pool = await asyncpg.create_pool(dsn, min_size=0, max_size=2)
    before = asyncio.all_tasks()
    app = Starlette(
        routes=[
            Mount("/now", create_app(AdminServerConfig(pool, WorkerUtils(pool), auth=AUTH))),
            Mount("/later", create_app(make)),
        ]
    )
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == before
    assert pool.get_size() == 0 and pools == []
    async with asking(app) as client:
        both = [await client.get(f"/{where}/api/session") for where in ("now", "later")]
        many = await asyncio.gather(*(client.get("/later/api/jobs") for _ in range(5)))
    assert {answer.status_code for answer in [*both, *many]} == {200} and len(pools) == 1
    for one in (pool, *pools):
        await one.close()


async def test_a_configuration_that_cannot_be_made_is_tried_again(
    utils: WorkerUtils, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[int] = []

    async def make() -> AdminServerConfig:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("the vault is closed")
        return config(utils)

    async with asking(create_app(make)) as client:
        failed = await client.get("/api/session")
        assert (failed.status_code, failed.json()["code"]) == (500, "internal_error")
        assert "vault" not in failed.text and failed.headers["x-frame-options"] == "DENY"
        assert "vault" in caplog.text
        assert (await client.get("/api/session")).status_code == 200
    assert len(tries) == 2


async def test_an_application_around_it_finds_its_scope_as_it_was(utils: WorkerUtils) -> None:
    admin, seen = create_app(config(utils)), {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        before = dict(scope)
        await admin(scope, receive, send)
        seen["same"] = scope == before and "request_id" not in scope.get("state", {})

    async with asking(app) as client:
        await client.get("/api/session")
    assert seen == {"same": True}
