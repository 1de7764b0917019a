"""Every route, in every mode, behind every guard. A new route is in these tests without saying so."""

from __future__ import annotations

from itertools import product

import pytest
from starlette.routing import Route

from graphile_worker.admin.api.vocabulary import CSRF_HEADER
from graphile_worker.admin.server.app import ROUTES
from graphile_worker.admin.server.http.paths import is_asset
from tests.server.conftest import AUTHS, Opener

PATHS = sorted({route.path.replace("{id}", "1") for route in ROUTES} | {"/nothing/here", "/api", "/assets/nothing"})
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def is_public(mode: str, method: str, path: str) -> bool:
    """What probes ask; the bare page and its assets, where a token is typed into the page itself."""
    if path in ("/healthz", "/readyz") and method in ("GET", "HEAD"):
        return True
    bare = path in ("/", "/favicon.ico") or path.startswith("/assets/")
    return mode == "none" or (mode in ("bearer", "header") and bare and method in ("GET", "HEAD"))


def test_the_route_table_is_what_these_tests_enumerate() -> None:
    assert all(isinstance(route, Route) for route in ROUTES)
    assert len(PATHS) >= 15


@pytest.mark.parametrize("mode", AUTHS)
async def test_nothing_is_answered_without_credentials(open_door: Opener, mode: str) -> None:
    door = open_door(mode)
    for method, path in product(METHODS, PATHS):
        if is_public(mode, method, path):
            continue
        answer = await door.client.request(method, path)
        assert answer.status_code == 401, (method, path)
        assert method == "HEAD" or answer.json()["error"] == "unauthorized"
        assert ("www-authenticate" in answer.headers) == (mode == "basic")


@pytest.mark.parametrize("mode", AUTHS)
@pytest.mark.parametrize("read_only", [False, True])
async def test_no_write_without_the_csrf_token(open_door: Opener, mode: str, read_only: bool) -> None:
    door = open_door(mode, read_only=read_only)
    for method, path in product(["POST", "PUT", "PATCH", "DELETE"], PATHS):
        for token in ({}, {CSRF_HEADER: "0" * 48}, {CSRF_HEADER: "x"}):
            answer = await door.client.request(method, path, headers=door.headers | token)
            assert answer.status_code == 403, (method, path, token)
            assert answer.json()["error"] == "missing or invalid admin CSRF token"


@pytest.mark.parametrize("mode", AUTHS)
async def test_read_only_refuses_every_write(open_door: Opener, mode: str) -> None:
    door = open_door(mode, read_only=True)
    for path in PATHS:
        answer = await door.post(path, {"identifier": "x"})
        assert answer.status_code == 403, path
        assert answer.json()["error"] == "admin UI is running in read-only mode"
    assert (await door.get("/api/overview")).json()["stats"]["total"] == 0


@pytest.mark.parametrize("mode", AUTHS)
async def test_headers_stand_on_every_answer(open_door: Opener, mode: str) -> None:
    door = open_door(mode)
    for method, path, headers in product(["GET", "POST"], PATHS, ({}, door.headers)):
        answer = await door.client.request(method, path, headers=headers)
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == value, (method, path, answer.status_code)
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe-eval'" not in answer.headers["content-security-policy"].replace("'wasm-unsafe-eval'", "")
        cacheable = is_asset(path) and answer.status_code == 200
        assert answer.headers["cache-control"] == ("public, max-age=3600" if cacheable else "no-store")
        assert len(answer.headers["x-request-id"]) == 12


@pytest.mark.parametrize("mode", AUTHS)
async def test_every_error_is_json_with_code_and_request_id(open_door: Opener, mode: str) -> None:
    door = open_door(mode)
    for method, path in product(["GET", "POST", "PUT", "DELETE"], PATHS):
        answer = await door.client.request(method, path, headers=door.headers)
        if answer.status_code < 400:
            continue
        body = answer.json()
        assert isinstance(body["error"], str) and body["code"], (method, path)
        assert body["request_id"] == answer.headers["x-request-id"]
    assert (await door.get("/nothing/here")).status_code == 404
    assert (await door.post("/api/session", {})).status_code == 405


async def test_a_path_knows_its_methods(open_door: Opener) -> None:
    """Also where a path with a parameter would take it: `action` is no job's id."""
    known: dict[str, set[str]] = {}
    for route in ROUTES:
        known.setdefault(route.path.replace("{id}", "1"), set()).update(route.methods or ())
    door = open_door()
    headers = door.headers | {CSRF_HEADER: (await door.answer("/api/session"))["csrf_token"]}
    for path, method in product(known, [*METHODS, "OPTIONS", "TRACE"]):
        if method not in known[path]:
            answer = await door.client.request(method, path, headers=headers)
            assert answer.status_code == 405, (method, path, answer.text)
            assert set(answer.headers["allow"].split(", ")) <= known[path], path


@pytest.mark.parametrize(
    "site",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "null"},
        {"origin": "http://evil.test"},
    ],
)
async def test_a_write_from_another_site_is_refused(open_door: Opener, site: dict[str, str]) -> None:
    door = open_door()
    answer = await door.post("/api/jobs", {"identifier": "x"}, **site)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
    assert (await door.get("/api/overview")).json()["stats"]["total"] == 0


async def test_a_write_from_our_own_page_is_taken(open_door: Opener) -> None:
    door = open_door()
    for site in ({"sec-fetch-site": "same-origin"}, {"origin": "http://127.0.0.1"}):
        assert (await door.post("/api/jobs", {"identifier": "x"}, **site)).status_code == 200
    assert (await door.get("/api/overview")).json()["stats"]["total"] == 2


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:5678", 200), ("127.0.0.1", 200), ("127.9.9.9:1", 200), ("[::1]:80", 200), ("LOCALHOST", 200),
        ("evil.test", 421), ("evil.test:5678", 421), ("localhost.evil.test", 421), ("10.0.0.1", 421),
        ("user@localhost", 421), ("", 421), ("localhost:99999", 421), ("2130706433", 421), ("[::ffff:127.0.0.1]", 200),
    ],
)  # fmt: skip
async def test_mode_none_answers_loopback_hosts_only(open_door: Opener, host: str, status: int) -> None:
    door = open_door("none")
    answer = await door.client.get("/api/session", headers={"host": host})
    assert answer.status_code == status
    if status != 200:
        assert "csrf" not in answer.text


async def test_allowed_hosts_are_answered_and_others_are_not(open_door: Opener) -> None:
    door = open_door(allowed_hosts=["admin.example.com", "other.example.com:8443"])
    seen = {}
    for host in (
        "admin.example.com",
        "Admin.Example.com:444",
        "other.example.com:8443",
        "other.example.com",
        "evil.test",
    ):
        seen[host] = (await door.client.get("/api/session", headers=door.headers | {"host": host})).status_code
    assert list(seen.values()) == [200, 200, 200, 421, 421]


@pytest.mark.parametrize(
    "value",
    [
        "Basic", "Basic !!!", "Basic YWRtaW4=", "Basic YWRtaW46d3Jvbmc=", "Bearer correct horse battery", "", "Basic \xff",
        "Basic " + "A" * 10000,
    ],
)  # fmt: skip
async def test_wrong_credentials_are_a_401(open_door: Opener, value: str) -> None:
    door = open_door()
    answer = await door.client.get("/api/session", headers=[(b"authorization", value.encode("latin-1"))])
    assert answer.status_code == 401


async def test_two_authorization_headers_are_refused(open_door: Opener) -> None:
    door = open_door()
    right = door.headers["authorization"]
    answer = await door.client.get("/api/session", headers=[("authorization", right), ("authorization", right)])
    assert answer.status_code == 401


async def test_ten_wrong_passwords_make_a_source_wait(open_door: Opener) -> None:
    door = open_door()
    wrong = {"authorization": "Basic YWRtaW46d3Jvbmc="}
    codes = [(await door.client.get("/api/session", headers=wrong)).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2
    missing = await door.client.get("/api/session")
    assert missing.status_code == 401  # no credentials are no try
    assert int((await door.client.get("/api/session", headers=wrong)).headers["retry-after"]) > 0


async def test_a_fault_of_ours_is_one_line_in_the_log(
    open_door: Opener, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> str:
        raise RuntimeError("not thought of")

    monkeypatch.setattr("graphile_worker.admin.api.jobs.read.get_job", broken)
    answer = await open_door().get("/api/jobs/1")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "not thought of" not in answer.text
    (record,) = [one for one in caplog.records if one.name == "graphile_worker.admin"]
    assert answer.json()["request_id"] in record.getMessage() and not record.exc_info
