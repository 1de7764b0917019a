"""Ages at which a worker is stale and a lock is old: those of the Node and Rust workers, so that all programs agree."""

from __future__ import annotations

from dataclasses import dataclass

from graphile_worker.core.validation import integer

MINIMUM_THRESHOLD = 60  # two heartbeat intervals of 30 s; below that, a slow network would make workers stale
MAXIMUM_SECONDS = 366 * 24 * 3600
OLD_LOCK_SECONDS = 4 * 3600  # the age at which Node's workers ignore a lock
HEARTBEAT_SILENCE_SECONDS = 5 * 60  # a worker without a heartbeat for this time does not count as alive
OLD_LOCK_MINIMUM = 15 * 60  # below that, locks of long jobs of workers without heartbeats would be released
RESILIENT_FLAGS = ("infrastructure_resilient",)
RESILIENT_MULTIPLIER = 3


@dataclass(frozen=True, slots=True)
class SweepConfig:
    """A worker is stale `threshold_secs` after its last heartbeat; its jobs run again after `recovery_delay_secs`.

    The threshold of a worker that holds a job with one of `resilient_flags` is `resilient_multiplier` times as long.
    Raises InvalidInput.
    """

    threshold_secs: int = HEARTBEAT_SILENCE_SECONDS
    recovery_delay_secs: int = 30
    resilient_flags: tuple[str, ...] = RESILIENT_FLAGS
    resilient_multiplier: int = RESILIENT_MULTIPLIER

    def __post_init__(self) -> None:
        integer("sweep_threshold_secs", self.threshold_secs, MINIMUM_THRESHOLD, MAXIMUM_SECONDS)
        integer("recovery_delay_secs", self.recovery_delay_secs, 0, MAXIMUM_SECONDS)


@dataclass(frozen=True, slots=True)
class OldLocksConfig:
    """A lock is old after `older_than_secs`; with a resilient flag of its job, after `resilient_multiplier` times that.

    Raises InvalidInput.
    """

    older_than_secs: int = OLD_LOCK_SECONDS
    resilient_flags: tuple[str, ...] = RESILIENT_FLAGS
    resilient_multiplier: int = RESILIENT_MULTIPLIER

    def __post_init__(self) -> None:
        integer("older_than_secs", self.older_than_secs, OLD_LOCK_MINIMUM, MAXIMUM_SECONDS)
