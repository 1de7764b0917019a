"""The loader of SQL: named blocks in `.sql` files, composed into statements.

A file holds blocks that start with `-- :name NAME`. A block may contain these placeholders:

- `{schema}`: the quoted name of the schema; `{literal}`: the same as a string literal.
- `{time:EXPRESSION}`: a timestamptz as RFC 3339 text.
- `{old_lock_age}`, `{heartbeat_silence}`: the limits of core/locks/config.py, as intervals.
- `{use:NAME}`: another block of the same file; `{use:FILE.NAME}`: a block of another file. `{use:NAME(EXPRESSION)}`
  gives the block an expression, which stands for its `{it}`.
- `{part:NAME}`: the block that the caller has chosen for NAME; `{part:FILE.NAME}`: the same, its block being in FILE.
- `{all:NAME}`, `{any:NAME}`, `{list:NAME}`: the blocks that the caller has chosen for NAME, joined by `and`, by `or`, or
  by commas. The caller may give one an expression for its `{it}`: `word(1)`.
- `$$`: a dollar quote that no schema name can end.

Values are never put into the text. They are parameters (`:states`), which are bound by name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, NamedTuple, TypeAlias

from graphile_worker.core.locks.config import HEARTBEAT_SILENCE_SECONDS, OLD_LOCK_SECONDS
from graphile_worker.core.schema import Schema
from graphile_worker.core.sql.parameters import numbered

Part: TypeAlias = "str | tuple[str, ...]"  # the name of a block; for `all`, `any` and `list` the names of several

CACHED = 1024  # statements whose text is kept; each combination of filters makes another one
_BLOCK = re.compile(r"^-- :name (\w+)[ \t]*$", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*--.*\n?", re.MULTILINE)
_USE = re.compile(r"\{(use|part|all|any|list):(?:(\w+)\.)?(\w+)(?:\(([^{}]*)\))?\}")
_PLACEHOLDER = re.compile(r"\{(schema|literal|old_lock_age|heartbeat_silence|time:[^{}]+)\}|\$\$")
_INTERVALS = {
    "old_lock_age": f"interval '{OLD_LOCK_SECONDS} seconds'",
    "heartbeat_silence": f"interval '{HEARTBEAT_SILENCE_SECONDS} seconds'",
}
_JOINED = {"all": "\nand ", "any": "\nor ", "list": ", "}
_NONE = {"all": "true", "any": "false", "list": "null"}
_GIVEN = re.compile(r"(\w+)(?:\(([^{}]*)\))?")
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


class Statement(NamedTuple):
    """A named statement, independent of a schema. `block` None = the whole file, as a script without parameters."""

    loader: Loader
    file: str
    block: str | None
    parts: tuple[tuple[str, Part], ...] = ()

    @property
    def name(self) -> str:
        """`file.block`."""
        return self.file if self.block is None else f"{self.file}.{self.block}"

    def text(self, schema: Schema) -> str:
        """The SQL for this schema, with `$n` for its parameters."""
        return _rendered(self, schema)[0]

    def bind(self, schema: Schema, parameters: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The SQL, and the values of `$1`, `$2` …

        Raises TypeError where a parameter of the text is missing, or one is given that the text does not contain.
        """
        text, names = _rendered(self, schema)
        if parameters.keys() != set(names):
            missing = [name for name in names if name not in parameters]
            if missing:
                raise TypeError(f"the statement {self.name} needs the parameter {missing[0]!r}")
            superfluous = next(name for name in parameters if name not in names)
            raise TypeError(f"the statement {self.name} has no parameter {superfluous!r}")
        return text, [parameters[name] for name in names]


class Loader:
    """Reads the SQL of one package, each file once. Files that it does not have are those of `base`."""

    def __init__(self, package: str, base: Loader | None = None) -> None:
        self._package = package
        self._base = base
        self._files: dict[str, dict[str, str]] = {}

    def statement(self, name: str, /, **parts: Part) -> Statement:
        """The statement `file.block`; `parts` name the blocks that its `{part:…}`, `{all:…}` and `{any:…}` stand
        for."""
        file, _, block = name.partition(".")
        return Statement(self, file, block, tuple(sorted(parts.items())))

    def script(self, file: str) -> Statement:
        """A whole file as one script."""
        return Statement(self, file, None)

    def composed(self, file: str, block: str | None, parts: Mapping[str, Part], it: str | None = None) -> str:
        """The text of a block, with all blocks that it uses; `it` is the expression that the block is given."""
        if block is None:
            return _read(self._package, file)

        def replaced(match: re.Match[str]) -> str:
            how, other, named, expression = match.groups()
            blocks = named if how == "use" else parts[named]
            if isinstance(blocks, str):
                return self.composed(other or file, blocks, parts, expression)
            texts = [self.composed(other or file, name, parts, given) for name, given in map(_given, blocks)]
            return _JOINED[how].join(texts) or _NONE[how]

        text = self._blocks(file)[block]
        return _USE.sub(replaced, text if it is None else text.replace("{it}", it))

    def _blocks(self, file: str) -> dict[str, str]:
        if file not in self._files:
            try:
                text = _read(self._package, file)
            except OSError:
                if self._base is None:
                    raise
                return self._base._blocks(file)
            split = _BLOCK.split(text)
            pairs = zip(split[1::2], split[2::2], strict=True)
            self._files[file] = {name: _COMMENT.sub("", body).strip() for name, body in pairs}
        return self._files[file]


def _given(block: str) -> tuple[str, str | None]:
    """The name of a block, and the expression that it is given."""
    match = _GIVEN.fullmatch(block)
    assert match is not None, block
    return match[1], match[2]


@lru_cache(CACHED)
def _rendered(statement: Statement, schema: Schema) -> tuple[str, tuple[str, ...]]:
    """The text of a statement, and the names of its parameters.

    Parameters are numbered before the schema's name is filled in. A `:word` in the name is therefore no parameter.
    """
    composed = statement.loader.composed(statement.file, statement.block, dict(statement.parts))
    text, names = numbered(composed)
    return fill(text, schema), names


def fill(text: str, schema: Schema) -> str:
    """Fills the placeholders of one text in a single pass; what the schema name contains is not read again."""

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
        return _INTERVALS.get(what) or _TIME.replace("{0}", what.removeprefix("time:"))

    return _PLACEHOLDER.sub(value, text)


@cache
def _read(package: str, file: str) -> str:
    """Reads a file without importlib.resources, whose import takes longer than reading all SQL files."""
    spec: Any = import_module(package).__spec__
    data: bytes = spec.loader.get_data(os.path.join(spec.submodule_search_locations[0], f"{file}.sql"))
    return data.decode("utf-8")
