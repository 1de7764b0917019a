"""The filter of jobs: for the list, the count, the export, bulk actions and the command line's options."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from graphile_worker.admin.api import vocabulary
from graphile_worker.admin.api.jobs.search_terms import LOCATED_MAX, Term, like, terms_of
from graphile_worker.admin.api.redaction.redact import NO_REDACTION, SEARCHED_FIELDS, Redaction
from graphile_worker.admin.api.responses.jobs import SearchFields
from graphile_worker.core import validation
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.sql import Part

if TYPE_CHECKING:
    from graphile_worker.core.queue import Queue

TEXT_MAX = 1000  # characters of one filter value
BLANK = "(empty)"  # the fingerprint of an error without text
PATTERNS_MAX = 8  # more patterns take longer than the fingerprint they spare
LISTS = {  # the member of JobFilter of each parameter that is a list
    "identifier": "identifiers", "queue": "queues", "key": "keys", "worker": "workers", "flag": "flags",
    "state": "states", "error": "errors", "variant": "variants",
}  # fmt: skip
_NAMES = ("identifiers", "queues", "keys", "workers", "flags")
_BOUNDS = vocabulary.NUMBER_PARAMETERS + vocabulary.TIME_PARAMETERS


class JobFilter(msgspec.Struct, frozen=True, kw_only=True):
    """A job must meet all conditions; of several values of one condition, any. Empty means all jobs.

    `states` of `ready scheduled locked failed blocked retrying` (`all` or none: every state); names and keys are exact;
    `flags`: the job has any of them; `errors` are fingerprints as the errors' table has them, `variants` the texts of
    their variants; `search` are terms that must all match (search_terms.terms_of): a word or a quoted phrase anywhere in
    the job, case-insensitive, a fragment of JSON, or `payload.customer.id:42`. Numbers are inclusive; times are RFC 3339 or
    relative (`with_absolute_times` comes before a read), `…_from` inclusive, `…_to` exclusive. `redaction` is
    what must not be shown of the jobs; it is not searched either. Raises InvalidInput with the parameter's name, and
    Redacted for `errors` where they are hidden.
    """

    states: Sequence[str] = ()
    identifiers: Sequence[str] = ()
    queues: Sequence[str] = ()
    keys: Sequence[str] = ()
    workers: Sequence[str] = ()
    flags: Sequence[str] = ()
    errors: Sequence[str] = ()
    variants: Sequence[str] = ()
    search: str = ""
    priority_min: int | None = None
    priority_max: int | None = None
    attempts_min: int | None = None
    attempts_max: int | None = None
    run_at_from: str | None = None
    run_at_to: str | None = None
    created_from: str | None = None
    created_to: str | None = None
    failed_from: str | None = None
    failed_to: str | None = None
    redaction: Redaction = NO_REDACTION

    def __post_init__(self) -> None:
        for parameter, given in (("error", self.errors), ("variant", self.variants)):
            if given:
                message = "jobs cannot be filtered by an error that is hidden from you"
                self.redaction.require_errors(message, field=parameter)
        for state in self.states:
            one_of("state", state, vocabulary.FILTER_STATES)
        for parameter, field in LISTS.items():
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
            validation.time(name, getattr(self, name), past=True)

    @classmethod
    def of(cls, values: Mapping[str, Sequence[str]], redaction: Redaction = NO_REDACTION) -> JobFilter:
        """The filter of these parameters, lists of texts by their names in the API. Unknown names are ignored."""
        for name in LISTS:
            _bounded(name, values.get(name, ()))  # empty ones are given too
        texts = {name: given[0] for name, given in values.items() if given}
        parts: dict[str, Any] = {
            **{field: [v for v in values.get(name, ()) if v or name == "state"] for name, field in LISTS.items()},
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
        """As `of`, for actions: an empty value (of a variable that was not set) must not mean every job."""
        for name, given in values.items():
            if not given or not all(value.strip() if name == "search" else value for value in given):
                raise InvalidInput(name, "must not be empty; every job is state all")
        return cls.of(values)

    async def with_absolute_times(self, queue: Queue) -> JobFilter:
        """The filter whose relative times are made absolute by the database's clock: a duration alone is before now."""
        times = {name: getattr(self, name) for name in vocabulary.TIME_PARAMETERS}
        found: dict[Any, Any] = await queue.absolute_times(times, past=True)
        return self if found == times else msgspec.structs.replace(self, **found)

    @property
    def matches_all(self) -> bool:
        """Whether nothing is filtered out."""
        return all(
            getattr(self, field) in ((), [], "", None, ["all"], ("all",))
            for field in self.__struct_fields__
            if field != "redaction"
        )

    @property
    def has_one_plan(self) -> bool:
        """Whether PostgreSQL plans a page the same for every value: the blocks read ids of names in a subquery, or none."""
        return not self.search and all(
            getattr(self, field) in ((), [], "", None)
            for field in self.__struct_fields__
            if field not in ("redaction", "states", "identifiers", "queues")
        )

    def parts(self) -> dict[str, Part]:
        """The conditions of the filters that are set, as blocks of filters.sql."""
        conditions = ["states"] if self._states else []
        conditions += [name for name in _NAMES if getattr(self, name)]
        conditions += [name for name in _BOUNDS if getattr(self, name) is not None]
        conditions += [name for name in ("errors", "variants") if getattr(self, name)]
        for number, term in enumerate(self.terms):
            conditions.append(f"{'word_in_names' if self.redaction else term.block}({number})")
        return {"conditions": tuple(conditions), "states": self._states}

    def match_parts(self) -> dict[str, Part]:
        """The blocks of search_terms.sql that locate the matches of a search in a listed job."""
        if not self.search or self.redaction:
            return {"matched": "located_none"}
        located = tuple(f"{term.located}({number})" for number, term in enumerate(self.terms[:LOCATED_MAX]))
        return {"matched": "located_shown", "located": located}

    def match_parameters(self) -> dict[str, Any]:
        """The parameters of match_parts."""
        if self.redaction:
            return {}
        located = ((number, term.located_parameters()) for number, term in enumerate(self.terms[:LOCATED_MAX]))
        return {f"{name}_{number}": value for number, given in located for name, value in given.items()}

    @property
    def terms(self) -> Sequence[Term]:
        """The terms of the search, all of which must match."""
        return terms_of(self.search)

    def searched_fields(self) -> SearchFields:
        """`search_fields`, the member of a response where the search leaves fields out."""
        return {"search_fields": list(SEARCHED_FIELDS)} if self.redaction and self.search else {}

    def parameters(self) -> dict[str, Any]:
        """The parameters of these conditions, by name."""
        parameters: dict[str, Any] = {name: list(getattr(self, name)) for name in _NAMES if getattr(self, name)}
        parameters |= {name: value for name in _BOUNDS if (value := getattr(self, name)) is not None}
        parameters |= {
            name: validation.moment(name, parameters[name]) for name in vocabulary.TIME_PARAMETERS if name in parameters
        }
        if self.errors:
            parameters |= {"errors": list(self.errors), "error_traces": fingerprint_patterns(self.errors)}
        if self.variants:
            parameters |= {"variants": list(self.variants), "variant_traces": [_trace(one) for one in self.variants]}
        for number, term in enumerate(self.terms):
            given = term.name_parameters() if self.redaction else term.parameters()
            parameters |= {f"{name}_{number}": value for name, value in given.items()}
        return parameters

    @property
    def _states(self) -> tuple[str, ...]:
        """The states that are searched, each once; none for every state."""
        return (
            () if "all" in self.states else tuple(state for state in vocabulary.FILTER_STATES if state in self.states)
        )


def _bounded(parameter: str, values: Sequence[str]) -> None:
    if len(values) > vocabulary.FILTER_VALUES_MAX:
        raise InvalidInput(parameter, f"takes at most {vocabulary.FILTER_VALUES_MAX} values")


def one_of(field: str, value: str, allowed: Sequence[str]) -> str:
    """Raises InvalidInput for a word that is not in the list."""
    if value not in allowed:
        raise InvalidInput(field, f"must be one of {', '.join(allowed)}")
    return value


def fingerprint_patterns(fingerprints: Sequence[str]) -> list[str]:
    """LIKE patterns, one of which every error with one of these fingerprints matches, and few others do
    (errors.fingerprint)."""
    return [_fingerprint_pattern(one) for one in fingerprints] if len(fingerprints) <= PATTERNS_MAX else ["%"]


def _fingerprint_pattern(fingerprint: str) -> str:
    kept = [] if fingerprint == BLANK else [part for part in re.split("[…*]", fingerprint) if part]
    return "".join(like(part)[:-1] for part in kept) + "%"


def _trace(variant: str) -> str:
    """A LIKE pattern that every error of this variant matches."""
    return "%" if variant == BLANK else like(variant)
