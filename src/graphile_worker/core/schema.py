"""The name of a schema, checked and quoted in one place."""

from __future__ import annotations

from dataclasses import dataclass

from graphile_worker.core.exceptions import InvalidInput

DEFAULT_SCHEMA = "graphile_worker"
MAX_IDENTIFIER_BYTES = 63  # PostgreSQL cuts longer names in silence: another schema than the one asked for


def quoted_identifier(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quoted_literal(text: str) -> str:
    """A text as an SQL string literal, valid with every value of standard_conforming_strings."""
    doubled = text.replace("'", "''")
    return "E'" + doubled.replace("\\", "\\\\") + "'" if "\\" in doubled else f"'{doubled}'"


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema name: any identifier PostgreSQL allows. Raises InvalidInput("schema", ...)."""

    name: str = DEFAULT_SCHEMA

    def __post_init__(self) -> None:
        if not self.name:
            raise InvalidInput("schema", "must not be empty")
        if "\0" in self.name:
            raise InvalidInput("schema", "must not contain a NUL character")
        try:
            size = len(self.name.encode())
        except UnicodeEncodeError:
            raise InvalidInput("schema", "must be valid Unicode text") from None
        if size > MAX_IDENTIFIER_BYTES:
            raise InvalidInput("schema", f"must be at most {MAX_IDENTIFIER_BYTES} bytes, not {size}")

    @property
    def quoted(self) -> str:
        """The name as an SQL identifier."""
        return quoted_identifier(self.name)

    @property
    def literal(self) -> str:
        """The name as an SQL string literal."""
        return quoted_literal(self.name)

    @classmethod
    def of(cls, schema: str | Schema) -> Schema:
        """A Schema from a name, or the Schema itself."""
        return schema if isinstance(schema, Schema) else cls(schema)
