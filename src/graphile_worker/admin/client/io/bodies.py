"""Request bodies as JSON text. Ids and payloads go in as the text they are, never through a number."""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.client.text.format import epoch

NUMBERS = ("priority", "attempts", "max_attempts")
TIMES = ("run_at", "updated_at")


def number(text: str) -> str:
    """A typed number as JSON; what is no number goes as text, so that the server names the field and the rule."""
    text = text.strip()
    if not text:
        return "null"
    digits = text[1:] if text[:1] == "-" else text
    plain = digits.encode().isdigit() and (digits == "0" or digits[:1] != "0")
    return text if plain else json.dumps(text)


def text_or_null(text: str) -> str:
    """Blank means not given."""
    return json.dumps(text) if text.strip() else "null"


def flags(text: str) -> str:
    """("a, b") -> ["a","b"]."""
    names = [one.strip() for one in text.split(",") if one.strip()]
    return json.dumps(names) if names else "null"


def _object(members: list[tuple[str, str]]) -> str:
    return "{" + ",".join(['"%s":%s' % member for member in members]) + "}"


def seen(job: dict[str, Any]) -> dict[str, Any]:
    """The values that a person saw of a job. A time that is none of the calendar cannot be asked for; `updated_at` says as much."""
    out = {name: job[name] for name in NUMBERS if job.get(name) is not None}
    out.update({name: job[name] for name in TIMES if epoch(job.get(name)) is not None})
    return out


def action(verb: str, jobs: list[dict[str, Any]], values: dict[str, Any], run_at: str) -> str:
    """POST api/jobs/action; what somebody changed since the person saw it is left alone by the server."""
    ids = [job["id"] for job in jobs]
    reason = text_or_null(str(values.get("reason") or "")) if verb == "fail" else "null"
    members = [("action", json.dumps(verb)), ("ids", "[" + ",".join(ids) + "]"), ("reason", reason)]
    members.append(("run_at", text_or_null(run_at)))
    members += [(name, number(str(values.get(name) or ""))) for name in NUMBERS]
    revisions = ['"%s":%d' % (job["id"], job["revision"]) for job in jobs if job.get("revision") is not None]
    members.append(("revisions", "{" + ",".join(revisions) + "}"))
    members.append(("expected", json.dumps({job["id"]: seen(job) for job in jobs})))
    return _object(members)


def bulk(verb: str, members: dict[str, Any], values: dict[str, Any], run_at: str, cursor: str, dry_run: bool) -> str:
    """POST api/jobs/bulk: one step of a verb on all that match, or its preview."""
    out = [("action", json.dumps(verb)), ("filter", json.dumps(members)), ("dry_run", "true" if dry_run else "false")]
    out += [("cursor", text_or_null(cursor)), ("run_at", text_or_null(run_at))]
    if verb == "fail":
        out.append(("reason", text_or_null(str(values.get("reason") or ""))))
    return _object(out + [(name, number(str(values.get(name) or ""))) for name in NUMBERS])


def add(values: dict[str, Any], run_at: str) -> str:
    """POST api/jobs; the payload is what was typed, byte for byte."""
    payload = str(values.get("payload") or "").strip() or "{}"
    return _object(
        [
            ("identifier", json.dumps(str(values.get("identifier") or ""))),
            ("payload", payload),
            ("queue", text_or_null(str(values.get("queue") or ""))),
            ("run_at", text_or_null(run_at)),
            ("max_attempts", number(str(values.get("max_attempts") or ""))),
            ("key", _key(str(values.get("key") or ""))),
            ("job_key_mode", text_or_null(str(values.get("job_key_mode") or ""))),
            ("priority", number(str(values.get("priority") or ""))),
            ("flags", flags(str(values.get("flags") or ""))),
        ]
    )


def _key(text: str) -> str:
    """Blanks are part of a key, so only nothing is nothing."""
    return json.dumps(text) if text else "null"


def remove(key: str) -> str:
    """POST api/jobs/remove-by-key."""
    return _object([("key", json.dumps(key))])


def maintain(name: str, ids: list[str], old_secs: str, forced: bool = False) -> str:
    """POST api/maintenance; a cleanup is asked for one task at a time."""
    cleanup = name not in ("migrate", "force-unlock", "sweep-stale-workers", "release-old-locks")
    members = [
        ("action", json.dumps("cleanup" if cleanup else name)),
        ("cleanup_tasks", json.dumps([name] if cleanup else [])),
        ("worker_ids", json.dumps(ids)),
        ("dry_run", "false"),
        ("sweep_threshold_secs", "null"),
        ("recovery_delay_secs", "null"),
    ]
    if name == "release-old-locks":
        members.append(("older_than_secs", old_secs))
    if forced:
        members.append(("force", json.dumps([name])))
    return _object(members)
