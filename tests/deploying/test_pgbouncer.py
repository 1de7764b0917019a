"""Through PgBouncer with docs/deploying/pgbouncer.ini: everything in transaction mode, one sentence in statement mode."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.support import Program
from tests.embedding.serving import look_and_write
from tests.hardening.process import SECRET, admin
from tests.hardening.servers import bouncer, memory_folder

AUTH = ("admin", SECRET)


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that the user of the server may walk through."""
    with memory_folder() as made:
        yield made / "pgbouncer"


async def test_transaction_mode_serves_the_admin_and_every_kind_of_command(dsn: str, folder: Path) -> None:
    with bouncer(dsn, folder, "transaction") as address:
        program = Program(address)
        for command in ("migrate", "add x --payload {}", "list", "stats", "doctor", "export", "complete 1"):
            ran = await asyncio.to_thread(program, *command.split())
            assert ran.code == 0, (command, ran.err)
        with admin(address) as running:
            async with httpx.AsyncClient(auth=AUTH, timeout=30) as client:
                await look_and_write(client, f"{running.url}/")
                assert (await client.get(f"{running.url}/readyz")).status_code == 200
                await asyncio.gather(*(client.get(f"{running.url}/api/jobs") for _ in range(20)))
            assert not any("mistake of ours" in line or "Traceback" in line for line in running.errors)


async def test_statement_mode_is_refused_in_one_sentence_that_says_what_to_set(dsn: str, folder: Path) -> None:
    with bouncer(dsn, folder, "statement") as address:
        for command in ("list", "stats", "add x", "complete 1"):
            ran = await asyncio.to_thread(Program(address), *command.split())
            assert (ran.code, ran.out) == (3, ""), command
            assert "statement mode" in ran.err and "Set pool_mode = transaction" in ran.err
            assert ran.err.count("\n") == 1
        with admin(address) as running:
            answer = httpx.get(f"{running.url}/api/jobs", auth=AUTH, timeout=30)
            assert answer.status_code == 503 and "pool_mode = transaction" in answer.json()["hint"]
            assert httpx.get(f"{running.url}/readyz").status_code == 503
