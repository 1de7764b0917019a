"""Responses of the actions on jobs.

No postponed annotations here: NotRequired must be evaluated when a class is created.
"""

from dataclasses import fields
from typing import Any, Literal, NotRequired, TypedDict, cast

import msgspec

from graphile_worker.admin.api.responses.errors import Result
from graphile_worker.admin.api.responses.values import Flags, Outcome, Time
from graphile_worker.core import jobs


class DbJobOutput(TypedDict):
    """A row of the table of jobs after a write."""

    id: int
    task_id: int
    task_identifier: str | None
    job_queue_id: int | None
    payload: Any
    priority: int
    run_at: Time
    attempts: int
    max_attempts: int
    last_error: str | None
    created_at: Time
    updated_at: Time
    key: str | None
    revision: int
    locked_at: Time | None
    locked_by: str | None
    flags: Flags


class Added(TypedDict):
    """The result of an add."""

    message: str
    jobs: list[DbJobOutput]
    outcome: Literal["new", "replaced", "split", "deduplicated"]
    previous_id: int | None


class Acted(TypedDict):
    """The result of an action, by id and in the order of the request.

    `omitted`: the ids of `jobs` whose payload and error are too large for this response.
    """

    message: str
    results: list[Result]
    jobs: list[DbJobOutput]
    omitted: NotRequired[list[int]]


class BulkStep(TypedDict):
    """The result of one batch of a bulk action; `next` is the cursor of the following batch, null after the last one."""

    message: str
    results: list[Result]
    outcomes: dict[Outcome, int]
    next: str | None


class BulkPreview(TypedDict):
    """The jobs that a bulk action would process; with `more` there are more than `count`.

    `run_at`: the new time of a reschedule that has one, a relative time made absolute.
    """

    message: str
    count: int
    more: bool
    sample: list[int]
    as_of: Time
    run_at: NotRequired[str]


class Removed(TypedDict):
    """The result of removing a job by its key; `changed`: it is not as expected, and nothing was done.

    Of a dry run also the `id` of the job; `marked` as in core.jobs.RemoveReport.
    """

    message: str
    outcome: Literal["removed", "key_released", "not_found", "changed"]
    dry_run: NotRequired[bool]
    id: NotRequired[int | None]
    marked: NotRequired[bool]


_COLUMNS = tuple(field.name for field in fields(jobs.Job))


def job_output(job: jobs.Job) -> DbJobOutput:
    """The row of a job. The payload is the stored text, or null where it is too large for the row."""
    output: dict[str, Any] = {name: getattr(job, name) for name in _COLUMNS}
    output["payload"] = None if job.payload is None else msgspec.Raw(job.payload.encode())
    return cast(DbJobOutput, output)
