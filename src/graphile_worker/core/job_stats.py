"""The number of jobs by state. A module of its own, because a command that counts needs no other object of a queue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobStats:
    """Jobs by state; `blocked` of the ready jobs wait for a locked queue.

    `retrying` of the ready and scheduled jobs have an error of their last attempt.
    """

    total: int
    ready: int
    scheduled: int
    locked: int
    failed: int
    blocked: int
    retrying: int
