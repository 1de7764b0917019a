"""When a worker counts as gone; the reference's numbers, so that mixed fleets agree."""

from __future__ import annotations

from dataclasses import dataclass

from graphile_worker.core.checks import integer

MINIMUM_THRESHOLD = 60  # below two heartbeats of 30 s a slow network looks like death
MAXIMUM_SECONDS = 366 * 24 * 3600


@dataclass(frozen=True, slots=True)
class SweepConfig:
    """`threshold_secs` of silence, then `recovery_delay_secs` before the jobs run again.

    A worker that holds a job with one of `resilient_flags` is given `resilient_multiplier` times the threshold.
    Raises InvalidInput.
    """

    threshold_secs: int = 300
    recovery_delay_secs: int = 30
    resilient_flags: tuple[str, ...] = ("infrastructure_resilient",)
    resilient_multiplier: int = 3

    def __post_init__(self) -> None:
        integer("sweep_threshold_secs", self.threshold_secs, MINIMUM_THRESHOLD, MAXIMUM_SECONDS)
        integer("recovery_delay_secs", self.recovery_delay_secs, 0, MAXIMUM_SECONDS)
