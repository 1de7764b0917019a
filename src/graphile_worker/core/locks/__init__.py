"""Locks of workers.

`liveness` tells which workers are alive. `force_unlock`, `sweep` (stale workers) and `old_locks` (with `old_lock_rules`)
find locks to release, `release` releases them in batches, `config` has the ages, and `sql` the statements.
"""
