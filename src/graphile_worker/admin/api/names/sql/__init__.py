"""The SQL of suggested names. Files that this package does not have are those of core."""

from graphile_worker.core.sql import CORE, Loader

statement = Loader(__name__, CORE).statement
