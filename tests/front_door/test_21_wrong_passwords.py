"""Case 21, and its kind: wrong passwords through a proxy make only their source wait, and an operator is told how."""

from __future__ import annotations

import logging
from pathlib import Path

import httpx
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from graphile_worker.admin.server.limits.sources import proxy_advice
from tests.front_door.proxies import in_front
from tests.server.listening import served

PASSWORD = "correct horse battery"
RIGHT, WRONG = ("admin", PASSWORD), ("admin", "wrong")
CHAIN = "location / { {pass} proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }"


async def statuses(address: str, source: str, auth: tuple[str, str], count: int = 1, forged: str = "") -> list[int]:
    """What a client with this address of its own gets."""
    transport = httpx.AsyncHTTPTransport(local_address=source)
    headers = {"x-forwarded-for": forged} if forged else {}
    async with httpx.AsyncClient(transport=transport, auth=auth, headers=headers) as client:
        return [(await client.get(f"http://{address}/api/session")).status_code for _ in range(count)]


async def test_only_who_is_wrong_waits(utils: WorkerUtils, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Two nginx in a row; both are trusted, and what the client claims is not."""
    auth = AdminAuthConfig.basic(*RIGHT)
    async with served(utils, auth=auth, trusted_proxies=["127.0.0.1"]) as own:
        with in_front(tmp_path / "inner", own, CHAIN) as inner, in_front(tmp_path / "outer", inner, CHAIN) as outer:
            assert await statuses(outer, "127.0.0.2", WRONG, 12) == [401] * 10 + [429] * 2
            assert await statuses(outer, "127.0.0.2", WRONG, forged="127.0.0.4") == [429]
            assert await statuses(outer, "127.0.0.3", WRONG) == [401]
            assert await statuses(outer, "127.0.0.4", RIGHT) == [200]
            assert await statuses(outer, "127.0.0.2", RIGHT) == [200]  # a right secret is let in while its source waits
    assert not any("--trusted-proxy" in message for message in caplog.messages)


async def test_without_trust_all_wrong_ones_wait_and_the_log_says_what_to_do_once(
    utils: WorkerUtils, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "graphile_worker.admin")
    async with served(utils, auth=AdminAuthConfig.basic(*RIGHT)) as own:
        with in_front(tmp_path, own, CHAIN) as address:
            assert await statuses(address, "127.0.0.2", WRONG, 40) == [401] * 10 + [429] * 30
            assert await statuses(address, "127.0.0.3", WRONG, 3) == [429] * 3
            assert await statuses(address, "127.0.0.3", RIGHT) == [200]  # nobody was right before
            assert await statuses(address, "127.0.0.3", WRONG, 30) == [429] * 30
            assert await statuses(address, "127.0.0.2", RIGHT) == [200]
    (advice,) = [message for message in caplog.messages if "--trusted-proxy" in message]
    assert "if 127.0.0.1 is your proxy, give --trusted-proxy 127.0.0.1" in advice


async def test_without_a_proxy_nothing_is_advised(utils: WorkerUtils, caplog: pytest.LogCaptureFixture) -> None:
    async with served(utils, auth=AdminAuthConfig.basic(*RIGHT)) as own:
        assert 429 in await statuses(own.removeprefix("http://"), "127.0.0.2", WRONG, 12)
    assert not any("proxy" in message for message in caplog.messages)


@pytest.mark.parametrize(
    ("client", "header", "trusted", "says"),
    [
        ("10.0.0.5", "x-forwarded-for", False, "--trusted-proxy 10.0.0.5"),
        ("2001:db8::7", "X-Forwarded-For", False, "--trusted-proxy 2001:db8::7"),
        ("::ffff:10.0.0.5", "x-forwarded-for", False, "--trusted-proxy 10.0.0.5"),
        ("10.0.0.5", "forwarded", False, "send X-Forwarded-For, and give --trusted-proxy 10.0.0.5"),
        ("10.0.0.5", "forwarded", True, "send X-Forwarded-For"),
        ("10.0.0.5", "x-real-ip", True, "send X-Forwarded-For"),
        ("10.0.0.5", "x-forwarded-for", True, "the address of the client in X-Forwarded-For"),  # it names itself
        (None, "x-forwarded-for", False, "uvicorn: --forwarded-allow-ips"),  # a Unix socket
        ("10.0.0.5", "x-request-id", False, None),
    ],
)  # fmt: skip
def test_what_is_advised_for_each_kind_of_proxy(
    client: str | None, header: str, trusted: bool, says: str | None
) -> None:
    scope = {"type": "http", "headers": [(header.encode(), b"x")], "client": client and (client, 1), "state": {"trusted_proxy": trusted}}  # fmt: skip
    said = proxy_advice(scope)
    assert (said is None) == (says is None)
    assert says is None or says in str(said)


def test_the_source_behind_the_proxy_needs_no_advice() -> None:
    state = {"source": "203.0.113.5", "trusted_proxy": True}
    scope = {"type": "http", "headers": [(b"x-forwarded-for", b"203.0.113.5")], "client": ("10.0.0.5", 1), "state": state}  # fmt: skip
    assert proxy_advice(scope) is None
