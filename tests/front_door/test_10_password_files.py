"""Kind: a password file, with libpq's escapes and its rule about who may read it."""

from __future__ import annotations

import asyncpg
import pytest

from tests.front_door.addresses import Target

PASSWORDS = ["a:b", "a\\b", "plain", "ends\\", "#x: y"]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


@pytest.fixture
async def role(target: Target, dsn: str) -> str:
    """A superuser whose name needs an escape."""
    connection = await asyncpg.connect(dsn)
    await connection.execute('drop role if exists "of:files"; create role "of:files" superuser login')
    await connection.close()
    return "of:files"


@pytest.mark.parametrize("password", PASSWORDS)
async def test_escapes(target: Target, dsn: str, role: str, password: str) -> None:
    connection = await asyncpg.connect(dsn)
    quoted = await connection.fetchval("select quote_literal($1::text)", password)
    await connection.execute(f'alter role "{role}" password {quoted}')
    await connection.close()
    file = target.home / ".pgpass"
    lines = [
        "# a comment",
        "",
        "*:1:*:*:wrong",
        f"{target.host}:*:*:{_escaped(role)}:{_escaped(password)}:more",
        "*:*:*:*:wrong",
    ]
    file.write_text("\n".join(lines))
    file.chmod(0o600)
    target.reached(f"postgresql://of%3Afiles@{target.host}:{target.port}/{target.database}")
    moved = file.rename(target.home / "elsewhere")
    target.reached(f"host={target.host} port={target.port} user=of:files dbname={target.database} passfile={moved}")
    target.reached(
        f"host={target.host} port={target.port} user=of:files dbname={target.database}", PGPASSFILE=str(moved)
    )


def test_a_file_that_others_may_read_is_ignored_with_one_sentence(target: Target) -> None:
    file = target.home / ".pgpass"
    file.write_text(f"*:*:*:*:{target.password}\n")
    file.chmod(0o644)
    address = f"postgresql://{target.user}@{target.host}:{target.port}/{target.database}"
    said = target.refused(address, code=3)
    assert said.count(str(file)) == 1 and "others may read it" in said and "UserWarning" not in said
    assert "none was given" in said and target.password not in said
    file.chmod(0o600)
    target.reached(address)


def test_a_password_of_the_address_leaves_the_file_unread(target: Target) -> None:
    file = target.home / ".pgpass"
    file.write_text("*:*:*:*:wrong\n")
    file.chmod(0o644)
    ran = target.run("count", "--json", DATABASE_URL=f"postgresql://{target.authority}/{target.database}")
    assert (ran.code, ran.err) == (0, ""), ran


def test_several_hosts_have_a_password_each(target: Target) -> None:
    file = target.home / ".pgpass"
    file.write_text(f"localhost:*:*:*:wrong\n{target.host}:*:*:*:{target.password}\n")
    file.chmod(0o600)
    hosts = f"127.0.0.1:1,{target.host}:{target.port}"
    target.reached(f"postgresql://{target.user}@{hosts}/{target.database}")
