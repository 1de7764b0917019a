"""The reads of the admin, as named SQL. Files that this package does not have, like fragments.sql, are those of
core."""

from graphile_worker.core.sql import CORE, Loader

statement = Loader(__name__, CORE).statement
