"""Hints for an unknown outcome: how to find out whether an action was done before it is repeated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from graphile_worker.core.actions.action import VERIFY_JOBS
from graphile_worker.core.actions.table import ACTIONS
from graphile_worker.core.exceptions import OutcomeUnknown

if TYPE_CHECKING:
    from graphile_worker.core.jobs import JobSpec

_KEYED = (
    "Search for the key. To add it again is safe while no worker takes the job: the job that waits with this key is "
    "replaced, not doubled."
)


@contextmanager
def with_verification_hint(action: str) -> Iterator[None]:
    """Sets the hint of an OutcomeUnknown that this action raises."""
    try:
        yield
    except OutcomeUnknown as error:
        error.hint = ACTIONS[action].verify if action in ACTIONS else VERIFY_JOBS
        raise


@contextmanager
def adding(specs: Sequence[JobSpec]) -> Iterator[None]:
    """Sets the hint of an OutcomeUnknown for an add of these jobs."""
    try:
        yield
    except OutcomeUnknown as error:
        if all(_replaces(spec) for spec in specs):
            error.hint = _KEYED
        raise


def _replaces(spec: JobSpec) -> bool:
    """Whether a repeated add has the same result; it would append to a payload that is an array."""
    from graphile_worker.core.jobs import RawJson  # not needed by commands that only read

    if isinstance(spec.payload, RawJson):
        array = spec.payload.text.lstrip().startswith("[")
    else:
        array = isinstance(spec.payload, (list, tuple))
    return spec.key is not None and not array
