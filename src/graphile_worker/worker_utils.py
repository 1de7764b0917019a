"""WorkerUtils: every action on a queue, and its reads as objects. The command line and the HTTP API call its actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any

from graphile_worker.core import validation
from graphile_worker.core.actions import add, remove, table
from graphile_worker.core.actions.action import JobAction
from graphile_worker.core.actions.apply import ActionCall, apply_action
from graphile_worker.core.actions.dry_run import dry_run_action, dry_run_add, dry_run_remove
from graphile_worker.core.actions.preconditions import Expected, Preconditions, Revisions
from graphile_worker.core.database.transactions import Database, Pool
from graphile_worker.core.job_stats import JobStats
from graphile_worker.core.jobs import (
    AddedJob,
    AddPlan,
    JobKeyMode,
    JobReport,
    JobSpec,
    RemoveOutcome,
    RemoveReport,
    Rows,
)
from graphile_worker.core.locks import force_unlock, unlock_one
from graphile_worker.core.locks.config import HEARTBEAT_SILENCE_SECONDS, OLD_LOCK_SECONDS
from graphile_worker.core.maintenance import cleanup as maintenance
from graphile_worker.core.migration import migrate
from graphile_worker.core.queue import Queue
from graphile_worker.core.schema import DEFAULT_SCHEMA, Schema

if TYPE_CHECKING:
    from typing import Unpack

    from graphile_worker.core.locks.force_unlock import UnlockReport
    from graphile_worker.core.locks.old_locks import OldLocksReport
    from graphile_worker.core.locks.sweep import SweepReport
    from graphile_worker.core.maintenance.cleanup import CleanupReport
    from graphile_worker.core.maintenance.repair import RepairReport
    from graphile_worker.core.migration.migrate import MigrationReport
    from graphile_worker.reads.objects import (
        Crontabs,
        FilterOptions,
        JobCount,
        JobPage,
        QueuePage,
        StoredJob,
        WorkerPage,
    )


class WorkerUtils:
    """The queue of one schema, read and changed through an asyncpg pool.

    The pool belongs to the caller, who closes it. Every action runs in short transactions with a statement and a lock timeout.
    All methods raise the exceptions of `graphile_worker.core.exceptions`.

    Actions on ids take preconditions. `revisions` is `{id: revision}` as the caller last read them: a job that a keyed
    add has replaced since (same id, another payload) is skipped and reported as `changed`. `expected` is
    `{id: {"priority": 0}}` with any of priority, attempts, max_attempts, run_at and updated_at, for changes that do
    not raise the revision: a job with another value is skipped too. With `dry_run` nothing changes: the report has the
    outcome that each id would have, and no rows.
    """

    def __init__(self, pool: Pool, schema: str | Schema = DEFAULT_SCHEMA) -> None:
        self.queue = Queue(Database(pool), Schema.of(schema))
        self._rows: Rows = "whole"

    @property
    def schema(self) -> Schema:
        """The schema of the queue."""
        return self.queue.schema

    @property
    def database(self) -> Database:
        """The database of the queue. Another one makes another queue, of the same schema."""
        return self.queue.database

    @database.setter
    def database(self, database: Database) -> None:
        self.queue = Queue(database, self.schema)

    def with_rows(self, rows: Rows) -> WorkerUtils:
        """The same utils, whose reports have smaller rows: `payload` and `last_error` of a job are both None where they
        come to more than 1 MiB (`large`) or 8 KiB (`small`). `whole` has them all."""
        other = copy(self)
        other._rows = rows
        return other

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
    ) -> AddedJob:
        """Adds one job and returns its row with the outcome: new, replaced, split from a running job, or deduplicated.

        `payload` is any value that JSON can represent (None means `{}`), or RawJson to store text byte for byte.
        `run_at` is a datetime, an RFC 3339 text, or a relative time by the database's clock: `+90m`, `tomorrow 09:00`.
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

    async def add_jobs(self, specs: Sequence[JobSpec], *, preserve_run_at: bool = False) -> list[AddedJob]:
        """Adds all jobs or none, in one transaction; rows come back in the order of the specs.

        At most 2,000 of them with a key, because each key takes a lock of the database until the commit.

        `preserve_run_at` is the key mode of specs that have a key and no mode of their own.
        """
        return await add.add(self.queue, specs, preserve_run_at=preserve_run_at)

    async def plan_job(self, spec: JobSpec) -> AddPlan:
        """The outcome that adding this job would have now; checks every value, stores nothing. Raises InvalidInput."""
        return await dry_run_add(self.queue, spec)

    async def complete_jobs(
        self, ids: Iterable[int], *, revisions: Revisions = None, expected: Expected = None, dry_run: bool = False
    ) -> JobReport:
        """Completes (deletes) jobs that are not running."""
        return await self._apply(table.COMPLETE, ids, {}, revisions, expected, dry_run)

    async def permanently_fail_jobs(
        self,
        ids: Iterable[int],
        reason: str | None = None,
        *,
        revisions: Revisions = None,
        expected: Expected = None,
        dry_run: bool = False,
    ) -> JobReport:
        """Uses up all attempts of jobs that are not running; `reason` becomes their last error."""
        return await self._apply(table.FAIL, ids, {"reason": reason}, revisions, expected, dry_run)

    async def reschedule_jobs(
        self,
        ids: Iterable[int],
        *,
        run_at: datetime | str | None = None,
        priority: int | None = None,
        attempts: int | None = None,
        max_attempts: int | None = None,
        revisions: Revisions = None,
        expected: Expected = None,
        dry_run: bool = False,
    ) -> JobReport:
        """Changes when and how jobs run; None keeps what is there, at least one must be given. `run_at` is as in `add_job`."""
        arguments = {"run_at": run_at, "priority": priority, "attempts": attempts, "max_attempts": max_attempts}
        return await self._apply(table.RESCHEDULE, ids, arguments, revisions, expected, dry_run)

    async def run_now(
        self,
        ids: Iterable[int],
        *,
        priority: int | None = None,
        attempts: int | None = None,
        max_attempts: int | None = None,
        revisions: Revisions = None,
        expected: Expected = None,
        dry_run: bool = False,
    ) -> JobReport:
        """Makes jobs due at the database's now. A job with no attempt left is `used_up`: retry it instead."""
        arguments = {"priority": priority, "attempts": attempts, "max_attempts": max_attempts}
        return await self._apply(table.RUN_NOW, ids, arguments, revisions, expected, dry_run)

    async def run_next(
        self, ids: Iterable[int], *, revisions: Revisions = None, expected: Expected = None, dry_run: bool = False
    ) -> JobReport:
        """As `run_now`, and lowers the priority of the jobs until every other due job comes after them."""
        return await self._apply(table.RUN_NEXT, ids, {}, revisions, expected, dry_run)

    async def retry(
        self, ids: Iterable[int], *, revisions: Revisions = None, expected: Expected = None, dry_run: bool = False
    ) -> JobReport:
        """Sets attempts to 0 and makes jobs due at the database's now."""
        return await self._apply(table.RETRY, ids, {}, revisions, expected, dry_run)

    async def change_payload(
        self,
        id: int,
        payload: Any,
        *,
        expected_payload: str | None = None,
        revisions: Revisions = None,
        expected: Expected = None,
        dry_run: bool = False,
    ) -> JobReport:
        """Replaces the payload of one job that is not running; attempts, run_at and a dead worker's lock stay.

        `payload` is any value that JSON can represent, or RawJson to store text byte for byte. `expected_payload` is the stored text
        that the caller read: where the job has another one now, or another precondition does not hold, the outcome is
        `changed` and `jobs` of the report has the present row. The revision of the job grows by one.

        The schema of Graphile Worker has no function for this: the row is locked and updated directly.
        """
        from graphile_worker.core.actions import payload as payloads

        change = payloads.PayloadChange.checked(id, payload, expected_payload, revisions, expected, self._rows)
        run = payloads.dry_run_change_payload if dry_run else payloads.change_payload
        return await run(self.queue, change)

    async def remove_job(
        self,
        key: str,
        *,
        dry_run: bool = False,
        expected_id: int | None = None,
        expected_outcome: RemoveOutcome | None = None,
    ) -> RemoveReport:
        """Removes the job with this key; a running one keeps running, loses the key and is not retried.

        A job with another id, or that would have another outcome than expected, is skipped: outcome `CHANGED`.
        `expected_outcome` is `REMOVED` or `KEY_RELEASED`. Raises InvalidInput.
        """
        validation.key(key)
        expected = remove.Expected(expected_id, expected_outcome)
        run = dry_run_remove if dry_run else remove.remove
        return await run(self.queue, key, expected)

    async def force_unlock_workers(self, worker_ids: Iterable[str], *, dry_run: bool = False) -> UnlockReport:
        """Releases every lock of these workers, alive or not; the report counts them."""
        return await force_unlock.force_unlock(self.queue, worker_ids, dry_run=dry_run)

    async def force_unlock_job(
        self, id: int, *, locked_by: str | None, locked_at: str, dry_run: bool = False
    ) -> UnlockReport:
        """Releases the lock of one job, and of its queue if the same worker holds it for no other job.

        A lock whose holder or time is not as given is skipped; `locked_at` is RFC 3339.
        """
        expected = unlock_one.ExpectedLock(locked_by, locked_at)
        return await unlock_one.unlock_job(self.queue, id, expected, dry_run=dry_run)

    async def force_unlock_queue(
        self, name: str, *, locked_by: str | None, locked_at: str, dry_run: bool = False
    ) -> UnlockReport:
        """Releases the lock of one queue, and of its jobs that the same worker holds; otherwise as `force_unlock_job`."""
        expected = unlock_one.ExpectedLock(locked_by, locked_at)
        return await unlock_one.unlock_queue(self.queue, name, expected, dry_run=dry_run)

    async def cleanup(
        self, tasks: Iterable[str] | None = None, *, force: Iterable[str] = (), dry_run: bool = False
    ) -> CleanupReport:
        """Runs the given cleanup tasks (None: all three); the report has counts and skipped tasks.

        `force` may contain `gc-task-identifiers`, which is skipped while any worker may be alive.
        """
        return await maintenance.cleanup(self.queue, tasks, force=force, dry_run=dry_run)

    async def migrate(self) -> MigrationReport:
        """Brings an empty database, or one at migration 16 to 21, to the current schema."""
        return await migrate.migrate(self.queue)

    async def sweep_stale_workers(
        self, *, threshold_secs: int = HEARTBEAT_SILENCE_SECONDS, recovery_delay_secs: int = 30, dry_run: bool = False
    ) -> SweepReport:
        """Releases the jobs and queues of workers that sent heartbeats and then none for `threshold_secs` (at least 60).

        The jobs run again after `recovery_delay_secs`. Jobs that were failed while they ran keep their attempts used.
        Workers without heartbeats, as Node's, are never swept.
        Raises InvalidInput, SchemaUnsupported (a schema without heartbeats), Busy (another sweep runs).
        """
        from graphile_worker.core.locks import sweep

        return await sweep.sweep(
            self.queue,
            threshold_secs=threshold_secs,
            recovery_delay_secs=recovery_delay_secs,
            dry_run=dry_run,
        )

    async def release_old_locks(
        self, *, older_than_secs: int = OLD_LOCK_SECONDS, dry_run: bool = False
    ) -> OldLocksReport:
        """Releases jobs and queues that unregistered workers locked `older_than_secs` ago (900 to a year).

        Attempts and errors do not change. Raises InvalidInput, PermissionDenied.
        """
        from graphile_worker.core.locks import old_locks

        return await old_locks.release_old_locks(self.queue, older_than_secs=older_than_secs, dry_run=dry_run)

    async def repair(self, names: Mapping[int, str] | None = None, *, dry_run: bool = False) -> RepairReport:
        """Creates the missing rows of tasks and queues that jobs refer to, so that the jobs can run.

        `names` maps the id of a missing task to its name; its jobs go to the task of that name. The other tasks get the
        name `lost task ID`, which no worker runs. Raises InvalidInput("task"), PermissionDenied, Busy.
        """
        from graphile_worker.core.maintenance import repair

        return await repair.repair(self.queue, names, dry_run=dry_run)

    # The reads below load their modules at the first call: an application that only adds jobs does not need them.

    async def list_jobs(
        self, *, limit: int = 100, sort: str = "id", cursor: str | None = None, **filter: Unpack[FilterOptions]
    ) -> JobPage:
        """A page of at most `limit` (1 to 500) jobs that match the filter.

        `sort` is `id`, `run_at`, `priority`, `attempts`, `created_at` or `failed_at`, with `-` in front for descending.
        `cursor` is the `next` or `prev` of a page with the same sort. Raises InvalidInput, QueryTimeout.
        """
        from graphile_worker.reads import jobs

        return await jobs.list_jobs(self.queue, filter, limit=limit, sort=sort, cursor=cursor)

    async def get_job(self, id: int) -> StoredJob | None:
        """One job with its complete payload and error, why it does not run, and its next attempts; None for no such job."""
        from graphile_worker.reads import jobs

        return await jobs.get_job(self.queue, id)

    async def count_jobs(self, **filter: Unpack[FilterOptions]) -> JobCount:
        """How many jobs match the filter: exact up to 10,000. Raises InvalidInput, QueryTimeout."""
        from graphile_worker.reads import jobs

        return await jobs.count_jobs(self.queue, filter)

    async def stats(self) -> JobStats:
        """The number of jobs in each state, from a scan of all jobs. Raises QueryTimeout."""
        from graphile_worker.reads import tables

        return await tables.stats(self.queue)

    async def queues(
        self, *, search: str = "", sort: str = "name", limit: int = 100, offset: int = 0, held: bool = False
    ) -> QueuePage:
        """A page of the queues with their locks and jobs, from a scan of all jobs.

        `search` is a part of a name. `sort` is `name`, `ready`, `jobs`, `failed`, `retrying`, `oldest`, `held` or `urgency`,
        with `-` in front for descending: `-urgency` begins with locked queues in which ready jobs wait, then those whose
        oldest ready job has been due longest. `held`: only locked queues. Raises InvalidInput, QueryTimeout.
        """
        from graphile_worker.reads import tables

        return await tables.queues(self.queue, search=search, sort=sort, limit=limit, offset=offset, held=held)

    async def workers(self, *, search: str = "", sort: str = "id", limit: int = 100, offset: int = 0) -> WorkerPage:
        """A page of the workers that hold locks or send heartbeats, from a scan of all jobs, and the sessions that listen.

        `search` is a part of an id. `sort` is `id`, `jobs`, `oldest` or `heartbeat`, with `-` in front for descending.
        Raises InvalidInput, QueryTimeout.
        """
        from graphile_worker.reads import tables

        return await tables.workers(self.queue, search=search, sort=sort, limit=limit, offset=offset)

    async def crontabs(self) -> Crontabs:
        """The known crontabs with the jobs that they have added, counted in the newest 50,000 jobs. Raises QueryTimeout.

        The database has no schedules: whether a crontab has missed a time is not known.
        """
        from graphile_worker.reads import tables

        return await tables.crontabs(self.queue)

    async def _apply(
        self,
        action: JobAction,
        ids: Iterable[int],
        arguments: Mapping[str, Any],
        revisions: Revisions,
        expected: Expected,
        dry_run: bool,
    ) -> JobReport:
        checked = action.validate(arguments)
        checked_ids = validation.ids(ids)
        if table.RUN_AT in action.arguments:
            checked |= await self.queue.absolute_times({"run_at": checked["run_at"]})
        call = ActionCall(action, checked, Preconditions.checked(revisions, expected, checked_ids), self._rows)
        run = dry_run_action if dry_run else apply_action
        return await run(self.queue, checked_ids, call)


def of_queue(queue: Queue) -> WorkerUtils:
    """The actions on an existing queue."""
    utils = WorkerUtils(queue.database.pool, queue.schema)
    utils.queue = queue
    return utils
