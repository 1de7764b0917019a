"""Removing a job by its key, which for a job that runs means parting the two."""

from __future__ import annotations

from graphile_worker.core.actions.act import job_of, living_workers
from graphile_worker.core.database.transactions import AnyConnection, Database
from graphile_worker.core.diagnosis.capabilities import known, writing
from graphile_worker.core.jobs import Job, RemoveOutcome, RemoveReport
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql import statement, texts


async def remove(database: Database, schema: Schema, key: str) -> RemoveReport:
    """See WorkerUtils.remove_job; `key` is checked already."""
    async with writing(database, schema, "remove-by-key") as connection:
        alive = await living_workers(database, connection, schema)
        if await connection.fetchval(statement("jobs.hold_key", schema), key, alive):
            # however old the lock: the schema's own function would take the job from a worker that lives
            marks = (await known(database, connection, schema)).state.has_retirements
            parted = await connection.fetchrow(statement("jobs.part" if marks else "jobs.part_unmarked", schema), key)
            return RemoveReport(RemoveOutcome.KEY_RELEASED, job_of(parted) if parted else None)
        row = await connection.fetchrow(statement("jobs.remove", schema), key)
        if row is None or row["id"] is None:
            return RemoveReport(RemoveOutcome.NOT_FOUND, None)
        job = job_of(row)
        if job.key is None:
            return RemoveReport(RemoveOutcome.KEY_RELEASED, job)
        await _free_queue(connection, schema, job)
        return RemoveReport(RemoveOutcome.REMOVED, job)


async def _free_queue(connection: AnyConnection, schema: Schema, job: Job) -> None:
    """The schema's function leaves the queue of an old lock to the dead."""
    if job.locked_at is not None and job.job_queue_id is not None:
        await connection.execute(statement("jobs.release_queue", schema), texts([job.job_queue_id]), [job.locked_by])
