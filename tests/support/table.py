"""The rows behind WorkerUtils, seen without it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from graphile_worker.core.database.transactions import Pool
from graphile_worker.worker_utils import WorkerUtils


@dataclass
class Table:
    """The tables behind `utils`, asked in plain SQL; `{s}` stands for the quoted schema."""

    pool: Pool
    schema: str

    @classmethod
    def of(cls, utils: WorkerUtils) -> Table:
        """The tables these utils write."""
        return cls(utils.database.pool, utils.schema.quoted)

    async def run(self, sql: str, *values: Any) -> str:
        """Executes one statement; PostgreSQL's word for what it did."""
        return await self.pool.execute(sql.replace("{s}", self.schema), *values)

    @asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[None]:
        """While the block runs, every statement that reads or writes this table waits."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(f"lock table {self.schema}.{name} in access exclusive mode")
            yield

    async def pro(self, name: str, column: str, *listed: str) -> None:
        """Worker Pro's list of its `workers` or `pools`, and who is in it."""
        await self.run(f"create table {{s}}._private_pro_{name} ({column} text)")
        await self.run(f"insert into {{s}}._private_pro_{name} select unnest($1::text[])", list(listed))

    async def job(self, id: int) -> dict[str, Any] | None:
        """A row with its task, queue, and JSON as text (`text`, `marks`), or None."""
        row = await self.pool.fetchrow(
            f"""select j.*, j.payload::text as text, j.flags::text as marks, t.identifier, q.queue_name,
            j.run_at <= now() as due from {self.schema}._private_jobs j
            left join {self.schema}._private_tasks t on t.id = j.task_id
            left join {self.schema}._private_job_queues q on q.id = j.job_queue_id where j.id = $1""",
            id,
        )
        return None if row is None else dict(row)

    async def row(self, id: int) -> dict[str, Any]:
        """A row that must be there."""
        found = await self.job(id)
        assert found is not None, f"job {id} is gone"
        return found

    async def lock(self, id: int, age: str, worker: str | None = "w1") -> None:
        """As a worker does: the job and, if it has one, its queue; `age` is an interval."""
        queue = "id = (select job_queue_id from {s}._private_jobs where id = $1)"
        for name, which in (("jobs", "id = $1"), ("job_queues", queue)):
            held = "set locked_at = now() - $2::text::interval, locked_by = $3"
            await self.run(f"update {{s}}._private_{name} {held} where {which}", id, age, worker)
