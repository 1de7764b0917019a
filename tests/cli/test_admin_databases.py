"""`admin` with several schemas and databases: what may be said, what wins, and that no password is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.cli.support import Program, rows
from tests.cli.test_admin import admin, lines
from tests.support.templates import Databases


@pytest.fixture
async def other_dsn(databases: Databases) -> AsyncIterator[str]:
    """The address of a second database."""
    name = await databases.migrated("graphile_worker")
    yield databases.server.dsn(name)
    await databases.drop(name)


def password(dsn: str) -> str:
    """The password in an address."""
    return dsn.partition("@")[0].rpartition(":")[2]


def queues(dsn: str, *options: str, **environment: str) -> tuple[list[str], list[tuple[str, str]]]:
    """What the start says, and the names and schemas that the session lists."""
    with admin(dsn, "--auth", "none", *options, **environment) as process:
        said = lines(process, 4)
        address = said[0].removeprefix("Graphile Worker admin UI: ")
        session = httpx.get(f"{address}/api/session").json()
    return said, [(one["name"], one["schema"]) for one in session.get("databases", [])]


def test_several_schemas_of_one_database(dsn: str) -> None:
    said, found = queues(dsn, "--schema", "graphile_worker", "--schema", "odd 'n' empty")
    assert found == [("graphile_worker", "graphile_worker"), ("odd 'n' empty", "odd 'n' empty")]
    assert said[3] == "Queues: graphile_worker, odd 'n' empty"


def test_several_databases(dsn: str, other_dsn: str) -> None:
    both = ["--database", f"shop={dsn}", "--database", f"billing={other_dsn}"]
    with admin("", "--auth", "none", *both) as process:
        address = lines(process, 4)[0].removeprefix("Graphile Worker admin UI: ")
        session = httpx.get(f"{address}/api/session").json()
        sent = {session["csrf_header"]: session["csrf_token"]}
        added = httpx.post(f"{address}/api/jobs?db=billing", json={"identifier": "x"}, headers=sent)
        assert added.status_code == 200
        jobs = {name: httpx.get(f"{address}/api/jobs?db={name}").json()["jobs"] for name in ("shop", "billing")}
        assert [len(jobs[name]) for name in ("shop", "billing")] == [0, 1]
        assert [one["database"] for one in session["databases"]] == [
            dsn.rpartition("/")[2].partition("?")[0], other_dsn.rpartition("/")[2].partition("?")[0],
        ]  # fmt: skip


def test_databases_and_schemas_at_once(dsn: str, other_dsn: str) -> None:
    _, found = queues(
        "", "--database", f"a={dsn}", "--database", f"b={other_dsn}", "--schema", "graphile_worker", "--schema", "two"
    )
    assert [name for name, _ in found] == ["a/graphile_worker", "a/two", "b/graphile_worker", "b/two"]


def test_from_the_environment_and_from_a_file(dsn: str, other_dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "databases"
    file.write_text(f"# ours, b=postgres://no/where\n\nshop={dsn}\n  billing={other_dsn}  \n")
    for environment, options in (
        ({"GRAPHILE_WORKER_DATABASES": f"shop={dsn},billing={other_dsn}"}, []),
        ({"GRAPHILE_WORKER_DATABASES": f"shop={dsn}\nbilling={other_dsn}\n"}, []),
        ({"GRAPHILE_WORKER_DATABASES": f"another={dsn}"}, ["--databases-file", str(file)]),
    ):
        said, found = queues("postgresql://nobody@127.0.0.1:1/never", *options, **environment)
        assert found == [("shop", "graphile_worker"), ("billing", "graphile_worker")]
        assert password(dsn) not in "".join(said)


def test_what_is_typed_wins_over_the_environment(dsn: str, other_dsn: str) -> None:
    variable = {"GRAPHILE_WORKER_DATABASES": f"a={other_dsn},b={other_dsn}"}
    with admin(other_dsn, "--auth", "none", "--database-url", dsn, **variable) as process:
        session = httpx.get(lines(process, 3)[0].removeprefix("Graphile Worker admin UI: ") + "/api/session").json()
    assert "databases" not in session and session["database"] == dsn.rpartition("/")[2].partition("?")[0]


def test_an_address_with_several_hosts_is_one_address() -> None:
    many = "a=postgresql://one@127.0.0.1:1,127.0.0.1:2/x,b=postgresql://nobody:geheim99@127.0.0.1:1/x"
    with admin("", "--auth", "none", GRAPHILE_WORKER_DATABASES=many) as process:
        assert lines(process, 4)[3] == "Queues: a, b"
        assert process.stderr is not None
        warning = process.stderr.readline()
        assert warning.startswith("Warning: Database 'a': the database could not be reached")
        assert "geheim99" not in warning


def test_one_that_is_away_is_a_warning(dsn: str) -> None:
    away = "postgresql://nobody:geheim99@127.0.0.1:1/nothing"
    with admin("", "--auth", "none", GRAPHILE_WORKER_DATABASES=f"up={dsn},down={away}") as process:
        address = lines(process, 4)[0].removeprefix("Graphile Worker admin UI: ")
        assert process.stderr is not None
        warning = process.stderr.readline()
        assert warning.startswith("Warning: ") and "'down': the database could not be reached" in warning
        assert httpx.get(f"{address}/api/jobs").status_code == 200
        assert httpx.get(f"{address}/api/jobs?db=down").status_code == 503
        assert "geheim99" not in warning


@pytest.mark.parametrize(
    "options",
    [
        ["--database", "shop"], ["--database", "=postgres://x/y"], ["--database", "sh op=postgres://x/y"],
        ["--database", "shop=mysql://a:geheim99@x/y"], ["--database", "a=postgres://x/y", "--database", "a=postgres://x/z"],
        ["--database", "a=postgres://x/y", "--database-url", "postgres://x/y"],
        ["--databases-file", "/dev/null"], ["--schema", "a", "--schema", "a"], ["--prefix", "queue"], ["--prefix", "/../x"],
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_a_usage_error(dsn: str, options: list[str]) -> None:
    ran = Program(dsn)("admin", "--auth", "none", "--listen", "127.0.0.1:0", *options)
    assert (ran.code, "geheim99" in ran.err) == (2, False), ran.err


def test_a_password_in_an_argument_works_and_warns(dsn: str) -> None:
    with admin("", "--auth", "none", "--database", f"shop={dsn}") as process:
        said = lines(process, 3)
        assert process.stderr is not None
        warning = process.stderr.readline()
        assert "--database" in warning and "visible" in warning
        assert password(dsn) not in warning + "".join(said)
        assert httpx.get(said[0].removeprefix("Graphile Worker admin UI: ") + "/api/jobs").status_code == 200


async def test_other_commands_take_one_schema(dsn: str) -> None:
    program = Program(dsn)
    ran = program("list", "--schema", "graphile_worker", "--schema", "two")
    assert ran.code == 2 and "only admin shows several" in ran.err
    assert program("add", "x", "--schema", "graphile_worker").code == 0
    assert program("--schema", "nothing", "add", "x", "--schema", "graphile_worker").code == 0
    assert len(await rows(dsn, "select 1 from graphile_worker._private_jobs")) == 2
    assert program("list", GRAPHILE_WORKER_SCHEMA='my "odd" schéma').code == 3


def test_a_prefix_is_part_of_the_address(dsn: str) -> None:
    with admin(dsn, "--auth", "none", "--prefix", "/a/b") as process:
        address = lines(process, 3)[0].removeprefix("Graphile Worker admin UI: ")
        assert address.endswith("/a/b/")
        assert httpx.get(f"{address}api/session").status_code == 200
        assert httpx.get(address.removesuffix("/a/b/") + "/api/session").status_code == 404
