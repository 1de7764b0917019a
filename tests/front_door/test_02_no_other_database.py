"""Kind: an address that names its database only through a service or a variable; no default may reach another one."""

from __future__ import annotations

import asyncpg
import pytest

from tests.front_door.addresses import Target
from tests.support.templates import Databases

SCHEMAS = "select count(*) from pg_namespace where nspname = 'graphile_worker'"


@pytest.mark.parametrize("address", ["postgresql:///?service=queue", "service=queue", "postgresql://?service=queue"])
async def test_migrate_works_in_the_database_of_the_service(databases: Databases, target: Target, address: str) -> None:
    meant, other = await databases.empty(), target.user  # the superuser's own database is libpq's default
    lines = target.lines.replace(f"dbname={target.database}", f"dbname={meant}")
    (target.home / ".pg_service.conf").write_text(f"[queue]\n{lines}")
    ran = target.run("migrate", "--database-url", address)
    assert ran.code == 0, ran
    for name, expected in ((meant, 1), (other, 0)):
        connection = await asyncpg.connect(databases.server.dsn(name))
        try:
            assert await connection.fetchval(SCHEMAS) == expected, name
        finally:
            await connection.close()
    await databases.drop(meant)
