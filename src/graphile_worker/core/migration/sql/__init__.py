"""The SQL that makes a schema: its tables (base, converge), its functions, and the statements of a migration."""

from graphile_worker.core.sql import CORE, Loader

_MIGRATION = Loader(__name__, CORE)
statement = _MIGRATION.statement
script = _MIGRATION.script
