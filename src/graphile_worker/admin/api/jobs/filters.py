"""The filter of jobs: of the list, the count, the export, bulk actions and the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.redaction.redact import NO_REDACTION, SEARCHED_FIELDS, Redaction
from graphile_worker.core import validation
from graphile_worker.core.exceptions import InvalidInput

TEXT_MAX = 1000  # characters of one filter value
BLANK = "(empty)"  # the fingerprint of an error without text
PATTERNS_MAX = 8  # more patterns take longer than computing every fingerprint
_LISTS = {
    "identifier": "identifiers", "queue": "queues", "key": "keys", "worker": "workers", "flag": "flags",
    "state": "states", "error": "errors",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """A job must meet every condition; of a condition with several values, one of them. An empty filter matches all jobs.

    Raises InvalidInput with the parameter's name, and Redacted for `errors` where they are hidden.

    Args:
        states: of `ready scheduled locked failed`; `all` or none for every state.
        identifiers, queues, keys, workers: exact names.
        flags: the job has one of them.
        errors: fingerprints, as in the table of errors.
        search: a text anywhere in the job, case-insensitive.
        priority_min, priority_max, attempts_min, attempts_max: inclusive.
        run_at_from, created_from: RFC 3339, inclusive; `run_at_to` and `created_to` are exclusive.
        redaction: values that are hidden, and are not searched.
    """

    states: Sequence[str] = ()
    identifiers: Sequence[str] = ()
    queues: Sequence[str] = ()
    keys: Sequence[str] = ()
    workers: Sequence[str] = ()
    flags: Sequence[str] = ()
    errors: Sequence[str] = ()
    search: str = ""
    priority_min: int | None = None
    priority_max: int | None = None
    attempts_min: int | None = None
    attempts_max: int | None = None
    run_at_from: str | None = None
    run_at_to: str | None = None
    created_from: str | None = None
    created_to: str | None = None
    redaction: Redaction = NO_REDACTION

    def __post_init__(self) -> None:
        if self.errors:
            self.redaction.require_errors("jobs cannot be filtered by an error that is hidden from you", field="error")
        for state in self.states:
            one_of("state", state, vocabulary.STATES)
        for parameter, field in _LISTS.items():
            values = getattr(self, field)
            _bounded(parameter, values)
            for value in values:
                validation.text(parameter, value, most=TEXT_MAX)
        validation.text("search", self.search, most=TEXT_MAX, least=0)
        for name in ("priority", "attempts"):
            low, high = getattr(self, f"{name}_min"), getattr(self, f"{name}_max")
            for bound, value in (("min", low), ("max", high)):
                validation.optional_integer(f"{name}_{bound}", value, *validation.SMALLINT)
            if low is not None and high is not None and low > high:
                raise InvalidInput(f"{name}_min", f"must not be above {name}_max")
        for name in vocabulary.TIME_PARAMETERS:
            validation.moment(name, getattr(self, name))

    @classmethod
    def of(cls, values: Mapping[str, Sequence[str]], redaction: Redaction = NO_REDACTION) -> JobFilter:
        """The filter of query parameters, each a list of texts by its name in the API. Unknown names are ignored."""
        for name in _LISTS:
            _bounded(name, values.get(name, ()))  # before empty values are removed
        texts = {name: given[0] for name, given in values.items() if given}
        parts: dict[str, Any] = {
            **{field: [v for v in values.get(name, ()) if v or name == "state"] for name, field in _LISTS.items()},
            **{
                name: validation.whole_number(name, texts[name])
                for name in vocabulary.NUMBER_PARAMETERS
                if name in texts
            },
            **{name: texts[name] for name in vocabulary.TIME_PARAMETERS if name in texts},
        }
        return cls(search=texts.get("search", "").strip(), redaction=redaction, **parts)

    @classmethod
    def for_action(cls, values: Mapping[str, Sequence[str]]) -> JobFilter:
        """As `of`, for actions: an empty value, as of an unset variable, is an error and does not match every job."""
        for name, given in values.items():
            if not given or not all(value.strip() if name == "search" else value for value in given):
                raise InvalidInput(name, "must not be empty; every job is state all")
        return cls.of(values)

    @property
    def matches_all(self) -> bool:
        """Whether the filter has no condition."""
        return all(
            getattr(self, field.name) in ((), [], "", None, ["all"], ("all",))
            for field in fields(self)
            if field.name != "redaction"
        )

    def parts(self) -> dict[str, str]:
        """The SQL block for the search in `jobs.matches`."""
        return {"found": "found_in_names" if self.redaction else "found_anywhere"}

    def searched_fields(self) -> dict[str, Any]:
        """The member `search_fields` of a response, where the search was limited to some fields."""
        return {"search_fields": SEARCHED_FIELDS} if self.redaction and self.search else {}

    def arguments(self) -> list[object]:
        """The parameters $1 to $17 of `jobs.matches`."""
        states = None if not self.states or "all" in self.states else list(self.states)
        lists = [
            list(values) or None for values in (self.identifiers, self.queues, self.keys, self.workers, self.flags)
        ]
        times = [validation.moment(name, getattr(self, name)) for name in vocabulary.TIME_PARAMETERS]
        numbers = [getattr(self, name) for name in vocabulary.NUMBER_PARAMETERS]
        errors = [list(self.errors), fingerprint_patterns(self.errors)] if self.errors else [None, None]
        return [states, *lists, like(self.search) if self.search else None, *numbers, *times, *errors]


def _bounded(parameter: str, values: Sequence[str]) -> None:
    if len(values) > vocabulary.FILTER_VALUES_MAX:
        raise InvalidInput(parameter, f"takes at most {vocabulary.FILTER_VALUES_MAX} values")


def one_of(field: str, value: str, allowed: Sequence[str]) -> str:
    """The value. Raises InvalidInput where it is not allowed."""
    if value not in allowed:
        raise InvalidInput(field, f"must be one of {', '.join(allowed)}")
    return value


def like(text: str) -> str:
    """A LIKE pattern for the text anywhere in a value."""
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%"


def fingerprint_patterns(fingerprints: Sequence[str]) -> list[str]:
    """LIKE patterns that match all errors with these fingerprints and few others (errors.fingerprint)."""
    return [_fingerprint_pattern(one) for one in fingerprints] if len(fingerprints) <= PATTERNS_MAX else ["%"]


def _fingerprint_pattern(fingerprint: str) -> str:
    kept = [] if fingerprint == BLANK else [part for part in re.split("[…*]", fingerprint) if part]
    return "".join(like(part)[:-1] for part in kept) + "%"
