"""Ages at which a worker is stale and a lock is old: those of the Node and Rust workers, so that all programs agree."""

from __future__ import annotations

MINIMUM_THRESHOLD = 60  # two heartbeat intervals of 30 s; below that, a slow network would make workers stale
MAXIMUM_SECONDS = 366 * 24 * 3600
OLD_LOCK_SECONDS = 4 * 3600  # the age at which Node's workers ignore a lock
HEARTBEAT_SILENCE_SECONDS = 5 * 60  # a worker without a heartbeat for this time does not count as alive
OLD_LOCK_MINIMUM = 15 * 60  # below that, locks of long jobs of workers without heartbeats would be released
RESILIENT_FLAGS = ("infrastructure_resilient",)
RESILIENT_MULTIPLIER = 3
