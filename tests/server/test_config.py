"""Unsafe or impossible configurations do not come to life."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, AdminServerConfig
from graphile_worker.admin.server.security.csrf import Csrf
from graphile_worker.core.schema import Schema


def config(utils: WorkerUtils, **options: Any) -> AdminServerConfig:
    return AdminServerConfig(utils.database.pool, utils, **options)


def test_the_defaults_of_the_specification(utils: WorkerUtils) -> None:
    built = config(utils)
    assert (built.listen_addr, built.read_only) == ("127.0.0.1:4000", False)
    assert (built.auth.mode, built.auth.username, built.auth.generated) == ("basic", "admin", True)
    assert len(built.auth.secret or "") == 48
    assert config(utils).auth.secret != built.auth.secret


def test_no_repr_shows_a_secret(utils: WorkerUtils) -> None:
    built = config(utils, auth=AdminAuthConfig.bearer("canary-secret"))
    assert "canary-secret" not in repr(built) and "canary-secret" not in str(built.auth.summary())


@pytest.mark.parametrize("address", ["0.0.0.0:4000", "192.168.1.2:1", "[::]:4000", "[::ffff:10.0.0.1]:4000"])
def test_mode_none_is_refused_off_loopback(utils: WorkerUtils, address: str) -> None:
    with pytest.raises(ValueError, match="only allowed on a loopback"):
        config(utils, listen_addr=address, auth=AdminAuthConfig.none())


@pytest.mark.parametrize(
    "address", ["127.0.0.1:0", "127.1.2.3:4000", "[::1]:4000", "localhost:80", "[::ffff:127.0.0.1]:1"]
)
def test_mode_none_is_fine_on_loopback(utils: WorkerUtils, address: str) -> None:
    assert config(utils, listen_addr=address, auth=AdminAuthConfig.none()).auth.mode == "none"


@pytest.mark.parametrize(
    "options",
    [
        {"listen_addr": "4000"}, {"listen_addr": "example.com:80"}, {"listen_addr": "127.0.0.1:99999"},
        {"schema_name": "another"}, {"schema": "another"}, {"allowed_hosts": "one.example.com"},
        {"allowed_hosts": ["not a host"]}, {"body_limit": 10}, {"freshness": -1},
    ],
)  # fmt: skip
def test_wrong_options_raise(utils: WorkerUtils, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        config(utils, **options)


@pytest.mark.parametrize(
    "build",
    [
        lambda: AdminAuthConfig.basic("admin", ""), lambda: AdminAuthConfig.basic("", "x"),
        lambda: AdminAuthConfig.basic("a:b", "x"), lambda: AdminAuthConfig.bearer(""),
        lambda: AdminAuthConfig.header("x", "host"), lambda: AdminAuthConfig.header("x", "a b"),
        lambda: AdminAuthConfig.bearer("a\nb"),
    ],
)  # fmt: skip
def test_wrong_authentication_raises(build: Any) -> None:
    with pytest.raises(ValueError):
        build()


def test_csrf_tokens_differ_and_survive_a_restart_with_the_same_secret() -> None:
    first, again, other = Csrf("s3cret"), Csrf("s3cret"), Csrf("another")
    token = first.token()
    assert len(token) == 48 and token != first.token()
    assert again.accepts(token) and not other.accepts(token)
    assert not first.accepts(token[:-1]) and not first.accepts("zz" * 24) and not first.accepts("")
    assert not Csrf(None).accepts(Csrf(None).token())


def test_the_schema_is_shown_as_it_is_whether_it_was_given_or_not(utils: WorkerUtils) -> None:
    pool = utils.database.pool
    other = WorkerUtils(pool, "other")
    given = config(utils, schema="graphile_worker", others={"b": other})
    assert AdminServerConfig(pool, utils).schema_name == "graphile_worker"
    for one in (given, config(utils), config(utils, schema_name="graphile_worker")):
        assert (one.schema, one.schema_name) == (Schema("graphile_worker"), "graphile_worker")
    assert [(name, one.schema_name) for name, one in given.each().items()] == [
        ("graphile_worker", "graphile_worker"), ("b", "other"),
    ]  # fmt: skip
    assert dataclasses.replace(given, read_only=True).schema == utils.schema
    moved = dataclasses.replace(given, utils=other, others={})
    assert (moved.schema, moved.schema_name) == (Schema("other"), "other")
    assert moved == dataclasses.replace(config(other), listen_addr=moved.listen_addr, auth=moved.auth)
    assert "schema=Schema(name='other'), schema_name='other'" in repr(moved)
    named: list[dict[str, Any]] = [{"schema": "graphile_worker"}, {"schema_name": "graphile_worker"}]
    for wrong in named:
        with pytest.raises(ValueError, match="the schema must be the one of utils, 'other'"):
            dataclasses.replace(given, utils=other, others={}, **wrong)
    assert "schema_name='graphile_worker'" in repr(given)
    with pytest.raises(ValueError, match="the schema must be the one of utils, 'other'"):
        config(other, schema="graphile_worker")


def test_the_name_is_the_one_of_the_schema_unless_it_is_given(utils: WorkerUtils) -> None:
    other = WorkerUtils(utils.database.pool, "other")
    built = config(utils, others={"b": other})
    assert (built.name, built.queue_name, built.first) == ("graphile_worker",) * 3
    assert [one.name for one in built.each().values()] == ["graphile_worker", "b"]
    assert dataclasses.replace(built, utils=other).name == "other"
    named = config(utils, name="main")
    assert (named.name, dataclasses.replace(named, utils=other).name) == ("main", "main")
