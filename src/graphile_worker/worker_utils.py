"""WorkerUtils: every action on a queue, and its reads as objects. The command line and the HTTP API call its actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import asyncpg

from graphile_worker.core import validation
from graphile_worker.core.actions import act as actions
from graphile_worker.core.actions import add, remove
from graphile_worker.core.actions import dry_run as looks
from graphile_worker.core.actions.act import Rows, Verb
from graphile_worker.core.actions.preconditions import Expected, Revisions, Seen
from graphile_worker.core.database.transactions import Database, Pool
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.jobs import (
    AddedJob,
    AddPlan,
    JobKeyMode,
    JobReport,
    JobResult,
    JobSpec,
    Outcome,
    RemoveReport,
)
from graphile_worker.core.locks import force_unlock
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
        FilterOptions,
        JobCount,
        JobPage,
        JobStats,
        QueuePage,
        StoredJob,
        WorkerPage,
    )


class WorkerUtils:
    """The queue of one schema, seen through an asyncpg pool.

    The pool stays the caller's. Every verb runs in short transactions with a statement and a lock timeout.
    All verbs raise the tree of `graphile_worker.core.exceptions`.

    Verbs on ids take `revisions`, `{id: revision}` as somebody saw them: a job that a keyed add has replaced since
    (same id, another payload) is left alone and reported as `changed`. So is a job that is not as `expected`,
    `{id: {"priority": 0}}` with any of priority, attempts, max_attempts, run_at and updated_at: what changes a job
    otherwise does not raise its revision. With `dry_run` they look only: the report says what each id would come to,
    and has no rows.
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
        """The same verbs, whose reports have smaller rows: `payload` and `last_error` of a job are both None where they
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
        """Adds one job and returns its row, which says whether it is new, replaced another, was split from a running
        one, or deduplicated.

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

    async def add_jobs(self, specs: Sequence[JobSpec], *, preserve_run_at: bool = False) -> list[AddedJob]:
        """Adds all jobs or none, in one transaction; rows come back in the order of the specs.

        At most 2,000 of them with a key: each key takes a lock of the database until the end.

        `preserve_run_at` is the key mode of specs that have a key and no mode of their own.
        """
        return await add.add(self.queue, specs, preserve_run_at=preserve_run_at)

    async def plan_job(self, spec: JobSpec) -> AddPlan:
        """What adding this job would do now; checks every value, stores nothing. Raises InvalidInput."""
        return await looks.plan_add(self.queue, spec)

    async def complete_jobs(
        self, ids: Iterable[int], *, revisions: Revisions = None, expected: Expected = None, dry_run: bool = False
    ) -> JobReport:
        """Completes (deletes) jobs that are not running."""
        return await self._act(ids, Verb("complete", "jobs.complete"), revisions, expected, dry_run)

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
        if reason is not None:
            validation.text("reason", reason, most=validation.REASON_MAX, least=0)
        return await self._act(ids, Verb("fail", "jobs.fail", {"reason": reason}), revisions, expected, dry_run)

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
        """Changes when and how jobs run; None keeps what is there, at least one must be given."""
        numbers = _numbers(priority, attempts, max_attempts)
        moment = validation.moment("run_at", run_at)
        if moment is None and not any(number is not None for number in numbers.values()):
            raise InvalidInput("run_at", "or priority, attempts or max_attempts must be given")
        verb = Verb("reschedule", "jobs.reschedule", {"run_at": moment, **numbers}, _within(attempts, max_attempts))
        return await self._act(ids, verb, revisions, expected, dry_run)

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
        numbers = _numbers(priority, attempts, max_attempts)
        fits = _within(attempts, max_attempts)

        def judge(row: asyncpg.Record) -> JobResult | None:
            left = (max_attempts or row["max_attempts"]) - (row["attempts"] if attempts is None else attempts)
            if left > 0 or fits(row):
                return fits(row)
            words = "has used all its attempts" if attempts is None else "would have no attempt left"
            return JobResult(row["id"], Outcome.USED_UP, f"{words}: retry it instead")

        return await self._act(ids, Verb("run-now", "jobs.run_now", numbers, judge), revisions, expected, dry_run)

    async def retry(
        self, ids: Iterable[int], *, revisions: Revisions = None, expected: Expected = None, dry_run: bool = False
    ) -> JobReport:
        """Sets attempts to 0 and makes jobs due at the database's now."""
        return await self._act(
            ids, Verb("retry", "jobs.run_now", _numbers(None, 0, None)), revisions, expected, dry_run
        )

    async def remove_job(self, key: str, *, dry_run: bool = False) -> RemoveReport:
        """Removes the job with this key; a running one keeps running, loses the key and is not retried."""
        validation.key(key)
        if dry_run:
            return await looks.look_at_key(self.queue, key)
        return await remove.remove(self.queue, key)

    async def force_unlock_workers(self, worker_ids: Iterable[str], *, dry_run: bool = False) -> UnlockReport:
        """Takes every lock from these workers, alive or not; the report counts what they held."""
        return await force_unlock.force_unlock(self.queue, worker_ids, dry_run=dry_run)

    async def cleanup(
        self, tasks: Iterable[str] | None = None, *, force: Iterable[str] = (), dry_run: bool = False
    ) -> CleanupReport:
        """Runs the named cleanup tasks (None: all three) and reports counts and what was skipped.

        `force` may name `gc-task-identifiers`, which is skipped while any worker looks alive.
        """
        return await maintenance.cleanup(self.queue, tasks, force=force, dry_run=dry_run)

    async def migrate(self) -> MigrationReport:
        """Brings an empty database, or one at migration 16 to 21, to the current schema."""
        return await migrate.migrate(self.queue)

    async def sweep_stale_workers(
        self, *, threshold_secs: int = 300, recovery_delay_secs: int = 30, dry_run: bool = False
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

    async def release_old_locks(self, *, older_than_secs: int = 14400, dry_run: bool = False) -> OldLocksReport:
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

        `sort` is `id`, `run_at`, `priority`, `attempts` or `created_at`, with `-` in front for descending. `cursor` is the
        `next` or `prev` of a page with the same sort. Raises InvalidInput, QueryTimeout.
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

    async def queues(self, *, search: str = "", sort: str = "name", limit: int = 100, offset: int = 0) -> QueuePage:
        """A page of the queues with their locks and jobs, from a scan of all jobs.

        `search` is a part of a name. `sort` is `name`, `ready`, `jobs`, `failed`, `oldest` or `held`, with `-` in front for
        descending. Raises InvalidInput, QueryTimeout.
        """
        from graphile_worker.reads import tables

        return await tables.queues(self.queue, search=search, sort=sort, limit=limit, offset=offset)

    async def workers(self, *, search: str = "", sort: str = "id", limit: int = 100, offset: int = 0) -> WorkerPage:
        """A page of the workers that hold locks or send heartbeats, from a scan of all jobs.

        `search` is a part of an id. `sort` is `id`, `jobs`, `oldest` or `heartbeat`, with `-` in front for descending.
        Raises InvalidInput, QueryTimeout.
        """
        from graphile_worker.reads import tables

        return await tables.workers(self.queue, search=search, sort=sort, limit=limit, offset=offset)

    async def _act(
        self, ids: Iterable[int], verb: Verb, revisions: Revisions, expected: Expected, dry_run: bool
    ) -> JobReport:
        asked = validation.ids(ids)
        verb = replace(verb, seen=Seen.checked(revisions, expected, asked), rows=self._rows)
        act = looks.look if dry_run else actions.act
        return await act(self.queue, asked, verb)


def of_queue(queue: Queue) -> WorkerUtils:
    """The actions on a queue that exists already."""
    utils = WorkerUtils(queue.database.pool, queue.schema)
    utils.queue = queue
    return utils


def _numbers(priority: int | None, attempts: int | None, max_attempts: int | None) -> dict[str, int | None]:
    return {
        "priority": validation.optional_integer("priority", priority, *validation.SMALLINT),
        "attempts": validation.optional_integer("attempts", attempts, 0, validation.SMALLINT[1]),
        "max_attempts": validation.optional_integer("max_attempts", max_attempts, 1, validation.SMALLINT[1]),
    }


def _within(attempts: int | None, max_attempts: int | None) -> actions.Judge:
    """Refuses what would leave more attempts used than allowed."""

    def judge(row: asyncpg.Record) -> JobResult | None:
        used = row["attempts"] if attempts is None else attempts
        most = row["max_attempts"] if max_attempts is None else max_attempts
        if (attempts is None and max_attempts is None) or used <= most:
            return None
        return JobResult(row["id"], Outcome.REFUSED, f"attempts ({used}) would be above max_attempts ({most})")

    return judge
