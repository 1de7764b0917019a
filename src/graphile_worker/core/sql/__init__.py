"""The one loader of SQL: named blocks in `.sql` files, placeholders filled in a single pass.

A file holds blocks that start with `-- :name NAME`. Placeholders: `{schema}` the quoted schema name,
`{literal}` the same as a string literal, `{time:EXPRESSION}` a timestamptz as RFC 3339 text,
`{use:NAME}` another block of the same file (`{use:FILE.NAME}` of another), `{part:NAME}` the block that the caller chose
for NAME; `$$` becomes a dollar quote that no schema name can end.
Values are never put into the text: they are bound ($1, $2 …).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any

from graphile_worker.core.schema import Schema

_BLOCK = re.compile(r"^-- :name (\w+)[ \t]*$", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*--.*\n?", re.MULTILINE)
_USE = re.compile(r"\{(use|part):(?:(\w+)\.)?(\w+)\}")
_PLACEHOLDER = re.compile(r"\{(schema|literal|time:[^{}]+)\}|\$\$")
# Whole seconds, milliseconds or microseconds, in UTC. What RFC 3339 cannot hold (BC, years of five digits, infinity) is
# in PostgreSQL's spelling, made here so that it depends on neither DateStyle nor TimeZone.
_TIME = (
    "case when {0} >= '0001-01-01 00:00:00+00' and {0} < '10000-01-01 00:00:00+00' then "
    "to_char({0} at time zone 'UTC', case when date_trunc('second', {0}) = {0} then 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"' "
    "when date_trunc('milliseconds', {0}) = {0} then 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"' "
    'else \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\' end) '
    "when isfinite({0}) then rtrim(rtrim(to_char({0} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.') || "
    "'+00' || case when {0} < '0001-01-01 00:00:00+00' then ' BC' else '' end else {0}::text end"
)


class Loader:
    """Reads the SQL of one package, each file once."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._files: dict[str, dict[str, str]] = {}
        self._filled: dict[tuple[object, ...], str] = {}

    def statement(self, name: str, schema: Schema, **parts: str) -> str:
        """The block `file.block`, its placeholders filled for this schema; `parts` name blocks of the same file."""
        key = (name, schema.name, *sorted(parts.items()))
        if key not in self._filled:
            file, _, block = name.partition(".")
            self._filled[key] = fill(self._composed(file, block, parts), schema)
        return self._filled[key]

    def script(self, file: str, schema: Schema) -> str:
        """A whole file as one script."""
        return fill(_read(self._package, file), schema)

    def _composed(self, file: str, name: str, parts: dict[str, str]) -> str:
        def block(match: re.Match[str]) -> str:
            use, other, named = match.groups()
            return self._composed(other or file, named if use == "use" else parts[named], parts)

        return _USE.sub(block, self._blocks(file)[name])

    def _blocks(self, file: str) -> dict[str, str]:
        if file not in self._files:
            parts = _BLOCK.split(_read(self._package, file))
            pairs = zip(parts[1::2], parts[2::2], strict=True)
            self._files[file] = {name: _COMMENT.sub("", body).strip() for name, body in pairs}
        return self._files[file]


def fill(text: str, schema: Schema) -> str:
    """Fills the placeholders of one text; what the schema name contains is never read again."""

    dollars = "$gw$"
    while dollars in schema.name:
        dollars = dollars[:-1] + "w$"

    def value(match: re.Match[str]) -> str:
        what = match[1]
        if what is None:
            return dollars
        if what == "schema":
            return schema.quoted
        if what == "literal":
            return schema.literal
        return _TIME.replace("{0}", what.removeprefix("time:"))

    return _PLACEHOLDER.sub(value, text)


def texts(values: Iterable[str | int | None]) -> list[str | None]:
    """Values for a parameter of the type text[]: for other arrays the driver asks the catalog, in four round trips."""
    return [None if value is None else str(value) for value in values]


@cache
def _read(package: str, file: str) -> str:
    """Not by importlib.resources: loading that takes longer than all of our SQL."""
    spec: Any = import_module(package).__spec__
    data: bytes = spec.loader.get_data(os.path.join(spec.submodule_search_locations[0], f"{file}.sql"))
    return data.decode("utf-8")


_core = Loader("graphile_worker.core.sql")
statement = _core.statement
script = _core.script
