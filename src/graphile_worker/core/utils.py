"""WorkerUtils: every verb that changes something, once. The command line and the HTTP API are thin skins over it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import asyncpg

from graphile_worker.core import actions, checks, maintenance, migrate
from graphile_worker.core.actions import Verb
from graphile_worker.core.capabilities import writing
from graphile_worker.core.database import Database, Pool
from graphile_worker.core.errors import InvalidInput, JobNotScheduled
from graphile_worker.core.jobs import (
    Job,
    JobKeyMode,
    JobReport,
    JobResult,
    JobSpec,
    Outcome,
    RawJson,
    RemoveOutcome,
    RemoveReport,
)
from graphile_worker.core.schema import DEFAULT_SCHEMA, Schema
from graphile_worker.core.sql import statement

if TYPE_CHECKING:
    from graphile_worker.core.maintenance import CleanupReport, UnlockReport
    from graphile_worker.core.migrate import MigrationReport

ADD_TRIES = 3  # a keyed add may lose its row to a worker that takes it in the same moment (Node's schemas)


class WorkerUtils:
    """The queue of one schema, seen through an asyncpg pool.

    The pool stays the caller's. Every verb runs in short transactions with a statement and a lock timeout.
    All verbs raise the tree of `graphile_worker.core.errors`.
    """

    def __init__(self, pool: Pool, schema: str | Schema = DEFAULT_SCHEMA) -> None:
        self.schema = Schema.of(schema)
        self.database = Database(pool)

    async def add_job(
        self,
        identifier: str,
        payload: Any = None,
        *,
        queue: str | None = None,
        run_at: datetime | str | None = None,
        max_attempts: int | None = None,
        key: str | None = None,
        job_key_mode: JobKeyMode | str | None = None,
        priority: int | None = None,
        flags: Sequence[str] | None = None,
    ) -> Job:
        """Adds one job and returns its row.

        `payload` is anything JSON can say (None means `{}`), or RawJson to store text byte for byte.
        `job_key_mode` needs `key`. Raises InvalidInput, JobNotScheduled.
        """
        spec = JobSpec(
            identifier,
            {} if payload is None else payload,
            queue,
            run_at,
            max_attempts,
            key,
            job_key_mode,
            priority,
            flags,
        )
        return (await self.add_jobs([spec]))[0]

    async def add_jobs(self, specs: Sequence[JobSpec], *, preserve_run_at: bool = False) -> list[Job]:
        """Adds all jobs or none, in one transaction; rows come back in the order of the specs.

        `preserve_run_at` is the key mode of specs that have a key and no mode of their own.
        """
        default = JobKeyMode.PRESERVE_RUN_AT if preserve_run_at else JobKeyMode.REPLACE
        columns = _columns([_checked(spec, default) for spec in specs])
        if not specs:
            return []
        for _ in range(ADD_TRIES):
            rows = await self._add(columns)
            if rows is not None:
                return rows
        raise JobNotScheduled("a worker took the keyed job in the same moment; nothing was stored", hint="Try again.")

    async def _add(self, columns: list[list[Any]]) -> list[Job] | None:
        try:
            async with writing(self.database, self.schema, "add") as connection:
                rows = await connection.fetch(statement("jobs.add", self.schema), *columns)
                if any(row["id"] is None for row in rows):
                    raise _LostRow  # rolls the whole batch back
        except (_LostRow, JobNotScheduled):
            return None
        return [_added(row) for row in rows]

    async def complete_jobs(self, ids: Iterable[int]) -> JobReport:
        """Completes (deletes) jobs that are not running."""
        return await self._act(ids, Verb("complete", "jobs.complete"))

    async def permanently_fail_jobs(self, ids: Iterable[int], reason: str | None = None) -> JobReport:
        """Uses up all attempts of jobs that are not running; `reason` becomes their last error."""
        if reason is not None:
            checks.text("reason", reason, most=checks.REASON_MAX, least=0)
        return await self._act(ids, Verb("fail", "jobs.fail", [reason]))

    async def reschedule_jobs(
        self,
        ids: Iterable[int],
        *,
        run_at: datetime | str | None = None,
        priority: int | None = None,
        attempts: int | None = None,
        max_attempts: int | None = None,
    ) -> JobReport:
        """Changes when and how jobs run; None keeps what is there, at least one must be given."""
        numbers = _numbers(priority, attempts, max_attempts)
        moment = checks.moment("run_at", run_at)
        if moment is None and not any(number is not None for number in numbers):
            raise InvalidInput("run_at", "or priority, attempts or max_attempts must be given")
        return await self._act(
            ids, Verb("reschedule", "jobs.reschedule", [moment, *numbers], _within(attempts, max_attempts))
        )

    async def run_now(
        self,
        ids: Iterable[int],
        *,
        priority: int | None = None,
        attempts: int | None = None,
        max_attempts: int | None = None,
    ) -> JobReport:
        """Makes jobs due at the database's now. A job with no attempt left is `used_up`: retry it instead."""
        numbers = _numbers(priority, attempts, max_attempts)
        fits = _within(attempts, max_attempts)

        def judge(row: asyncpg.Record) -> JobResult | None:
            left = (max_attempts or row["max_attempts"]) - (row["attempts"] if attempts is None else attempts)
            if attempts is None and left <= 0:
                return JobResult(row["id"], Outcome.USED_UP, "has used all its attempts: retry it instead")
            return fits(row)

        return await self._act(ids, Verb("run-now", "jobs.run_now", numbers, judge))

    async def retry(self, ids: Iterable[int]) -> JobReport:
        """Sets attempts to 0 and makes jobs due at the database's now."""
        return await self._act(ids, Verb("retry", "jobs.run_now", [None, 0, None]))

    async def remove_job(self, key: str) -> RemoveReport:
        """Removes the job with this key; a running one keeps running, loses the key and is not retried."""
        checks.key(key)
        async with writing(self.database, self.schema, "remove-by-key") as connection:
            row = await connection.fetchrow(statement("jobs.remove", self.schema), key)
            if row is None or row["id"] is None:
                return RemoveReport(RemoveOutcome.NOT_FOUND, None)
            job = actions.job_of(row)
            if job.key is None:
                return RemoveReport(RemoveOutcome.KEY_RELEASED, job)
            if job.locked_by is not None and job.job_queue_id is not None:
                released = statement("jobs.release_queue", self.schema)
                await connection.execute(released, [job.job_queue_id], [job.locked_by])
            return RemoveReport(RemoveOutcome.REMOVED, job)

    async def force_unlock_workers(self, worker_ids: Iterable[str]) -> UnlockReport:
        """Takes every lock from these workers, running or not; the report counts what they held."""
        return await maintenance.force_unlock(self.database, self.schema, worker_ids)

    async def cleanup(self, tasks: Iterable[str] | None = None) -> CleanupReport:
        """Runs the named cleanup tasks (None: all three) and reports counts and what was skipped."""
        return await maintenance.cleanup(self.database, self.schema, tasks)

    async def migrate(self) -> MigrationReport:
        """Brings an empty database, or one at migration 16 to 21, to the current schema."""
        return await migrate.migrate(self.database, self.schema)

    async def _act(self, ids: Iterable[int], verb: Verb) -> JobReport:
        return await actions.act(self.database, self.schema, ids, verb)


class _LostRow(Exception):
    """Rolls back an add whose row somebody else took."""


def _numbers(priority: int | None, attempts: int | None, max_attempts: int | None) -> list[int | None]:
    return [
        checks.optional_integer("priority", priority, *checks.SMALLINT),
        checks.optional_integer("attempts", attempts, 0, checks.SMALLINT[1]),
        checks.optional_integer("max_attempts", max_attempts, 1, checks.SMALLINT[1]),
    ]


def _within(attempts: int | None, max_attempts: int | None) -> actions.Judge:
    """Refuses what would leave more attempts used than allowed."""

    def judge(row: asyncpg.Record) -> JobResult | None:
        used = row["attempts"] if attempts is None else attempts
        most = row["max_attempts"] if max_attempts is None else max_attempts
        if (attempts is None and max_attempts is None) or used <= most:
            return None
        return JobResult(row["id"], Outcome.REFUSED, f"attempts ({used}) would be above max_attempts ({most})")

    return judge


def _checked(spec: JobSpec, default: JobKeyMode) -> tuple[Any, ...]:
    if spec.job_key_mode is not None and (spec.key is None or not str(spec.key).strip()):
        raise InvalidInput("key", "is required when job_key_mode is set")
    return (
        checks.text("identifier", spec.identifier, most=checks.IDENTIFIER_MAX),
        _payload_text(spec.payload),
        None if spec.queue is None else checks.text("queue", spec.queue, most=checks.QUEUE_MAX),
        checks.moment("run_at", spec.run_at),
        checks.optional_integer("max_attempts", spec.max_attempts, 1, checks.SMALLINT[1]),
        None if spec.key is None else checks.key(spec.key),
        checks.optional_integer("priority", spec.priority, *checks.SMALLINT),
        _json_or_none(checks.flags(spec.flags)),
        _mode(spec.job_key_mode or default).value.replace("-", "_"),
    )


def _mode(mode: JobKeyMode | str) -> JobKeyMode:
    try:
        return JobKeyMode(str(mode).replace("_", "-"))
    except ValueError:
        raise InvalidInput("job_key_mode", f"must be one of {', '.join(JobKeyMode)}") from None


def _payload_text(payload: Any) -> str:
    try:
        if isinstance(payload, RawJson):
            json.loads(payload.text, parse_int=str, parse_constant=_no_constant)  # only to refuse what is not JSON
            return checks.text("payload", payload.text, most=checks.PAYLOAD_MAX)
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidInput("payload", f"must be JSON ({error})") from None
    except RecursionError:
        raise InvalidInput("payload", "is nested too deep") from None
    return checks.text("payload", text, most=checks.PAYLOAD_MAX)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _json_or_none(value: list[str] | None) -> str | None:
    return None if value is None else json.dumps(value)


def _columns(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _added(row: asyncpg.Record) -> Job:
    """The row's task may be younger than the statement's snapshot, so its name comes from the spec."""
    values = dict(row)
    values["task_identifier"] = values["asked_identifier"]
    return actions.job_of(values)
