"""The bodies of requests, one type each. `json_codec.decode` checks them, and OpenAPI describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from graphile_worker.admin.api import vocabulary
from graphile_worker.core import validation
from graphile_worker.core.actions.table import JOB_ACTION_NAMES

if TYPE_CHECKING:
    JobActionName = str
else:
    JobActionName = Literal[JOB_ACTION_NAMES]  # msgspec validates the name by the table

IDS_MAX = 2000  # of one request
BULK_IDS_MAX = 200_000  # of a bulk action, which processes them in batches; as many fit into a body
MORE_IDS = f"To act on more, POST a filter, or up to {BULK_IDS_MAX:,} ids, to api/jobs/bulk."
USE_FILTER = "To act on more, send a filter in place of ids."


def _schema(**schema: Any) -> msgspec.Meta:
    """Rules for the description only; `core.validation` checks them."""
    return msgspec.Meta(extra_json_schema=schema)


def _integer(low: int, high: int) -> msgspec.Meta:
    return _schema(minimum=low, maximum=high)


_Name = Annotated[str, _schema(minLength=1, maxLength=validation.IDENTIFIER_MAX)]
_Key = Annotated[str, _schema(minLength=1, maxLength=validation.KEY_MAX)]
_Time = Annotated[str, _schema(format="date-time")]
_KeyMode = Annotated[str, _schema(enum=list(vocabulary.KEY_MODES))]
_Reason = Annotated[str, _schema(maxLength=validation.REASON_MAX)]
_Small = Annotated[int, _integer(*validation.SMALLINT)]
_Attempts = Annotated[int, _integer(0, validation.SMALLINT[1])]
_MaxAttempts = Annotated[int, _integer(1, validation.SMALLINT[1])]
_Id = Annotated[int, _integer(1, validation.BIGINT_MAX)]
_Ids = Annotated[list[_Id], _schema(minItems=1, maxItems=IDS_MAX)]
_ManyIds = Annotated[list[_Id], _schema(minItems=1, maxItems=BULK_IDS_MAX)]
_Filter = Annotated[
    dict[str, str | int | list[str]],
    _schema(minProperties=1, propertyNames={"enum": list(vocabulary.FILTER_PARAMETERS)}),
]
_Cleanup = Annotated[str, _schema(enum=list(vocabulary.CLEANUP_TASKS))]
_Forced = Annotated[str, _schema(enum=list(vocabulary.FORCED_TASKS))]


class AddJobRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`POST /api/jobs`. The payload keeps the bytes of the request."""

    identifier: _Name
    payload: msgspec.Raw = msgspec.field(default_factory=lambda: msgspec.Raw(b"{}"))
    queue: _Name | None = None
    run_at: _Time | None = None
    max_attempts: _MaxAttempts | None = None
    key: _Key | None = None
    job_key_mode: _KeyMode | None = None
    priority: _Small | None = None
    flags: list[_Key] | None = None


class ExpectedJob(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Preconditions: the values that a job must still have. Null is no condition."""

    priority: _Small | None = None
    attempts: _Small | None = None
    max_attempts: _Small | None = None
    run_at: _Time | None = None
    updated_at: _Time | None = None


class JobActionRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`POST /api/jobs/action`."""

    action: JobActionName
    ids: _Ids
    reason: _Reason | None = None
    run_at: _Time | None = None
    priority: _Small | None = None
    attempts: _Attempts | None = None
    max_attempts: _MaxAttempts | None = None
    revisions: dict[int, int] | None = None
    expected: dict[int, ExpectedJob] | None = None


class BulkRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`POST /api/jobs/bulk`: one batch of an action on the jobs that a filter matches, or on ids; exactly one of the two.

    `filter` has the parameters of the list (a text, a number, or a list of texts). `cursor` is `next` of the previous
    batch, and needs the same filter or ids.
    """

    action: JobActionName
    filter: _Filter | None = None
    ids: _ManyIds | None = None
    dry_run: bool = False
    cursor: str | None = None
    reason: _Reason | None = None
    run_at: _Time | None = None
    priority: _Small | None = None
    attempts: _Attempts | None = None
    max_attempts: _MaxAttempts | None = None


class ChangePayloadRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`POST /api/jobs/payload`. The payload keeps the bytes of the request.

    `expected_payload` is the stored text that is replaced; null replaces any. `revision` and `expected` as in
    `/api/jobs/action`, for the one job.
    """

    id: _Id
    payload: msgspec.Raw
    expected_payload: str | None = None
    revision: int | None = None
    expected: ExpectedJob | None = None


class RemoveByKeyRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`POST /api/jobs/remove-by-key`. A job with another id, or that would have another outcome, is skipped."""

    key: _Key
    dry_run: bool = False
    expected_id: _Id | None = None
    expected_outcome: Literal["removed", "key_released"] | None = None


class UnlockOne(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The lock of one job or one queue, exactly one of the two, with the holder and the time that were seen."""

    locked_at: _Time
    locked_by: str | None = None
    job_id: _Id | None = None
    queue_name: str | None = None


class MaintenanceRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`POST /api/maintenance`. `force-unlock` takes either `worker_ids` or `unlock`."""

    action: Literal["migrate", "cleanup", "force-unlock", "sweep-stale-workers", "release-old-locks"]
    cleanup_tasks: list[_Cleanup] = []
    force: list[_Forced] = []
    worker_ids: list[str] = []
    unlock: UnlockOne | None = None
    older_than_secs: int | None = None
    dry_run: bool = False
    sweep_threshold_secs: int | None = None
    recovery_delay_secs: int | None = None
