"""Locks of workers: signs of liveness, force-unlock, the sweep of stale workers and the release of old locks."""
