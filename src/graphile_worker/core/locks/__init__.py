"""Locks of workers: liveness, force unlock, the sweep of stale workers and the release of old locks."""
