"""Suite 3: raw HTTP, directly and behind nginx and HAProxy. No 5xx for bad input, no hidden request that is carried out."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.server.security.guards import SECURITY_HEADERS
from tests.hardening.process import SECRET, Admin, Sockets, admin
from tests.hardening.proxies import behind_haproxy, behind_nginx
from tests.hardening.raw import Case, Response, converse
from tests.hardening.raw_cases import PLACEHOLDER, case, header_cases, hidden, host_cases, line_cases, target_cases
from tests.hardening.raw_framing import framing_cases
from tests.hardening.volume import volume

Record = Callable[[str, object], None]
CASES = [*line_cases(), *target_cases(), *host_cases(), *header_cases(), *framing_cases()]
BASIC = ("admin", SECRET)
AT_ONCE = 8
PROXYS_OWN = {501, 505}  # "I do not know this coding", "... this version": what a proxy may answer by itself
SPOKEN_BY_PROXIES = {"line: HTTP/0.9", "protocol: HTTP/2 preface"}  # nginx and HAProxy answer in these
HIDDEN = case("the hidden request alone", PLACEHOLDER, 200)


@pytest.fixture
def running(dsn: str) -> Iterator[Admin]:
    with admin(dsn) as one:
        assert httpx.get(f"{one.url}/readyz").status_code == 200
        yield one


async def session(url: str) -> dict[str, object]:
    async with httpx.AsyncClient(auth=BASIC, timeout=20) as client:
        answer = await client.get(f"{url}/api/session")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def jobs(url: str) -> int:
    async with httpx.AsyncClient(auth=BASIC, timeout=20) as client:
        return int((await client.get(f"{url}/api/overview")).json()["stats"]["total"])


async def armed(running: Admin, cases: list[Case]) -> list[Case]:
    """The cases with a hidden request that has credentials and the CSRF token."""
    login = base64.b64encode(":".join(BASIC).encode()).decode()
    token = (await session(running.url))["csrf_token"]
    request = hidden(f"Authorization: Basic {login}\r\n{CSRF_HEADER}: {token}\r\n".encode())
    return [replace(one, sent=one.sent.replace(PLACEHOLDER, request)) for one in cases]


async def conversations(port: int, cases: list[Case]) -> list[tuple[Case, list[Response]]]:
    """All cases, some at once."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(each: Case) -> tuple[Case, list[Response]]:
        async with room:
            try:
                return each, await converse(port, each)
            except Exception as error:
                raise AssertionError(f"{each.name}: {error}") from error

    return await asyncio.gather(*map(one, cases))


def objections(given: Case, answers: list[Response]) -> Iterator[str]:
    """What is wrong with direct answers to a given."""
    statuses = [one.status for one in answers]
    if len(statuses) > len(given.statuses):
        yield f"{given.name}: {len(statuses)} answers {statuses}"
    for n, allowed in enumerate(given.statuses):
        status = statuses[n] if n < len(statuses) else 0
        if status not in allowed:
            yield f"{given.name}: answer {n + 1} is {status}, not {sorted(allowed)}"
    for one in answers:
        missing = [name for name, value in SECURITY_HEADERS.items() if one.headers.get(name.lower()) != value]
        if missing or "x-request-id" not in one.headers:
            yield f"{given.name}: {one.status} without {missing or 'x-request-id'}"
        if one.status >= 400 and given.body:
            try:
                assert json.loads(one.body)["code"]
            except (ValueError, KeyError):
                yield f"{given.name}: {one.status} is no JSON: {one.body[:100]!r}"


async def test_the_hidden_request_would_add_a_job(running: Admin) -> None:
    (control,) = await armed(running, [HIDDEN])
    assert [one.status for one in await converse(running.port, control)] == [200]
    assert await jobs(running.url) == 1


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len({one.name for one in CASES}) == len(CASES) >= 150


async def test_every_case_is_answered_as_stated(running: Admin, record_property: Record) -> None:
    found = await conversations(running.port, await armed(running, CASES))
    wrong = [one for each, answers in found for one in objections(each, answers)]
    assert not wrong, "\n".join(wrong)
    assert await jobs(running.url) == 0
    assert "Traceback" not in "".join(running.errors)
    failed = sum(one.status >= 500 for _, answers in found for one in answers)
    record_property("figures", f"raw cases {len(found)}, 5xx {failed}, hidden requests carried out 0")


@pytest.mark.parametrize("proxy", [behind_nginx, behind_haproxy])
async def test_every_case_behind_a_proxy(
    running: Admin,
    tmp_path: Path,
    record_property: Record,
    proxy: Callable[..., contextlib.AbstractContextManager[int]],
) -> None:
    """Meanwhile another client has connections of the same proxy to us, and gets its own answers."""
    cases = await armed(running, [one for one in CASES if one.name not in SPOKEN_BY_PROXIES][:: volume(3, 1)])
    with proxy(tmp_path, running.port) as port:
        (control,) = await armed(running, [HIDDEN])
        assert [one.status for one in await converse(port, control)] == [403]
        async with bystander(f"http://127.0.0.1:{port}") as answers:
            found = await conversations(port, cases)
    statuses = {(each.name, one.status) for each, given in found for one in given if one.status >= 500}
    assert {(name, status) for name, status in statuses if status not in PROXYS_OWN} == set()
    assert await jobs(running.url) == 0
    assert len(answers) >= 5
    assert "Traceback" not in "".join(running.errors)
    record_property(
        "figures",
        f"{proxy.__name__.replace('_', ' ')}: {len(found)} cases, {len(answers)} answers of others, all theirs",
    )


@contextlib.asynccontextmanager
async def bystander(url: str) -> AsyncIterator[list[float]]:
    """Asks for two things in turn, and must get what it asked for; the seconds of each answer."""
    seconds: list[float] = []
    over = asyncio.Event()

    async def ask() -> None:
        async with httpx.AsyncClient(auth=BASIC, timeout=20) as client:
            after = 0  # rounds since the last case: its connection may be in use again only now
            while after < 5:
                after += over.is_set()
                begun = time.perf_counter()
                probe = await client.get(f"{url}/healthz")
                seconds.append(time.perf_counter() - begun)
                known = await client.get(f"{url}/api/session")
                assert (probe.status_code, known.status_code) == (200, 200), (probe.text, known.text)
                assert "csrf_token" in known.json() and "csrf_token" not in probe.text
                await asyncio.sleep(0.02)

    asking = asyncio.create_task(ask())
    try:
        yield seconds
    finally:
        over.set()
        await asking


SLOW = (
    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 60,
    b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60\r\n\r\n" + b" " * 60,
    b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 10,
    b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 60,
)


async def test_people_are_answered_beside_slow_and_silent_sockets(running: Admin, record_property: Record) -> None:
    """Some send nothing, the others a byte each half second of headers, bodies, chunks and extensions."""
    count, asked = volume(40, 200), volume(20, 400)
    seconds: list[float] = []
    async with Sockets(running.port) as sockets:
        for _ in range(count):
            await sockets.open()
        slow = [(SLOW[n % 4], (await sockets.open(SLOW[n % 4][:-60]))[1]) for n in range(count)]

        async def dribble() -> None:
            for place in range(-60, 0):
                for sent, writer in slow:
                    writer.write(sent[place : place + 1 or None])
                await asyncio.sleep(0.5)

        dribbling = asyncio.create_task(dribble())
        async with httpx.AsyncClient(auth=BASIC, timeout=20) as client:
            for n in range(asked):
                begun = time.perf_counter()
                answer = await client.get(f"{running.url}{('/healthz', '/readyz', '/api/session', '/')[n % 4]}")
                seconds.append(time.perf_counter() - begun)
                assert answer.status_code == 200, answer.text[:200]
                await asyncio.sleep(0.01)
        assert not dribbling.done()
        dribbling.cancel()
    p95 = statistics.quantiles(seconds, n=20)[-1]
    record_property("figures", f"{count} slow and {count} silent sockets: p95 of {asked} GETs {p95 * 1000:.0f} ms")
    assert volume(True, p95 < 0.3)
