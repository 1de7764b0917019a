"""Hides payloads, or values at some paths in them, and error texts from viewers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import msgspec

from graphile_worker._patterns import lazy_pattern
from graphile_worker.admin.api.redaction.json_paths import Path, parse_path, spans
from graphile_worker.admin.api.vocabulary import HIDDEN
from graphile_worker.core.exceptions import GraphileWorkerError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")
ALL = "all"
PATHS_MAX = 100
PAYLOAD_MAX = (
    65_536  # characters of a payload in which paths are searched; a longer one is hidden completely, as in jobs.sql
)
PREVIEW = 200  # characters, as in jobs.sql
SEARCHED_FIELDS = ("id", "task", "queue", "key", "worker")
END = "\x1e"  # ends a CSV line whose payload is not redacted yet; JSON text cannot contain it
_MARK = json.dumps(HIDDEN)
_STRING = lazy_pattern(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_FORMULA = lazy_pattern("[=+@\t\r\n\uff1d\uff0b\uff0d\uff20-]")
_NAME = '"payload":'
_SPACE = lazy_pattern("[ \t\r\n]+")  # whitespace around a value, which is stored with it
_NUMBER = lazy_pattern("-?[0-9]+")


class Redacted(GraphileWorkerError):
    """The requested data is hidden from this user: 403."""

    code = "redacted"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message, hint="Operators and admins can see it.")
        self.field = field


class Redaction(msgspec.Struct, frozen=True):
    """The configured redaction. `full` hides complete payloads; else the values at `paths` are hidden in them.

    With any redaction error texts are hidden completely, because they may quote a payload. A false one hides nothing.
    """

    words: tuple[str, ...] = ()
    full: bool = False
    paths: tuple[Path, ...] = ()

    @classmethod
    def of(cls, words: Sequence[str]) -> Redaction:
        """The redaction of `all` or paths (json_paths.parse_path). Raises ValueError."""
        if isinstance(words, str):
            raise ValueError(f"redact must be a list, as [{words!r}]")
        if len(words) > PATHS_MAX:
            raise ValueError(f"redact takes at most {PATHS_MAX} paths, not {len(words)}")
        for word in words:
            if word.lower() == ALL != word:
                raise ValueError(f"{word!r} is a path; to hide everything write {ALL!r}")
        paths = tuple(parse_path(word) for word in words if word != ALL)
        return cls(tuple(words), ALL in words, paths)

    def __bool__(self) -> bool:
        return bool(self.words)

    def payload_part(self, form: str) -> str:
        """The block of jobs.sql that selects a payload in this form."""
        if not self or form == "none":
            return f"payload_{form}"
        return f"payload_hidden_{form}" if self.full else "payload_bounded"

    def require_errors(self, message: str, *, field: str | None = None) -> None:
        """Raises Redacted where error texts are hidden."""
        if self:
            raise Redacted(message, field=field)

    async def rows(self, rows: list[str], form: str) -> list[str]:
        """The JSON of jobs with redacted payloads in this form."""
        if not self.by_path or form == "none":
            return rows
        return await _in_thread(lambda: [self._replaced(row, form) for row in rows])

    async def payload_members(self, stored: str, form: str) -> dict[str, object]:
        """The members of one job that show its redacted payload in this form."""
        return await _in_thread(self._members, stored, form)

    async def lines(self, text: str, format: str) -> str:
        """The lines of an export with redacted payloads."""
        if not self.by_path:
            return text
        return await _in_thread(self._ndjson if format == "ndjson" else self._csv, text)

    @property
    def by_path(self) -> bool:
        """Whether payloads are shown with hidden values."""
        return bool(self) and not self.full

    def _ndjson(self, text: str) -> str:
        return "\n".join(self._replaced(line, "full") for line in text.split("\n"))

    def _csv(self, text: str) -> str:
        return "".join(self._csv_line(line) for line in text.split(END)[:-1])

    def _csv_line(self, line: str) -> str:
        """The CSV line of `["cells", "cells behind the payload", payload]`."""
        cells = _STRING.match(line, 1)
        assert cells is not None  # export.line_csv_apart made it
        after = _STRING.match(line, cells.end() + 2)
        assert after is not None
        cell = self.payload(line[after.end() + 2 : -1])
        lead = "'" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else ""
        quoted = (lead + cell).replace('"', '""')
        return f'{json.loads(cells[0])},"{quoted}"{json.loads(after[0])}\r\n'

    def _replaced(self, text: str, form: str) -> str:
        """Replaces the member `"payload":…` of a job with the redacted members in this form."""
        parts, at = [], 0
        for start, end in spans(text, (("payload",),)):
            name = text.rindex(_NAME, at, start)
            after = _SPACE.match(text, end)
            end = after.end() if after else end
            members = self._members(text[name + len(_NAME) : end], form)
            parts += [
                text[at:name],
                ",".join(f'"{key}":{msgspec.json.encode(value).decode()}' for key, value in members.items()),
            ]
            at = end
        return "".join([*parts, text[at:]])

    def _members(self, stored: str, form: str) -> dict[str, object]:
        shown = self.payload(stored)
        if form == "full":
            return {"payload": msgspec.Raw(shown)}
        members: dict[str, object] = {f"payload_{form}": shown[:PREVIEW] if form == "preview" else shown}
        if shown == stored and shown != _MARK:
            members["payload_bytes"] = len(stored.encode())
        if form == "text":
            members["payload_truncated"] = False
        return members

    def payload(self, stored: str) -> str:
        """The JSON text of a payload with the values at the paths hidden, and all other bytes unchanged.

        A payload that is too long or not valid is hidden completely.
        """
        if len(stored) > PAYLOAD_MAX:
            return _MARK
        try:
            found = spans(stored, self.paths)
        except (ValueError, IndexError):
            return _MARK
        parts, at = [], 0
        for start, end in found:
            parts += [stored[at:start], _MARK]
            at = end
        return "".join([*parts, stored[at:]])


async def _in_thread(work: Callable[..., T], *arguments: object) -> T:
    """Runs in a separate thread, so that a long redaction does not delay other tasks that use threads."""
    return await asyncio.get_running_loop().run_in_executor(_thread(), work, *arguments)


@cache
def _thread() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(1, thread_name_prefix="redaction")


NO_REDACTION = Redaction()
