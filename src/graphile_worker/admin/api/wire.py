"""The bodies of requests and the rows of answers: one type each, checked by msgspec."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import msgspec

from graphile_worker.admin.api import vocabulary
from graphile_worker.core import validation
from graphile_worker.core.actions.table import JOB_ACTION_NAMES
from graphile_worker.core.exceptions import GraphileWorkerError, InvalidInput
from graphile_worker.core.jobs import Job, JobResult

if TYPE_CHECKING:
    from graphile_worker.admin.api.redaction.redact import Redaction
    from graphile_worker.core.diagnosis.findings import Finding
    from graphile_worker.core.diagnosis.health import Diagnosis

    JobActionName = str
else:
    JobActionName = Literal[JOB_ACTION_NAMES]  # msgspec validates the name by the table

DEPTH_MAX = 64
NAME_SHOWN = 64  # characters of an unknown name that an error repeats
IDS_MAX = 2000  # that one request names
BULK_IDS_MAX = 200_000  # that are worked through a step at a time; as many fit into a body
MORE_IDS = f"To act on more, POST a filter, or up to {BULK_IDS_MAX:,} ids, to api/jobs/bulk."
A_FILTER = "To act on more, send a filter in place of ids."
# A string may lack its end: asked for, the search would begin again at every quote within it.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _said(**schema: Any) -> msgspec.Meta:
    """For the description only: the rules themselves are core.checks'."""
    return msgspec.Meta(extra_json_schema=schema)


def _whole(low: int, high: int) -> msgspec.Meta:
    return _said(minimum=low, maximum=high)


_Name = Annotated[str, _said(minLength=1, maxLength=validation.IDENTIFIER_MAX)]
_Key = Annotated[str, _said(minLength=1, maxLength=validation.KEY_MAX)]
_Time = Annotated[str, _said(format="date-time")]
_KeyMode = Annotated[str, _said(enum=list(vocabulary.KEY_MODES))]
_Reason = Annotated[str, _said(maxLength=validation.REASON_MAX)]
_Small = Annotated[int, _whole(*validation.SMALLINT)]
_Attempts = Annotated[int, _whole(0, validation.SMALLINT[1])]
_MaxAttempts = Annotated[int, _whole(1, validation.SMALLINT[1])]
_Id = Annotated[int, _whole(1, validation.BIGINT_MAX)]
_Ids = Annotated[list[_Id], _said(minItems=1, maxItems=IDS_MAX)]
_ManyIds = Annotated[list[_Id], _said(minItems=1, maxItems=BULK_IDS_MAX)]
_Filter = Annotated[
    dict[str, str | int | list[str]],
    _said(minProperties=1, propertyNames={"enum": list(vocabulary.FILTER_PARAMETERS)}),
]
_Cleanup = Annotated[str, _said(enum=list(vocabulary.CLEANUP_TASKS))]
_Forced = Annotated[str, _said(enum=list(vocabulary.FORCED_TASKS))]


class AddJobRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`POST /api/jobs`. Payload is kept as the bytes that came."""

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
    """What a job is expected to be still; null asks nothing."""

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
    """`POST /api/jobs/bulk`: one step of an action on all jobs that a filter finds, or on the ids given: one of the two.

    `filter` has the list's own parameters (text, number, or a list of texts); `cursor` is the `next` of the step before,
    and goes with the same filter or ids.
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


class RemoveByKeyRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`POST /api/jobs/remove-by-key`."""

    key: _Key


class MaintenanceRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`POST /api/maintenance`."""

    action: Literal["migrate", "cleanup", "force-unlock", "sweep-stale-workers", "release-old-locks"]
    cleanup_tasks: list[_Cleanup] = []
    force: list[_Forced] = []
    worker_ids: list[str] = []
    older_than_secs: int | None = None
    dry_run: bool = False
    sweep_threshold_secs: int | None = None
    recovery_delay_secs: int | None = None


Request = TypeVar("Request", bound=msgspec.Struct)


def decode(body: bytes, kind: type[Request]) -> Request:
    """Reads one request body strictly; raises InvalidInput that names the member and the rule."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise InvalidInput("body", "must be UTF-8 text") from None
    _refuse_depth(text)
    _refuse_members(_members(text), kind)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise _named(str(error)) from None
    except (msgspec.DecodeError, RecursionError) as error:
        half = _SURROGATE.search(text)  # the one thing Python's parser lets through
        rule = "must not contain half of a surrogate pair" if half else f"must be JSON ({error})"
        raise InvalidInput("body", rule) from None


def _refuse_depth(text: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if depth > DEPTH_MAX:
            raise InvalidInput("body", f"must not be nested deeper than {DEPTH_MAX} levels")


def _members(text: str) -> list[str]:
    """The names at the top, in order, repeated ones too. Depth is already bounded.

    Not from the bytes: the parser would take some for UTF-16, and see another depth than was counted.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_Pairs, parse_int=str, parse_float=str, parse_constant=validation.no_constant
        )
    except ValueError as error:
        raise InvalidInput("body", f"must be JSON ({error})") from None
    if not isinstance(value, _Pairs):
        raise InvalidInput("body", "must be a JSON object")
    return [name for name, _ in value]


class _Pairs(list[tuple[str, Any]]):
    """An object's members as they stand in the text."""


def _refuse_members(names: list[str], kind: type[msgspec.Struct]) -> None:
    known = kind.__struct_fields__
    for place, name in enumerate(names):
        if name not in known:
            raise InvalidInput(shown(name), "is not a member of this request" + nearest(name, known))
        if name in names[:place]:
            raise InvalidInput(name, "stands twice")


def nearest(name: str, known: tuple[str, ...] | list[str]) -> str:
    """`; did you mean X?` or the names there are. A longer name than NAME_SHOWN is compared with none: that takes too long."""
    alike = (
        []
        if len(name) > NAME_SHOWN
        else difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
        or [word for word in known if word in name.lower().replace("_", "").replace("-", "") and len(word) > 2]
    )
    return f"; did you mean `{alike[0]}`?" if alike else f"; there are {', '.join(known) or 'none'}"


def shown(name: str) -> str:
    """A name from outside, short and printable."""
    return "".join(c if c.isprintable() else "\ufffd" for c in name[:NAME_SHOWN])


def _named(message: str) -> InvalidInput:
    """`Expected int, got str - at `$.priority`` becomes field and rule; a list's items are its field too."""
    rule, _, path = message.replace(" - at `key` in `$", " - at `$").partition(" - at `$")
    field = path.strip("`.").partition("[")[0] or "body"
    missing = re.fullmatch(r"Object missing required field `(\w+)`", rule)
    if missing:
        return InvalidInput(missing[1], "is required")
    wrong = re.fullmatch(r"Expected `([^`]+)`, got `([^`]+)`", rule)
    if wrong:
        wanted, got = (" or ".join(_KINDS.get(kind, kind) for kind in kinds.split(" | ")) for kinds in wrong.groups())
        return InvalidInput(field, f"must be {wanted}, not {got}")
    return InvalidInput(field, "is refused: " + rule[0].lower() + rule[1:])


_KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
}


_OUTPUT: tuple[str, ...] = tuple(field.name for field in fields(Job))


def job_output(job: Job) -> dict[str, Any]:
    """A DbJobOutput; the payload goes out as it is stored, or as null where it is too large for the row."""
    output: dict[str, Any] = {name: getattr(job, name) for name in _OUTPUT}
    output["payload"] = None if job.payload is None else msgspec.Raw(job.payload.encode())
    return output


def result_output(result: JobResult) -> dict[str, Any]:
    """One entry of `results`."""
    return {"id": result.id, "outcome": result.outcome.value, "reason": result.reason}


def finding_output(finding: Finding) -> dict[str, Any]:
    """One entry of `warnings` and of `findings`."""
    return {name: getattr(finding, name) for name in ("code", "level", "message", "remedy")}


def server_output(error: GraphileWorkerError, redaction: Redaction) -> dict[str, str] | None:
    """`{"message", "sqlstate"[, "hint"]}` of what the server sent; what it said of a statement may quote what is redacted."""
    server = error.server
    if server is None:
        return None
    if redaction and not server.connecting:
        return {"message": vocabulary.HIDDEN, "sqlstate": server.sqlstate}
    output = {"message": server.message, "sqlstate": server.sqlstate}
    return output | {"hint": server.hint} if server.hint else output


def diagnosis_output(diagnosis: Diagnosis) -> dict[str, Any]:
    """What `doctor --json` prints."""
    facts = diagnosis.capabilities.facts
    return {
        "database": facts.database,
        "server_version": facts.server_version,
        "role": facts.role,
        "owner": facts.owner,
        "schema": facts.schema.name,
        "verdict": facts.state.verdict,
        "migration": facts.state.highest,
        "healthy": diagnosis.healthy,
        "offers": diagnosis.capabilities.offers,
        "findings": [finding_output(finding) for finding in diagnosis.findings],
    }


encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode
