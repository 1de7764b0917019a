"""The application around the admin says who is there; every action is checked on the server."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, AdminUser, create_app
from graphile_worker.admin.server.app import ROUTES
from graphile_worker.admin.server.users.admin_user import USER_PERMISSIONS, HostCheck
from graphile_worker.core.diagnosis.findings import ACTIONS
from tests.server.conftest import Door, Opener

VERBS = ["complete", "fail", "run-now", "run-next", "retry", "reschedule"]
UPKEEP = ["migrate", "cleanup", "force-unlock", "sweep-stale-workers", "release-old-locks"]


def bodies() -> list[tuple[str, str, dict[str, Any]]]:
    """(path, the action's right, a body that is right in itself) of every write there is."""
    more: dict[str, dict[str, Any]] = {"reschedule": {"priority": 1}, "force-unlock": {"worker_ids": ["w"]}}
    return [
        ("/api/jobs", "add", {"identifier": "x"}),
        *(("/api/jobs/action", verb, {"action": verb, "ids": [1], **more.get(verb, {})}) for verb in VERBS),
        *(
            ("/api/jobs/bulk", verb, {"action": verb, "filter": {"state": "all"}, **more.get(verb, {})})
            for verb in VERBS
        ),
        ("/api/jobs/remove-by-key", "remove-by-key", {"key": "k"}),
        *(("/api/maintenance", action, {"action": action, **more.get(action, {})}) for action in UPKEEP),
    ]


def asking(door: Door, *rights: str) -> Door:
    """The same door for a user with these rights."""
    return Door(door.client, {"x-user": "ada:" + " ".join(rights)})


def test_every_write_is_in_these_tests() -> None:
    writes = {route.path for route in ROUTES if "POST" in (route.methods or ())}
    assert {path for path, _, _ in bodies()} == writes


async def test_a_user_who_may_only_look_is_refused_every_write_by_name(open_door: Opener) -> None:
    door = asking(open_door("host"), "read")
    for path, action, body in bodies():
        answer = await door.post(path, body)
        told = answer.json()
        assert (answer.status_code, told["code"]) == (403, "right_missing"), (path, action)
        assert told["error"].startswith("Your user may not ") and f"right {action} or write" in told["hint"]
    assert (await door.get("/api/jobs")).status_code == 200


async def test_one_right_opens_one_action(open_door: Opener) -> None:
    host = open_door("host")
    for action in sorted({action for _, action, _ in bodies()}):
        door = asking(host, "read", action)
        seen = {a: (await door.post(path, body)).json().get("code") for path, a, body in bodies()}
        assert {a for a, code in seen.items() if code != "right_missing"} == {action}


async def test_dry_runs_are_writes_too(open_door: Opener) -> None:
    door = asking(open_door("host"), "read")
    for path, _, body in bodies():
        if path in ("/api/jobs/bulk", "/api/maintenance"):
            assert (await door.post(path, body | {"dry_run": True})).status_code == 403


async def test_who_may_not_look_sees_the_page_and_their_rights_only(open_door: Opener) -> None:
    host = open_door("host")
    door = asking(host, "add")
    for route in ROUTES:
        if "GET" not in (route.methods or ()):
            continue
        path = route.path.replace("{id}", "1")
        answer = await door.get(path)
        open_to_all = not path.startswith(("/api", "/metrics")) or path == "/api/session"
        assert (answer.status_code == 403) is not (open_to_all or path in ("/healthz", "/readyz")), path
    assert (await door.get("/nothing/here")).status_code == 403
    assert (await door.post("/api/jobs", {"identifier": "x"})).status_code == 200
    assert (await asking(host, "write").get("/api/jobs")).status_code == 200


async def test_the_session_says_who_and_what_is_offered(open_door: Opener) -> None:
    door = asking(open_door("host"), "read", "retry")
    session = (await door.get("/api/session")).json()
    assert session["auth"] == {
        "mode": "Host", "username": "ada", "header_name": None, "generated_secret": False, "rights": ["read", "retry"],
    }  # fmt: skip
    offers = session["offers"]
    assert set(offers) == set(ACTIONS) and offers["retry"] is None
    assert offers["complete"] == "Your user may not complete jobs."
    assert all(text.startswith("Your user may not") for action, text in offers.items() if action != "retry")


async def test_nobody_gets_anything_and_the_csrf_token_is_still_needed(open_door: Opener) -> None:
    door = open_door("host")
    for path in ("/", "/assets/admin.css", "/api/session", "/nothing"):
        answer = await door.client.get(path)
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized"), path
        assert "www-authenticate" not in answer.headers
    answer = await door.client.post("/api/jobs", json={"identifier": "x"}, headers=door.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    page = await door.get("/")
    assert 'data-auth-mode="host"' in page.text and 'data-csrf="' in page.text and 'data-csrf=""' not in page.text


async def test_the_audit_event_carries_the_users_name(open_door: Opener, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "graphile_worker.audit")
    await asking(open_door("host"), "read", "add").post("/api/jobs", {"identifier": "x"})
    (event,) = [json.loads(one.getMessage()) for one in caplog.records if one.name == "graphile_worker.audit"]
    assert (event["action"], event["user"]) == ("add", "ada")


async def asked(utils: WorkerUtils, check: HostCheck) -> httpx.Response:
    app = create_app(AdminServerConfig(utils.database.pool, utils, auth=AdminAuthConfig.host(check)))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://queue.example.com") as client:
        return await client.get("/api/session", headers={"cookie": "session=42"})


async def async_check(request: Request) -> AdminUser | None:
    return AdminUser("ada", ["read"]) if request.cookies.get("session") == "42" else None


class Checker:
    """A callable object; its answer is awaited."""

    async def __call__(self, request: Request) -> AdminUser | None:
        return await async_check(request)


def refusing(status: int) -> HostCheck:
    def check(request: Request) -> AdminUser | None:
        raise HTTPException(status)

    return check


def wrong(request: Request) -> Any:
    return {"name": "ada", "rights": ["write"]}


@pytest.mark.parametrize(
    ("check", "status"),
    [
        (async_check, 200), (lambda request: AdminUser("ada"), 200), (Checker(), 200),
        (lambda request: async_check(request), 200), (lambda request: None, 401), (refusing(401), 401),
        (refusing(403), 401), (refusing(418), 500), (wrong, 500), (lambda request: AdminUser("ada", ["root"]), 500),
    ],
)  # fmt: skip
async def test_what_the_callable_may_be_and_say(utils: WorkerUtils, check: HostCheck, status: int) -> None:
    answer = await asked(utils, check)
    assert answer.status_code == status
    assert status == 200 or "csrf_token" not in answer.text
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "build",
    [
        lambda: AdminUser(""), lambda: AdminUser(" "), lambda: AdminUser("a\nb"), lambda: AdminUser("a", "write"),
        lambda: AdminUser("a", ["wrte"]), lambda: AdminUser("a", ["read", ""]), lambda: AdminUser(None),  # type: ignore[arg-type]
        lambda: AdminAuthConfig.host(None),  # type: ignore[arg-type]
        lambda: AdminAuthConfig.host("ada"),  # type: ignore[arg-type]
        lambda: AdminAuthConfig.host(async_check, csrf_secret=""), lambda: AdminAuthConfig("host"),
        lambda: AdminAuthConfig("basic", username="a", secret="b", check=async_check),
        lambda: AdminAuthConfig("none", check=async_check), lambda: AdminAuthConfig("none", secret="x"),
        lambda: AdminAuthConfig("host", username="ada", check=async_check),
    ],
)  # fmt: skip
def test_impossible_users_and_configurations_raise(build: Any) -> None:
    with pytest.raises(ValueError):
        build()


def test_a_misspelt_right_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'retry'"):
        AdminUser("ada", ["retyr"])
    assert AdminUser("ada", USER_PERMISSIONS).may("migrate") and not AdminUser("ada").may("add")


async def test_replicas_with_one_csrf_secret_take_each_others_token(utils: WorkerUtils) -> None:
    auth = [AdminAuthConfig.host(lambda request: AdminUser("ada", ["write"]), csrf_secret="s" * 32) for _ in range(2)]
    apps = [create_app(AdminServerConfig(utils.database.pool, utils, auth=one)) for one in auth]
    clients = [httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a.example.com") for app in apps]
    token = (await clients[0].get("/api/session")).json()["csrf_token"]
    sent = {"x-graphile-worker-admin-csrf": token}
    assert (await clients[1].post("/api/jobs", json={"identifier": "x"}, headers=sent)).status_code == 200
    assert "s" * 32 not in repr(auth)
