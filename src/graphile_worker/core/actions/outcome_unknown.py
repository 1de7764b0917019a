"""What to do about an outcome that is not known: how each action can be looked up before anybody repeats it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from graphile_worker.core.exceptions import OutcomeUnknown

if TYPE_CHECKING:
    from graphile_worker.core.jobs import JobSpec

_JOBS = "Open the jobs, or list them by id, before you repeat it."
_HOW_TO_LOOK = {
    "add": "Look at the newest jobs of this task before you add it again.",
    "remove-by-key": "Search for the key: no job has it any more where the job was removed.",
    "force-unlock": "A dry run names the locks that these workers still hold.",
    "release-old-locks": "A dry run lists the locks that are still there.",
    "sweep-stale-workers": "A dry run names the workers that are still to be swept.",
    "cleanup": "A dry run counts what is still to be deleted.",
    "repair": "`graphile-worker doctor` names the rows that are still missing.",
    "migrate": "A dry run (`graphile-worker migrate --dry-run`) lists the steps that are left.",
}
_KEYED = (
    "Search for the key. To add it again is safe while no worker takes the job: the job that waits with this key is "
    "replaced, not doubled."
)


@contextmanager
def telling_how_to_look(action: str) -> Iterator[None]:
    """Gives an OutcomeUnknown of this action the hint that says how to find out."""
    try:
        yield
    except OutcomeUnknown as error:
        error.hint = _HOW_TO_LOOK.get(action, _JOBS)
        raise


@contextmanager
def adding(specs: Sequence[JobSpec]) -> Iterator[None]:
    """The same for an add of these jobs."""
    try:
        yield
    except OutcomeUnknown as error:
        if all(_replaces(spec) for spec in specs):
            error.hint = _KEYED
        raise


def _replaces(spec: JobSpec) -> bool:
    """Whether a second add leaves what the first left: a payload that is an array would be appended."""
    from graphile_worker.core.jobs import RawJson  # a list has no need of it, and comes sooner without

    if isinstance(spec.payload, RawJson):
        array = spec.payload.text.lstrip().startswith("[")
    else:
        array = isinstance(spec.payload, (list, tuple))
    return spec.key is not None and not array
