"""Request bodies as JSON text. Ids and payloads go in as the text they are, never through a number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from graphile_worker.admin.client.text.format import epoch, separated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphile_worker.admin.client.model.types import FilterMembers, JobRow, ShownLock, UndoEntry, Values

NUMBERS = ("priority", "attempts", "max_attempts")
TIMES = ("run_at", "updated_at")
_NOTHING = ("null", "[]", "{}", "false")


def number(text: str) -> str:
    """A typed number as JSON; other text is sent as a string, so that the server answers with the field and the rule."""
    text = text.strip()
    if not text:
        return "null"
    digits = text[1:] if text[:1] == "-" else text
    plain = digits.encode().isdigit() and (digits == "0" or digits[:1] != "0")
    return text if plain else json.dumps(text)


def text_or_null(text: str) -> str:
    """The text as JSON; null where it is blank."""
    return json.dumps(text) if text.strip() else "null"


def flags(text: str) -> str:
    """("a, b") -> ["a","b"]."""
    names = separated(text)
    return json.dumps(names) if names else "null"


def _object(members: list[tuple[str, str]], brief: bool = False) -> str:
    """The members as JSON; with `brief`, without those that say nothing."""
    kept = [member for member in members if not brief or member[0] == "payload" or member[1] not in _NOTHING]
    return "{" + ",".join(['"%s":%s' % member for member in kept]) + "}"


def preconditions(job: Mapping[str, object]) -> dict[str, object]:
    """The values of a job that the person saw. A time that no calendar has is left out: `updated_at` stands for it."""
    out = {name: job[name] for name in NUMBERS if job.get(name) is not None}
    out.update({name: job[name] for name in TIMES if epoch(str(job.get(name))) is not None})
    return out


def action(name: str, jobs: Sequence[JobRow | UndoEntry], values: Values, run_at: str, brief: bool = False) -> str:
    """POST api/jobs/action; the server skips a job that was changed since the person saw it, unless `brief`."""
    ids = [job["id"] for job in jobs]
    reason = text_or_null(values.get("reason", "")) if name == "fail" else "null"
    members = [("action", json.dumps(name)), ("ids", "[" + ",".join(ids) + "]"), ("reason", reason)]
    members.append(("run_at", text_or_null(run_at)))
    members += [(one, number(values.get(one, ""))) for one in NUMBERS]
    if brief:
        return _object(members, brief)
    revisions = ['"%s":%d' % (job["id"], job["revision"]) for job in jobs if job.get("revision") is not None]
    members.append(("revisions", "{" + ",".join(revisions) + "}"))
    members.append(("expected", json.dumps({job["id"]: preconditions(job) for job in jobs})))
    return _object(members)


def bulk(
    name: str, members: FilterMembers, values: Values, run_at: str, cursor: str, dry_run: bool, brief: bool = False
) -> str:
    """POST api/jobs/bulk: one batch of an action on all jobs that match, or its dry run."""
    out = [("action", json.dumps(name)), ("filter", json.dumps(members)), ("dry_run", "true" if dry_run else "false")]
    out += [("cursor", text_or_null(cursor)), ("run_at", text_or_null(run_at))]
    if name == "fail":
        out.append(("reason", text_or_null(values.get("reason", ""))))
    return _object(out + [(one, number(values.get(one, ""))) for one in NUMBERS], brief)


def add(values: Values, run_at: str, brief: bool = False) -> str:
    """POST api/jobs; the payload is sent as it was typed, at the end, so that an open bracket ends with the payload."""
    return _object(
        [
            ("identifier", json.dumps(values.get("identifier", ""))),
            ("queue", text_or_null(values.get("queue", ""))),
            ("run_at", text_or_null(run_at)),
            ("max_attempts", number(values.get("max_attempts", ""))),
            ("key", _key(values.get("key", ""))),
            ("job_key_mode", text_or_null(values.get("job_key_mode", ""))),
            ("priority", number(values.get("priority", ""))),
            ("flags", flags(values.get("flags", ""))),
            ("payload", _payload(values.get("payload", ""))),
        ],
        brief,
    )


def _payload(text: str) -> str:
    """The payload with its leading lines, so that the position in an error is that in the text field."""
    typed = text.strip()
    lead = text[: len(text) - len(text.lstrip())]
    return "".join([mark if mark in " \t\r\n" else " " for mark in lead]) + typed if typed else "{}"


def _key(text: str) -> str:
    """A key may consist of blanks: only an empty text is null."""
    return json.dumps(text) if text else "null"


def payload(job_id: str, text: str, expected: str) -> str:
    """POST api/jobs/payload; the payload is sent as it was typed."""
    return _object([("id", job_id), ("payload", text), ("expected_payload", json.dumps(expected))])


def remove(key: str, job_id: str = "", outcome: str = "", dry_run: bool = False) -> str:
    """POST api/jobs/remove-by-key; with the job and the outcome that a dry run has shown, where there was one."""
    members = [("key", json.dumps(key))]
    if dry_run:
        members.append(("dry_run", "true"))
    if outcome:
        members += [("expected_id", job_id), ("expected_outcome", json.dumps(outcome))]
    return _object(members)


def maintain(
    name: str,
    ids: list[str],
    old_secs: str,
    forced: bool = False,
    lock: ShownLock | None = None,
    dry_run: bool = False,
    brief: bool = False,
) -> str:
    """POST api/maintenance; a cleanup request names one task, and `lock` the one job or queue to unlock."""
    cleanup = name not in ("migrate", "force-unlock", "sweep-stale-workers", "release-old-locks")
    members = [
        ("action", json.dumps("cleanup" if cleanup else name)),
        ("cleanup_tasks", json.dumps([name] if cleanup else [])),
        ("worker_ids", json.dumps(ids)),
        ("dry_run", "true" if dry_run else "false"),
        ("sweep_threshold_secs", "null"),
        ("recovery_delay_secs", "null"),
    ]
    if lock is not None:
        members.append(("unlock", _shown_lock(lock)))
    if name == "release-old-locks":
        members.append(("older_than_secs", old_secs))
    if forced:
        members.append(("force", json.dumps([name])))
    return _object(members, brief)


def _shown_lock(lock: ShownLock) -> str:
    unit = ("job_id", lock["job"]) if lock["job"] else ("queue_name", json.dumps(lock["queue"]))
    return _object([unit, ("locked_by", json.dumps(lock["by"] or None)), ("locked_at", json.dumps(lock["at"]))])
