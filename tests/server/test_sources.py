"""The source of a request: the client's address, or what a trusted proxy says of it."""

from __future__ import annotations

import ipaddress
import json
import logging
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig
from graphile_worker.admin.server.limits.sources import (
    HOPS_MAX,
    SourceGuard,
    network_of,
    parse_address,
    parse_proxies,
    parse_proxy,
    source_of,
)
from tests.server.conftest import AUTHS, PASSWORD
from tests.server.listening import served
from tests.server.operators import Sources, basic

PROXIES = ("10.0.0.0/24", "2001:db8::7", "::ffff:192.0.2.9")


async def found(client: str | None, *forwarded: bytes, trusted: tuple[str, ...] = PROXIES) -> str:
    """The source of a request from a client with these X-Forwarded-For headers."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(source_of(scope))

    async def nothing(*_: Any) -> Any:
        raise AssertionError

    headers = [(b"x-forwarded-for", value) for value in forwarded] + [(b"forwarded", b"for=9.9.9.9")]
    scope: Scope = {"type": "http", "headers": headers, "client": client and (client, 1), "state": {}}
    await SourceGuard(app, parse_proxies(trusted))(scope, nothing, nothing)
    return seen[0]


@pytest.mark.parametrize(
    ("client", "forwarded", "source"),
    [
        ("10.0.0.1", [b"203.0.113.5"], "203.0.113.5"),
        ("::ffff:10.0.0.1", [b"203.0.113.5"], "203.0.113.5"),
        ("192.0.2.9", [b"203.0.113.5"], "203.0.113.5"),
        ("2001:db8::7", [b"2001:DB8:0:0::5"], "2001:db8::5"),
        ("10.0.0.1", [b"1.1.1.1, 203.0.113.5"], "203.0.113.5"),  # the client wrote the first one itself
        ("10.0.0.1", [b"1.1.1.1", b"203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", [b"1.1.1.1, 203.0.113.5, 10.0.0.2"], "203.0.113.5"),
        ("10.0.0.1", [b"203.0.113.5:4711"], "203.0.113.5"),
        ("10.0.0.1", [b"[2001:db8::5]:4711"], "2001:db8::5"),
        ("10.0.0.1", [b"::ffff:203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", [b"10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [b"unknown"], "10.0.0.1"),
        ("10.0.0.1", [b"1.1.1.1, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [b""], "10.0.0.1"), ("10.0.0.1", [b","], "10.0.0.1"), ("10.0.0.1", [b"\xff"], "10.0.0.1"),
        ("10.0.0.1", [b"203.0.113.5,"], "10.0.0.1"), ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.1.1", [b"203.0.113.5"], "10.0.1.1"),  # no proxy of ours
        ("203.0.113.9", [b"10.0.0.1"], "203.0.113.9"),
        ("fe80::1%eth0", [b"203.0.113.5"], "fe80::1"),
        (None, [b"203.0.113.5"], "local"), ("testclient", [b"203.0.113.5"], "testclient"),
        ("10.0.0.1", [b"203.0.113.5" + b" " * 9000], "10.0.0.1"), ("x" * 9000, [], "x" * 64),
    ],
)  # fmt: skip
async def test_the_nearest_hop_that_is_no_proxy_of_ours_is_the_source(
    client: str | None, forwarded: list[bytes], source: str
) -> None:
    assert await found(client, *forwarded) == source


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=4), st.ip_addresses())
async def test_without_trust_no_header_changes_the_source(forwarded: list[bytes], client: Any) -> None:
    assert await found(str(client), *forwarded, trusted=()) == await found(str(client), trusted=())


HOPS = st.lists(
    st.one_of(
        st.ip_addresses().map(str),
        st.sampled_from(["10.0.0.2", "10.0.0.77", "unknown", "", " ", "[::1", "1.2.3.4:x", "_hidden"]),
        st.text(max_size=12),
    ),
    max_size=2 * HOPS_MAX,
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(HOPS, st.ip_addresses(v=4).filter(lambda one: one not in ipaddress.ip_network("10.0.0.0/24")))
async def test_what_a_client_writes_before_the_proxy_changes_nothing(forged: list[str], client: Any) -> None:
    """A proxy appends the address that it saw."""
    header = ",".join([*forged, str(client)]).encode("utf-8", "replace")
    assert await found("10.0.0.1", header) == str(client)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.ip_addresses().map(str)))
def test_an_address_has_one_form(text: str) -> None:
    address = parse_address(text)
    if address is not None:
        assert parse_address(str(address)) == address and getattr(address, "ipv4_mapped", None) is None
        assert network_of(text) == network_of(str(address))
    else:
        assert network_of(text) == text


@pytest.mark.parametrize(
    "text",
    ["", " ", "proxy", "10.0.0", "10.0.0.1/33", "10.0.0.1/24", "300.0.0.1", "10.0.0.1:80", "[::1]", "*", "0.0.0.0/0",
     "::/0", "::ffff:0:0/96", "10.0.0.1,10.0.0.2", "localhost", "1", "10.0.0.1\0"],
)  # fmt: skip
def test_what_is_no_proxy_raises(utils: WorkerUtils, text: str) -> None:
    with pytest.raises(ValueError, match="proxy"):
        parse_proxy(text)
    with pytest.raises(ValueError, match="proxy"):
        AdminServerConfig(utils.database.pool, utils, trusted_proxies=[text])


def test_a_single_text_is_no_list_of_proxies(utils: WorkerUtils) -> None:
    with pytest.raises(ValueError, match="must be a list"):
        AdminServerConfig(utils.database.pool, utils, trusted_proxies="10.0.0.1")


def forwarded(source: str) -> dict[str, str]:
    """What a proxy adds."""
    return {"x-forwarded-for": source}


async def test_people_behind_a_proxy_are_sources_of_their_own(utils: WorkerUtils) -> None:
    admin, wrong = Sources(utils, AUTHS["basic"][0], trusted_proxies=["10.0.0.1"]), basic("x", "wrong")
    for number in range(25):
        await admin.status(basic("x", f"wrong {number}") | forwarded(f"1.1.1.{number}, 203.0.113.5"))
    assert await admin.status(wrong | forwarded("203.0.113.5")) == 429
    assert await admin.status(wrong | forwarded("203.0.113.6")) == 401
    assert await admin.status(wrong | forwarded("203.0.113.6"), "203.0.113.5") == 429  # the same source, past the proxy


async def test_a_forged_header_changes_nothing_for_whoever_is_no_proxy(utils: WorkerUtils) -> None:
    for proxies in ([], ["10.0.0.1"]):
        admin = Sources(utils, AUTHS["basic"][0], trusted_proxies=proxies)
        codes = [
            await admin.status(basic("x", f"wrong {number}") | forwarded(f"203.0.113.{number}"), "198.51.100.1")
            for number in range(12)
        ]
        assert codes == [401] * 10 + [429] * 2


async def test_the_audit_event_names_the_source_behind_the_proxy(
    utils: WorkerUtils, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "graphile_worker.audit")
    auth = AdminAuthConfig.basic("admin", PASSWORD)
    async with served(utils, auth=auth, trusted_proxies=["127.0.0.0/8"]) as address:
        async with httpx.AsyncClient(base_url=address, auth=("admin", PASSWORD)) as client:
            token = (await client.get("/api/session")).json()["csrf_token"]
            for more in (forwarded("203.0.113.5, 127.0.0.9"), {}):
                sent = {"x-graphile-worker-admin-csrf": token} | more
                assert (await client.post("/api/jobs", json={"identifier": "x"}, headers=sent)).status_code == 200
    events = [json.loads(one.getMessage()) for one in caplog.records if one.name == "graphile_worker.audit"]
    assert [event["source"] for event in events] == ["203.0.113.5", "127.0.0.1"]
