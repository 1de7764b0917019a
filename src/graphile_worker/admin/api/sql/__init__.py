"""The reads of jobs as named SQL: lists, search, export, one job, selections. Files that this package does not have, like
fragments.sql, are those of core. The SQL of whole tables is in api/tables/sql."""

from graphile_worker.core.sql import CORE, Loader

LISTS = Loader(__name__, CORE)
statement = LISTS.statement
