"""One token for all replicas of one configuration, and nothing in it that helps to guess the secret."""

from __future__ import annotations

import base64
import hashlib

import httpx
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app
from graphile_worker.admin.api.vocabulary import CSRF_HEADER

SECRET = "correct horse battery"


def credentials(auth: AdminAuthConfig) -> dict[str, str]:
    """What a right client sends."""
    if auth.mode == "basic":
        return {"authorization": "Basic " + base64.b64encode(f"{auth.username}:{auth.secret}".encode()).decode()}
    return {"authorization": f"Bearer {auth.secret}"} if auth.mode == "bearer" else {}


class Replica:
    """One process's application."""

    def __init__(self, utils: WorkerUtils, auth: AdminAuthConfig) -> None:
        app = create_app(AdminServerConfig(utils.database.pool, utils, auth=auth))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")
        self.headers = credentials(auth)

    async def token(self) -> str:
        """A token as the session gives it."""
        answer = await self.client.get("/api/session", headers=self.headers)
        return str(answer.json()["csrf_token"])

    async def write(self, token: str) -> int:
        """The status of a write with a token."""
        sent = self.headers | {CSRF_HEADER: token}
        return (await self.client.post("/api/jobs", json={"identifier": "x"}, headers=sent)).status_code


@pytest.mark.parametrize("build", [lambda s: AdminAuthConfig.basic("ops", s), AdminAuthConfig.bearer])
async def test_replicas_with_one_configured_secret_take_each_others_token(utils: WorkerUtils, build: object) -> None:
    assert callable(build)
    one, two, other = (Replica(utils, build(secret)) for secret in (SECRET, SECRET, "another secret"))

    assert await two.write(await one.token()) == 200
    assert await one.write(await two.token()) == 200
    assert await other.write(await one.token()) == 403


@pytest.mark.parametrize("build", [AdminAuthConfig.none, AdminAuthConfig.basic_with_random_password])
async def test_without_a_configured_secret_each_process_has_its_own(utils: WorkerUtils, build: object) -> None:
    assert callable(build)
    one, two = Replica(utils, build()), Replica(utils, build())

    assert await one.write(await one.token()) == 200
    assert await two.write(await one.token()) == 403


async def test_a_token_tells_nothing_usable_of_the_secret(utils: WorkerUtils) -> None:
    replica = Replica(utils, AdminAuthConfig.bearer(SECRET))
    first, second = await replica.token(), await replica.token()

    raw = bytes.fromhex(first)
    derived = bytes(a ^ b for a, b in zip(raw[:12], raw[12:], strict=True))
    assert len(first) == 48 and first != second
    assert derived not in hashlib.sha256(SECRET.encode()).digest()
    assert derived not in SECRET.encode() and SECRET.encode()[:12] not in raw
    for guess in (first, derived.hex(), derived.decode("latin-1")):
        answer = await replica.client.get(
            "/api/session", headers=[(b"authorization", b"Bearer " + guess.encode("latin-1"))]
        )
        assert answer.status_code == 401
