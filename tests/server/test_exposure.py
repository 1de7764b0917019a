"""What an address demands, on the socket that is really bound; and no password in what a failure logs."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any

import httpx
import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app, serve
from graphile_worker.admin.server.process import serve as serving

LONG = AdminAuthConfig.basic("admin", "geheim99geheim99")


def config(utils: WorkerUtils, listen: str = "127.0.0.1:0", **options: Any) -> AdminServerConfig:
    return AdminServerConfig(utils.database.pool, utils, listen_addr=listen, **options)


@pytest.mark.parametrize("auth", [AdminAuthConfig.none(), AdminAuthConfig.bearer("short")])
async def test_the_address_that_is_really_bound_is_checked(
    utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch, auth: AdminAuthConfig
) -> None:
    bind = serving._bind
    opened: list[socket.socket] = []

    def bind_everywhere(host: str, port: int) -> socket.socket:
        opened.append(bind("0.0.0.0", port))
        return opened[0]

    monkeypatch.setattr(serving, "_bind", bind_everywhere)
    with pytest.raises(ValueError, match=r"on 0\.0\.0\.0"):
        await asyncio.wait_for(serve(config(utils, auth=auth)), 10)
    assert opened[0].fileno() == -1


async def warned(given: AdminServerConfig) -> list[str]:
    """The warnings of a start."""
    ready, sentences = asyncio.Event(), list[str]()
    task = asyncio.create_task(serve(given, on_ready=lambda _: ready.set(), on_warning=sentences.append))
    await asyncio.wait_for(ready.wait(), 10)
    task.cancel()
    await asyncio.wait([task])
    return sentences


async def test_plain_text_is_warned_about_off_loopback(utils: WorkerUtils) -> None:
    (sentence,) = await warned(config(utils, "0.0.0.0:0", auth=LONG))
    assert "in plain text" in sentence and "--tls-cert" in sentence and "tls_cert" in sentence
    assert await warned(config(utils, "0.0.0.0:0", auth=LONG, behind_tls=True)) == []
    assert await warned(config(utils, auth=LONG)) == []


async def test_a_short_secret_is_warned_about_on_loopback(utils: WorkerUtils) -> None:
    (sentence,) = await warned(config(utils, auth=AdminAuthConfig.basic("admin", "geheim99")))
    assert "the password is shorter than 12 characters" in sentence and "geheim99" not in sentence
    for auth in (AdminAuthConfig.basic("admin", "elf-letters"), AdminAuthConfig.header("short")):
        with pytest.raises(ValueError, match="at least 12 characters"):
            config(utils, "192.0.2.1:1", auth=auth)


async def test_without_a_listener_warnings_are_logged(utils: WorkerUtils, caplog: pytest.LogCaptureFixture) -> None:
    task = asyncio.create_task(serve(config(utils, "0.0.0.0:0", auth=LONG)))
    async with asyncio.timeout(10):
        while not caplog.records:
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    assert "in plain text" in caplog.text and caplog.records[0].levelno == logging.WARNING


@pytest.mark.parametrize("level", [logging.INFO, logging.DEBUG])
async def test_a_configuration_that_fails_logs_no_password(caplog: pytest.LogCaptureFixture, level: int) -> None:
    async def broken() -> AdminServerConfig:
        raise RuntimeError("cannot connect to postgresql://ada:geheim99@db.example/shop")

    transport = httpx.ASGITransport(create_app(broken))
    with caplog.at_level(level):
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answer = await client.get("/")
    assert answer.status_code == 500 and "geheim99" not in answer.text
    assert "postgresql://ada:***@db.example/shop" in caplog.text and "geheim99" not in caplog.text
