"""Adds jobs, all or none, and finds the outcome for the job that had a key before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg

from graphile_worker.core import validation
from graphile_worker.core.actions import outcome_unknown
from graphile_worker.core.database.retry import is_busy, retry_busy
from graphile_worker.core.exceptions import InvalidInput, JobNotScheduled, Refused
from graphile_worker.core.jobs import AddedJob, AddOutcome, JobKeyMode, JobSpec, RawJson, job_values
from graphile_worker.core.queue import Queue, Transaction
from graphile_worker.core.sql import statement, texts

# Seconds before each new try: a keyed add may lose its row to a worker that takes it in the same moment (Node's schemas).
RETRY_WAITS = (0.0, 0.0)
# The parameters of `jobs.add`, one array each.
COLUMNS = (
    "identifiers", "payloads", "queues", "run_ats", "max_attempts", "keys", "priorities", "flags", "key_modes",
)  # fmt: skip
KEYED_MAX = 2000  # each key takes a lock; PostgreSQL's lock table has some thousand places for all sessions


async def add(queue: Queue, specs: Sequence[JobSpec], *, preserve_run_at: bool = False) -> list[AddedJob]:
    """See WorkerUtils.add_jobs. Raises InvalidInput, JobNotScheduled, Refused."""
    default = JobKeyMode.PRESERVE_RUN_AT if preserve_run_at else JobKeyMode.REPLACE
    columns = _columns([checked(spec, default) for spec in specs])
    if not specs:
        return []
    columns["run_ats"] = list((await queue.absolute_times(dict(enumerate(columns["run_ats"])))).values())
    keys = sorted({spec.key for spec in specs if spec.key is not None})
    if len(keys) > KEYED_MAX:
        raise InvalidInput("key", f"is given to {len(keys)} jobs of one add; at most {KEYED_MAX} may have one")

    async def transaction() -> list[AddedJob]:
        with outcome_unknown.adding(specs):
            async with queue.write("add") as tx:
                return await _add(tx, columns, keys)

    def retriable(error: Exception) -> bool:
        if isinstance(error, (_LostRow, JobNotScheduled)):
            return bool(keys)  # only an add with a key can lose its row to a worker
        return is_busy(error)  # a deadlock of two adds with the same names, for example

    with suppress(_LostRow, JobNotScheduled):
        return await retry_busy(transaction, RETRY_WAITS, retriable=retriable)
    if not keys or not await _any_holder(queue, keys):
        raise Refused(
            "a trigger of the database kept the job from being added; nothing was stored",
            hint="Look for a trigger or a rule on _private_jobs that drops the row.",
        )
    raise JobNotScheduled("a worker took the keyed job in the same moment; nothing was stored", hint="Try again.")


async def _any_holder(queue: Queue, keys: list[str]) -> bool:
    """Whether any job has one of the keys, so that a worker may have taken it."""
    async with queue.read() as tx:
        return await tx.fetchrow(statement("jobs.holders"), keys=keys) is not None


class _LostRow(Exception):
    """Rolls back an add whose row a worker took in the same moment."""


async def _add(tx: Transaction, columns: dict[str, list[str | None]], keys: list[str]) -> list[AddedJob]:
    holders: dict[str, int] = {}
    if keys:
        held = await tx.fetch(statement("jobs.holders"), keys=keys)
        holders = {row["key"]: row["id"] for row in held}
    if len(columns["identifiers"]) > 1:
        await tx.execute(statement("jobs.new_tasks"), names=columns["identifiers"])
        await tx.execute(statement("jobs.new_queues"), names=columns["queues"])
    rows = await tx.fetch(statement("jobs.add"), **columns)
    if any(row["id"] is None for row in rows):
        raise _LostRow
    split: dict[int, bool] = {}  # jobs that had the key and lost it -> whether they run
    if holders:
        lost = await tx.fetch(statement("jobs.parted"), ids=texts(holders.values()))
        split = {row["id"]: row["running"] for row in lost}
    return [_added(row, holders, split) for row in rows]


def _added(row: asyncpg.Record, holders: dict[str, int], split: dict[int, bool]) -> AddedJob:
    """The AddedJob of a row. The task name comes from the spec: its row may be newer than the statement's snapshot."""
    previous = holders.get(row["key"])
    if row["revision"] > 0:
        dedupe = row["asked_mode"] == "unsafe_dedupe"
        outcome, previous = AddOutcome.DEDUPLICATED if dedupe else AddOutcome.REPLACED, row["id"]
    elif previous is not None and split.get(previous):
        outcome = AddOutcome.SPLIT
    else:
        outcome, previous = AddOutcome.NEW, previous if previous in split else None
    return AddedJob(
        **job_values(row) | {"task_identifier": row["asked_identifier"]}, outcome=outcome, previous_id=previous
    )


def checked(spec: JobSpec, default: JobKeyMode = JobKeyMode.REPLACE) -> tuple[Any, ...]:
    """The values of a spec, in the order of COLUMNS. Raises InvalidInput."""
    if spec.job_key_mode is not None and (spec.key is None or not str(spec.key).strip()):
        raise InvalidInput("key", "is required when job_key_mode is set")
    return (
        validation.text("identifier", spec.identifier, most=validation.IDENTIFIER_MAX),
        _payload_text(spec.payload),
        None if spec.queue is None else validation.text("queue", spec.queue, most=validation.QUEUE_MAX),
        validation.time("run_at", spec.run_at),
        validation.optional_integer("max_attempts", spec.max_attempts, 1, validation.SMALLINT[1]),
        None if spec.key is None else validation.key(spec.key),
        validation.optional_integer("priority", spec.priority, *validation.SMALLINT),
        _json_or_none(validation.flags(spec.flags)),
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
            json.loads(payload.text, parse_int=str, parse_constant=validation.no_constant)  # only validates
            return validation.text("payload", payload.text, most=validation.PAYLOAD_MAX)
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidInput("payload", f"must be JSON ({error})") from None
    except RecursionError:
        raise InvalidInput("payload", "is nested too deep") from None
    return validation.text("payload", text, most=validation.PAYLOAD_MAX)


def _json_or_none(value: list[str] | None) -> str | None:
    return None if value is None else json.dumps(value)


def _columns(rows: list[tuple[Any, ...]]) -> dict[str, list[str | None]]:
    return dict(zip(COLUMNS, (texts(column) for column in zip(*rows, strict=True)), strict=False))
