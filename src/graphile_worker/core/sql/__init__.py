"""The SQL of core as named statements, its loader (loader.py), and the named parameters of statements (parameters.py)."""

from __future__ import annotations

from collections.abc import Iterable

from graphile_worker.core.sql.loader import Loader, Part, Statement

CORE = Loader(__name__)
statement = CORE.statement
script = CORE.script

__all__ = ["CORE", "Loader", "Part", "Statement", "script", "statement", "texts"]


def texts(values: Iterable[str | int | None]) -> list[str | None]:
    """Values for a parameter of the type text[]: for other arrays the driver asks the catalog, in four round trips."""
    return [None if value is None else str(value) for value in values]
