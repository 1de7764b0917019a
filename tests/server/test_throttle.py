"""What wrong credentials cost: per source, over all sources, and what right ones are spared."""

from __future__ import annotations

import asyncio
import base64
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from graphile_worker.admin.server.limits.throttle import Attempt, FailureWindow, RecentLogins, Throttle
from graphile_worker.admin.server.security.auth import AdminAuthConfig as Auth
from graphile_worker.admin.server.users import passwords
from tests.server.conftest import AUTHS
from tests.server.operators import Sources, basic, line, write

CROSS = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
ALWAYS_COMPARED = ["basic", "bearer", "header"]  # one secret of 12 or more characters
BOUNDED = ["users", "short"]  # argon2, and a secret that can be guessed by trying
MODES = [*ALWAYS_COMPARED, *BOUNDED]
SHORT = "elevenchars"


@pytest.fixture
def admins(utils: WorkerUtils, tmp_path: Path) -> Callable[..., tuple[Sources, dict[str, str]]]:
    """An admin of a mode, and the headers of right credentials."""

    def build(mode: str, **options: Any) -> tuple[Sources, dict[str, str]]:
        if mode == "users":
            path = write(tmp_path / "users", line("vera") + line("anna"))
            return Sources(utils, AdminAuthConfig.users(path), **options), basic("vera")
        if mode == "short":
            return Sources(utils, AdminAuthConfig.basic("admin", SHORT), **options), basic("admin", SHORT)
        return Sources(utils, AUTHS[mode][0], **options), AUTHS[mode][1]

    return build


Admins = Callable[..., tuple[Sources, dict[str, str]]]


def wrong(mode: str, number: int = 0) -> dict[str, str]:
    """Credentials that are wrong, each time others."""
    if mode in ("basic", "users", "short"):
        return basic("vera" if mode == "users" else "admin", f"a wrong password {number}")
    name = "x-team-token" if mode == "header" else "authorization"
    return {name: f"{'Bearer ' if mode == 'bearer' else ''}a wrong token {number}"}


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many credentials were compared, in any mode."""
    count: Counter[str] = Counter()
    verify, matches = passwords.verify, Auth.matches

    def verified(hash: str, password: bytes) -> bool:
        count["all"] += 1
        return verify(hash, password)

    def matched(self: Auth, credentials: bytes | None) -> bool:
        count["all"] += 1
        return matches(self, credentials)

    monkeypatch.setattr(passwords, "verify", verified)
    monkeypatch.setattr(Auth, "matches", matched)
    return count


@pytest.mark.parametrize("mode", MODES)
async def test_of_a_thousand_tries_of_one_source_twenty_are_answered(
    admins: Admins, evaluated: Counter[str], mode: str, record_property: Callable[[str, object], None]
) -> None:
    """The others are told to wait. Where an evaluation costs time, or tells much, there are no more than twenty either."""
    admin, right = admins(mode)
    answers: Counter[int] = Counter()
    for first in range(0, 1000, 50):
        batch = range(first, first + 50)
        cross = [CROSS if number % 3 == 0 else {} for number in batch]
        codes = await asyncio.gather(
            *(admin.status(wrong(mode, n) | more, "127.0.0.2") for n, more in zip(batch, cross, strict=True))
        )
        answers.update(codes)
    assert answers.keys() == {401, 429} and 10 <= answers[401] <= 20
    tried = evaluated["all"]
    assert (10 <= tried <= 20) == (mode in BOUNDED)
    assert await admin.status(right, "127.0.0.3") == 200
    record_property(
        "figures", f"{mode}: 1,000 wrong tries of one source, {tried} evaluated, {answers[401]} answered 401"
    )


@pytest.mark.parametrize("mode", ALWAYS_COMPARED)
async def test_a_right_secret_of_twelve_characters_never_waits(
    admins: Admins, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither for its source, nor for all sources; and it makes no wrong one right."""
    monkeypatch.setattr(Throttle, "SECONDS", 600.0)
    admin, right = admins(mode)
    for number in range(30):
        await admin.status(wrong(mode, number))
    assert await admin.status(wrong(mode)) == 429
    assert await admin.status(right) == 200
    assert await admin.status(wrong(mode)) == 429
    for number in range(120):
        await admin.status(wrong(mode, number), f"10.1.0.{number + 1}")
    assert await admin.status(wrong(mode), "10.8.8.8") == 429
    assert await admin.status(right, "10.8.8.8") == 200


@pytest.mark.parametrize("length", [11, 12])
async def test_a_secret_that_can_be_guessed_waits_with_its_source(utils: WorkerUtils, length: int) -> None:
    secret = "x" * length
    admin = Sources(utils, AdminAuthConfig.basic("admin", secret))
    for number in range(30):
        await admin.status(wrong("basic", number))
    assert await admin.status(basic("admin", secret)) == (200 if length >= 12 else 429)


@pytest.mark.parametrize("mode", MODES)
async def test_right_credentials_are_let_in_while_their_source_waits(admins: Admins, mode: str) -> None:
    admin, right = admins(mode)
    codes = [await admin.status(wrong(mode, n)) for n in range(12)]
    assert codes == [401] * 10 + [429] * 2
    assert await admin.status(right) == 200
    flood = [await admin.status(wrong(mode, n)) for n in range(100, 150)]
    assert set(flood) == {429}
    assert await admin.status(right) == 200  # right lately, from this source: no evaluation is needed


@pytest.mark.parametrize("mode", BOUNDED)
async def test_a_source_that_was_never_right_waits_when_nothing_is_spare(
    admins: Admins, evaluated: Counter[str], mode: str
) -> None:
    admin, right = admins(mode)
    for number in range(30):
        await admin.status(wrong(mode, number))
    answer = await admin.ask(right)
    assert answer.status_code == 429 and 1 <= int(answer.headers["retry-after"]) <= 60
    assert evaluated["all"] == 20
    assert await admin.status(right, "10.0.0.2") == 200


@pytest.mark.parametrize(
    "site", [CROSS, {"sec-fetch-site": "same-site"}, {"origin": "http://evil.test"}, {"origin": "null"}]
)
@pytest.mark.parametrize("mode", BOUNDED)
async def test_tries_that_another_site_causes_use_up_none_of_the_sources_own(
    admins: Admins, evaluated: Counter[str], mode: str, site: dict[str, str]
) -> None:
    admin, right = admins(mode)
    codes = [await admin.status(wrong(mode, n) | site) for n in range(40)]
    assert codes == [401] * 10 + [429] * 30 and evaluated["all"] == 10
    own = [await admin.status(wrong(mode, 100 + n) | {"sec-fetch-site": "none"}) for n in range(9)]
    assert own == [401] * 9
    assert await admin.status(right | {"sec-fetch-site": "none"}) == 200
    assert await admin.status(right | CROSS) == 200  # a link in a message, afterwards


@pytest.mark.parametrize("mode", BOUNDED)
async def test_a_navigation_without_such_headers_is_the_sources_own(admins: Admins, mode: str) -> None:
    """Plain HTTP on another name than loopback: whoever was right lately is let in all the same."""
    admin, right = admins(mode)
    assert await admin.status(right) == 200
    for number in range(60):
        await admin.status(wrong(mode, number))
    assert await admin.status(right) == 200


async def test_ipv4_mapped_addresses_are_sources_of_their_own(admins: Admins) -> None:
    admin, right = admins("basic")
    for number in range(30):
        await admin.status(wrong("basic", number), "::ffff:127.0.0.2")
    assert await admin.status(wrong("basic"), "127.0.0.2") == 429  # the same host, by its other name
    for other in ("::ffff:127.0.0.3", "127.0.0.3", "::1", "::ffff:10.0.0.1"):
        assert await admin.status(wrong("basic"), other) == 401, other
    assert await admin.status(right, "::ffff:127.0.0.3") == 200


async def test_an_ipv6_host_has_one_budget(admins: Admins) -> None:
    admin, _ = admins("basic")
    codes = [await admin.status(wrong("basic", n), f"2001:db8::{n + 1:x}") for n in range(12)]
    assert codes == [401] * 10 + [429] * 2
    assert await admin.status(wrong("basic"), "2001:db8:0:1::1") == 401


@pytest.mark.parametrize("mode", BOUNDED)
async def test_over_all_sources_a_hundred_evaluations_fail_and_who_was_right_lately_is_spared(
    admins: Admins, evaluated: Counter[str], caplog: pytest.LogCaptureFixture, mode: str,
    monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None],
) -> None:  # fmt: skip
    monkeypatch.setattr(Throttle, "SECONDS", 600.0)
    admin, right = admins(mode)
    assert await admin.status(right, "10.9.9.9") == 200
    before = evaluated["all"]
    sources = [f"10.1.{n // 250}.{n % 250 + 1}" for n in range(200)]
    for _ in range(10):
        codes = await asyncio.gather(*(admin.status(wrong(mode, n), one) for n, one in enumerate(sources)))
    assert set(codes) == {429} and evaluated["all"] - before == Throttle.CEILING
    assert await admin.status(right, "10.9.9.9") == 200
    assert await admin.status(wrong(mode), "10.9.9.9") == 401  # its own budget is what it was
    assert await admin.status(right, "10.8.8.8") == 429  # nobody knows it yet

    guard = next(one for one in objects(admin.app) if isinstance(one, Throttle))
    guard.window.close()
    (told,) = [one.getMessage() for one in caplog.records if "wrong credentials" in one.getMessage()]
    assert "2002 tries from 202 sources, 101 of them evaluated" in told and "password" not in told
    record_property("figures", f"{mode}: 2,000 wrong tries of 200 sources, 100 evaluated, 1 line in the log")


def objects(app: Any) -> list[object]:
    """The guards around an application, and what they hold."""
    found: list[object] = []
    while app is not None:
        found += [app, *vars(app).values()]
        app = getattr(app, "app", None)
    return found


async def test_a_flood_leaves_one_line_for_each_window(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = FailureWindow(0.05)
    for number in range(300):
        window.add(f"10.0.0.{number % 20}", evaluated=number < 10)
    await until(lambda: len(caplog.records) == 1)
    assert "300 tries from 20 sources, 10 of them evaluated; busiest: '10.0.0.0' 15" in caplog.messages[0]
    window.add("a\nb\x1b", evaluated=True)
    window._end = 0.0  # an event loop that did not come to it in time
    window.add("10.0.0.1", evaluated=True)
    await until(lambda: len(caplog.records) == 3)
    assert "1 tries from 1 sources, 1 of them evaluated; busiest: 'a\\nb\\x1b' 1" in caplog.messages[1]
    assert "1 tries from 1 sources" in caplog.messages[2]


async def until(done: Callable[[], bool]) -> None:
    """Waits for something that comes soon."""
    async with asyncio.timeout(20):
        while not done():
            await asyncio.sleep(0.01)


async def test_the_evaluation_of_one_source_does_not_hold_up_another(
    admins: Admins, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One at a time for each source; a slow one leaves room for the next source."""
    running: Counter[bytes] = Counter()
    most: Counter[bytes] = Counter()
    verify = passwords.verify

    def slow(hash: str, password: bytes) -> bool:
        kind = password[:7]
        running[kind] += 1
        most[kind] = max(most[kind], running[kind])
        time.sleep(0.02 if kind == b"a wrong" else 0.0)
        running[kind] -= 1
        return verify(hash, password)

    monkeypatch.setattr(passwords, "verify", slow)
    admin, right = admins("users")
    flood = asyncio.gather(*(admin.status(wrong("users", n), "127.0.0.2") for n in range(60)))
    await asyncio.sleep(0)
    assert await admin.status(right, "127.0.0.3") == 200
    assert not flood.done()
    assert Counter(await flood) == {401: 10, 429: 50}
    assert most[b"a wrong"] == 1


async def test_evaluations_of_many_sources_are_few_at_once(admins: Admins, monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = [0], [0]
    verify = passwords.verify

    def slow(hash: str, password: bytes) -> bool:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.01)
        running[0] -= 1
        return verify(hash, password)

    monkeypatch.setattr(passwords, "verify", slow)
    admin, _ = admins("users")
    await asyncio.gather(*(admin.status(wrong("users", n), f"10.0.1.{n}") for n in range(30)))
    assert 1 <= most[0] <= passwords.PARALLEL_MAX


def test_what_the_throttle_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Throttle, "SOURCES_MAX", 5)
    monkeypatch.setattr(RecentLogins, "ENTRIES_MAX", 5)
    monkeypatch.setattr(FailureWindow, "SOURCES_MAX", 5)
    recent = RecentLogins()
    limits = Throttle(recent)
    for number in range(40):
        assert isinstance(limits.admit(f"10.0.0.{number}", cross_site=False), Attempt)
        recent.add(f"10.0.0.{number}", b"x", "proof")
    assert len(limits._failures) == len(recent._used) == len(recent._sources) == 5


def test_failures_and_logins_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    recent = RecentLogins()
    limits = Throttle(recent)
    for _ in range(20):
        assert isinstance(limits.admit("10.0.0.1", cross_site=False), Attempt)
    assert limits.admit("10.0.0.1", cross_site=False) == 60
    recent.add("10.0.0.1", b"x", "proof")
    assert recent.has("10.0.0.1", b"x", "proof") and recent.knows("10.0.0.1")
    assert not recent.has("10.0.0.1", b"x", "another") and not recent.has("10.0.0.2", b"x", "proof")
    now[0] += 60
    assert isinstance(limits.admit("10.0.0.1", cross_site=False), Attempt)
    now[0] += RecentLogins.SECONDS
    assert not recent.has("10.0.0.1", b"x", "proof") and not recent.knows("10.0.0.1")


def corpus(mode: str) -> list[tuple[str, bytes]]:
    """Headers that are not the right credentials, 60 of them."""
    name = "x-team-token" if mode == "header" else "authorization"
    scheme = {"basic": b"Basic ", "users": b"Basic ", "short": b"Basic ", "bearer": b"Bearer ", "header": b""}[mode]
    right = base64.b64encode(b"vera:a viewer's password" if mode == "users" else b"admin:correct horse battery")
    if mode in ("bearer", "header"):
        right = b"correct horse battery"
    user = b"vera" if mode == "users" else b"admin"
    texts = [
        b"", b" ", b":", b"::", user, user + b":", b":x", user + b":\xff", b"\xff:\xff", user + b":\0", b"\0:\0",
        user + b":" + b"x" * 1_000_000, b"x" * 1_000_000 + b":x", user + b": ", user.upper() + b":x",
        "ädä:pässwörd".encode(), "ädä:pässwörd".encode("latin-1"), user + b":\r\nx", user + b":\xf0\x9f\x98\x80",
        user + b":a:b:c", user + b"\0:x", b" " + user + b":x", user + b":" + b"\0" * 2000, b"\xed\xa0\x80:x",
    ]  # fmt: skip
    encoded = [scheme + base64.b64encode(text) for text in texts]
    raw = [
        b"", b" ", scheme.strip(), scheme + b" ", scheme + b"!!!", scheme + b"=", scheme + b"====", scheme + b"A",
        scheme + b"\xff\xfe", scheme + b"\xc3\xa4", scheme + b"A" * 1_000_000, scheme + right + b"x",
        scheme + right[:-1], scheme + right + b"," + right, scheme + right + b" x", b"Digest " + right,
        b"Negotiate " + right, b"\xff" + right, right + b" " + scheme, scheme + b"\x7f", scheme + b"%00",
        scheme + right[::-1], scheme.strip() + b"\t" + right, scheme + right.swapcase(), scheme + b"null",
        scheme + b"None", scheme + b"undefined", scheme + b"' or 1=1 --", scheme + b"*", scheme + b"{}", scheme + b"[]",
        scheme + b"0", scheme + b"true", scheme * 2 + right, b"Basic Basic", b"Bearer Bearer",
    ]  # fmt: skip
    if mode == "header":
        raw = [value for value in raw if value.strip() not in (right,)]
    found = [(name, value) for value in [*encoded, *raw]]
    return found + [(name, b"x%d" % number) for number in range(60 - len(found))]


@pytest.mark.parametrize("mode", [*ALWAYS_COMPARED, "users"])
async def test_odd_credentials_are_refused_and_never_a_fault(
    admins: Admins, monkeypatch: pytest.MonkeyPatch, mode: str, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr(Throttle, "LIMIT", 10_000)
    monkeypatch.setattr(Throttle, "CEILING", 10_000)
    admin, right = admins(mode)
    (name, value), *_ = right.items()
    cases = [[one] for one in corpus(mode)]
    assert len(cases) >= 60
    cases += [
        [(name, value.encode())] * 2,
        [(name, value.encode()), (name, b"")],
        [(name, b""), (name, value.encode())],
    ]
    for case in cases:
        answer = await admin.client().get("/api/session", headers=[(one.encode(), sent) for one, sent in case])
        assert answer.status_code == 401, (case[0][1][:60], answer.text)
        assert "csrf_token" not in answer.text
    assert await admin.status(right) == 200
    record_property("figures", f"{mode}: {len(cases)} odd credentials, 0 let in, 5xx 0")


@pytest.mark.parametrize("mode", ["basic", "users"])
@pytest.mark.parametrize("scheme", ["basic", "BASIC", "bAsIc"])
async def test_the_scheme_is_written_as_one_likes(admins: Admins, mode: str, scheme: str) -> None:
    admin, right = admins(mode)
    assert await admin.status({"authorization": right["authorization"].replace("Basic", scheme)}) == 200
