"""SQL as named statements: the files of core, the loader, and the named parameters of statements.

`fragments.sql` and `liveness.sql` are blocks that statements of all packages use; `jobs.sql` has the actions,
`maintenance.sql` cleanup and repair, `capabilities.sql` and `health.sql` the diagnosis. The SQL of locks is in
core/locks/sql, that of migrations in core/migration/sql.
"""

from __future__ import annotations

from collections.abc import Iterable

from graphile_worker.core.sql.loader import Loader, Part, Statement

CORE = Loader(__name__)
statement = CORE.statement

__all__ = ["CORE", "Loader", "Part", "Statement", "statement", "texts"]


def texts(values: Iterable[str | int | None]) -> list[str | None]:
    """Values for a parameter of the type text[]: for other arrays the driver asks the catalog, in four round trips."""
    return [None if value is None else str(value) for value in values]
