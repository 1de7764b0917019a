"""Users of a file: what each role may do, by the table of routes; changes of the file; what a login costs."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig
from graphile_worker.admin.server.app import PERMISSIONS, ROUTES
from graphile_worker.admin.server.http.paths import PROBES
from graphile_worker.admin.server.security.permissions import ANYBODY, EVERY_USER, AdminRoute, Permission, one_of
from graphile_worker.admin.server.users import passwords
from graphile_worker.admin.server.users.admin_user import USER_PERMISSIONS
from graphile_worker.admin.server.users.roles import ROLES
from tests.server.operators import PASSWORDS, ROLE_OF, Sources, basic, line, write
from tests.server.test_host_auth import bodies


@pytest.fixture(autouse=True)
def looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request looks at the file, so that no test waits."""
    monkeypatch.setattr(passwords, "CHECK_SECONDS", 0.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "users"
    write(path, "# the team\n" + "".join(map(line, ROLE_OF)))
    return path


@pytest.fixture
def admin(utils: WorkerUtils, file: Path) -> Sources:
    return Sources(utils, AdminAuthConfig.users(str(file)))


def test_every_route_declares_its_permission() -> None:
    for route in ROUTES:
        assert isinstance(route, AdminRoute)
        for method in route.methods or ():
            assert PERMISSIONS.find(method, route.path.replace("{id}", "1")) is route.permission
        if "POST" in (route.methods or ()):
            assert route.permission.actions and "read" not in route.permission.actions, route.path
        elif route.path.startswith(("/api", "/metrics")) and route.path != "/api/session":
            assert route.permission.actions == ("read",), route.path
    assert {route.path for route in ROUTES if route.permission is ANYBODY} == PROBES
    assert {action for route in ROUTES for action in route.permission.actions} == set(USER_PERMISSIONS) - {
        "write",
        "repair",
    }


@pytest.mark.parametrize("permission", [None, "read", ("read",)])
def test_a_route_without_a_permission_cannot_be_made(permission: Any) -> None:
    with pytest.raises(TypeError, match="must declare a Permission"):
        AdminRoute("/x", lambda request: None, methods=["GET"], permission=permission)
    with pytest.raises(TypeError, match="permission"):
        AdminRoute("/x", lambda request: None, methods=["GET"])  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="no action 'raed'"):
        Permission(("raed",))
    with pytest.raises(ValueError, match="no action 'write'"):
        one_of("add", "write")


@pytest.mark.parametrize("name", ROLE_OF)
async def test_each_route_gives_each_role_what_its_permission_says(admin: Sources, name: str) -> None:
    door, rights = admin.door(name), ROLES[ROLE_OF[name]]
    for route in ROUTES:
        if "GET" not in (route.methods or ()) or route.path == "/api/events":
            continue
        answer = await door.get(route.path.replace("{id}", "1"))
        assert (answer.status_code == 403) is False, route.path  # every role reads
    for path, action, body in bodies():
        declared = PERMISSIONS.find("POST", path)
        assert declared is not None and action in declared.actions
        answer = await door.post(path, body)
        refused = answer.status_code == 403 and answer.json()["code"] == "right_missing"
        assert refused is not ("write" in rights or action in rights), (name, path, action, answer.text)


async def test_a_role_with_nothing_to_read_gets_the_page_and_the_session_only(
    admin: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ROLES, "viewer", ("add",))
    door = admin.door("vera")
    for route in ROUTES:
        if "GET" in (route.methods or ()) and route.permission is not ANYBODY:
            answer = await door.get(route.path.replace("{id}", "1"))
            assert (answer.status_code == 403) is (route.permission is not EVERY_USER), route.path
    assert (await door.get("/nothing")).status_code == (await door.get("/api/jobs?db=nothing")).status_code == 403


async def test_the_session_says_who_it_is_and_what_is_withheld(admin: Sources) -> None:
    auth = (await admin.door("otto").answer("/api/session"))["auth"]
    assert auth == {
        "mode": "Basic", "username": "otto", "header_name": None, "generated_secret": False,
        "rights": sorted(ROLES["operator"]),
    }  # fmt: skip
    offers = (await admin.door("otto").answer("/api/session"))["offers"]
    assert offers["retry"] is None and offers["migrate"] == "Your user may not migrate."
    assert all(text for text in (await admin.door("vera").answer("/api/session"))["offers"].values())
    assert "argon2" not in (await admin.door("anna").get("/api/session")).text


async def test_the_audit_event_names_the_user_and_the_source(admin: Sources, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "graphile_worker.audit")
    await admin.door("otto", "::ffff:10.1.2.3").post("/api/jobs", {"identifier": "x"})
    (event,) = [json.loads(one.getMessage()) for one in caplog.records if one.name == "graphile_worker.audit"]
    assert (event["action"], event["user"], event["source"]) == ("add", "otto", "10.1.2.3")
    assert (event["role"], event["auth"]) == ("operator", "users")


async def test_a_write_still_needs_the_token_and_a_stranger_is_asked_for_a_password(admin: Sources) -> None:
    answer = await admin.client().post("/api/jobs", json={"identifier": "x"}, headers=basic("anna"))
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    for headers in ({}, basic("anna", "wrong"), basic("nobody", "a password of nobody"), {"authorization": "Bearer x"}):
        answer = await admin.ask(headers)
        assert (answer.status_code, answer.headers["www-authenticate"][:5]) == (401, "Basic")


async def test_changes_of_the_file_count_at_once(admin: Sources, file: Path) -> None:
    assert await admin.status(basic("otto")) == await admin.status(basic("vera")) == 200
    write(file, line("otto", "viewer"))
    assert await admin.status(basic("vera")) == 401
    answer = await admin.door("otto").post("/api/jobs", {"identifier": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "right_missing")
    write(file, line("otto").replace(line("otto").split(":")[2], line("anna").split(":")[2]))
    assert await admin.status(basic("otto")) == 401
    assert await admin.status(basic("otto", PASSWORDS["anna"])) == 200


async def test_the_file_is_looked_at_once_in_a_second(
    admin: Sources, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "CHECK_SECONDS", 600.0)
    assert await admin.status(basic("vera")) == 200
    file.unlink()
    assert await admin.status(basic("vera")) == 200
    monkeypatch.setattr(passwords, "CHECK_SECONDS", 0.0)
    assert await admin.status(basic("vera")) == 503


@pytest.mark.parametrize("broken", ["", "vera:viewer\n", "\xff", None, "mode"])
async def test_a_file_that_is_wrong_lets_nobody_in_and_is_named_in_the_log_once(
    admin: Sources, file: Path, caplog: pytest.LogCaptureFixture, broken: str | None
) -> None:
    assert await admin.status(basic("vera")) == 200
    if broken is None:
        file.unlink()
    elif broken == "mode":
        file.chmod(0o644)
    else:
        file.write_bytes(broken.encode("latin-1"))
    for headers in (basic("vera"), basic("anna"), basic("nobody", "a password of nobody")):
        answer = await admin.ask(headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "users_unavailable")
        assert answer.headers["retry-after"] and str(file) not in answer.text
    assert await admin.status({}) == 401
    assert (await admin.client().get("/healthz")).status_code == 200
    (told,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert str(file) in told.getMessage() and "argon2" not in told.getMessage()
    write(file, line("vera"))
    assert await admin.status(basic("vera")) == 200 and await admin.status(basic("anna")) == 401


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that passwords were verified against."""
    seen: list[str] = []
    right = passwords.verify

    def spy(hash: str, password: bytes) -> bool:
        seen.append(hash)
        return right(hash, password)

    monkeypatch.setattr(passwords, "verify", spy)
    return seen


async def test_an_unknown_name_costs_what_a_wrong_password_costs(
    admin: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = counted(monkeypatch)
    for name in ("vera", "nobody", "VERA", "vera "):
        assert await admin.status(basic(name, "a password of nobody")) == 401
    assert len(seen) == 4 and len({hash.rpartition("$")[0].rpartition("$")[0] for hash in seen}) == 1


async def test_right_credentials_are_evaluated_once(admin: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = counted(monkeypatch)
    together = await asyncio.gather(*(admin.status(basic("vera")) for _ in range(30)))
    assert set(together) == {200} and len(seen) == 1
    assert await admin.status(basic("vera")) == 200 and len(seen) == 1
    assert await admin.status(basic("vera"), "10.0.0.2") == 200 and len(seen) == 2  # each source by itself


async def test_only_a_keyed_hash_of_a_password_stays_in_memory(admin: Sources) -> None:
    import gc

    assert await admin.status(basic("vera")) == 200
    kept = [one for one in gc.get_objects() if type(one).__name__ == "RecentLogins"]
    assert kept and not any(PASSWORDS["vera"] in repr(vars(one)) for one in kept)


@pytest.mark.parametrize("after", ["anna", "anna vera"], ids=["removed", "another password"])
async def test_who_loses_access_during_the_evaluation_is_not_let_in(
    admin: Sources, file: Path, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    right = passwords.verify
    others = line("vera").replace(line("vera").split(":")[2], line("anna").split(":")[2])

    def slow(hash: str, password: bytes) -> bool:
        write(file, line("anna") + (others if "vera" in after else ""))
        return right(hash, password)

    monkeypatch.setattr(passwords, "verify", slow)
    assert await admin.status(basic("vera")) == 401


def test_a_configuration_with_users_has_no_other_secret(file: Path) -> None:
    built = AdminAuthConfig.users(str(file))
    assert (built.mode, built.username, built.secret) == ("basic", None, None)
    assert "argon2" not in repr(built) and built.summary()["mode"] == "Basic"
    for wrong in ({"username": "x"}, {"generated": True}, {"mode": "bearer"}):
        with pytest.raises(ValueError, match="users file is for auth mode basic"):
            AdminAuthConfig(**{"mode": "basic", "users_path": str(file)} | wrong)
    os.chmod(file, 0o640)
    with pytest.raises(ValueError, match="mode 0640"):
        AdminAuthConfig.users(str(file))


def test_accepts_tells_right_from_wrong_by_itself(file: Path) -> None:
    from starlette.datastructures import Headers

    built = AdminAuthConfig.users(str(file))
    assert built.accepts(Headers(basic("vera")))
    assert not built.accepts(Headers(basic("vera", "wrong"))) and not built.accepts(Headers({}))
    assert not built.accepts(Headers(basic("nobody", "a password of nobody")))


async def test_replicas_with_one_csrf_secret_take_each_others_token(utils: WorkerUtils, file: Path) -> None:
    auths = [AdminAuthConfig.users(str(file), csrf_secret="s" * 32) for _ in range(2)]
    one, other = (Sources(utils, auth).door("otto") for auth in auths)
    other.csrf = (await one.answer("/api/session"))["csrf_token"]
    assert (await other.post("/api/jobs", {"identifier": "x"})).status_code == 200
    assert "s" * 32 not in repr(auths)
