"""The same as one statement that calls a function of the schema; empty where one statement does not do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.commands.command_line import flags
from graphile_worker.admin.client.model.commands.quoting import identifier, literal
from graphile_worker.admin.client.text.format import epoch

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Values

_NUMBERS = ("priority", "attempts", "max_attempts")


def _call(schema: str, function: str, arguments: list[str]) -> str:
    return "select * from %s.%s(%s);" % (identifier(schema), function, ", ".join(arguments))  # noqa: S608  # quoted


def _number(text: str) -> str:
    """The number; other text is a string, which the server refuses."""
    digits = text[1:] if text[:1] == "-" else text
    return text if digits.encode().isdigit() else literal(text)


def _numbers(values: Values, names: tuple[str, ...]) -> list[str]:
    given = [(name, values.get(name, "").strip()) for name in names]
    return ["%s => %s" % (name, _number(text)) for name, text in given if text]


def action(schema: str, name: str, ids: list[str], values: Values, run_at: str) -> str:
    """An action on jobs that are not running."""
    jobs = "'{%s}'::bigint[]" % ",".join(ids)
    if name == "complete":
        return _call(schema, "complete_jobs", [jobs])
    if name == "fail":
        reason = values.get("reason", "")
        return _call(schema, "permanently_fail_jobs", [jobs] + ([literal(reason)] if reason.strip() else []))
    if name == "retry":
        return _call(schema, "reschedule_jobs", [jobs, "run_at => now()", "attempts => 0"])
    if name == "run-now":
        return _call(schema, "reschedule_jobs", [jobs, "run_at => now()"])
    time = _time(run_at)
    if name != "reschedule" or time is None:
        return ""
    return _call(schema, "reschedule_jobs", [jobs] + time + _numbers(values, _NUMBERS))


def _time(run_at: str) -> list[str] | None:
    """The argument for a time; None for a relative time, which the program evaluates."""
    if not run_at.strip():
        return []
    return None if epoch(run_at) is None else ["run_at => %s" % literal(run_at)]


def add(schema: str, values: Values, run_at: str) -> str:
    """A new job."""
    time = _time(run_at)
    if time is None:
        return ""
    arguments = [
        literal(values.get("identifier", "")),
        "payload => " + literal(values.get("payload", "").strip() or "{}"),
    ]
    arguments += ["queue_name => " + literal(values["queue"])] if values.get("queue", "").strip() else []
    arguments += time + _numbers(values, ("max_attempts", "priority"))
    arguments += ["job_key => " + literal(values["key"])] if values.get("key") else []
    mode = values.get("job_key_mode", "").strip()
    arguments += ["job_key_mode => " + literal(mode.replace("-", "_"))] if mode else []
    names = flags(values)
    arguments += ["flags => array[%s]" % ", ".join([literal(one) for one in names])] if names else []
    return _call(schema, "add_job", arguments)


def remove(schema: str, key: str) -> str:
    """Removes the job with a key."""
    return _call(schema, "remove_job", [literal(key)])


def force_unlock(schema: str, workers: list[str]) -> str:
    """Releases the locks of workers."""
    return _call(schema, "force_unlock_workers", ["array[%s]::text[]" % ", ".join([literal(one) for one in workers])])
