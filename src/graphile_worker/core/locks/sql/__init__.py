"""The SQL that releases locks: `locks` of named workers, `old_locks` by age, `sweep` of stale workers."""

from graphile_worker.core.sql import CORE, Loader

statement = Loader(__name__, CORE).statement
