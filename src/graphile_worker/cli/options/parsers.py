"""Types and readers of option values: durations, job ids, times, files, secrets."""

from __future__ import annotations

import sys
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphile_worker.core.durations import RelativeTime, parse
from graphile_worker.core.exceptions import Refused
from graphile_worker.core.secrets.shown_paths import secret_path, shown

if TYPE_CHECKING:
    IntegerType = click.ParamType[int]
else:
    IntegerType = click.ParamType  # generic only in newer versions of click


class Duration(IntegerType):
    """`300`, `300s`, `5m`, `5 min`, `1h30m`, any case; whole seconds."""

    name = "duration"

    def convert(self, value: object, parameter: click.Parameter | None, context: click.Context | None) -> int:
        """Seconds; a usage error for anything else."""
        if isinstance(value, int):
            return value
        try:
            return parse(str(value))
        except ValueError as error:
            self.fail(str(error), parameter, context)


class JobId(IntegerType):
    """A job id: 1 to 2^63 - 1."""

    name = "id"

    def convert(self, value: object, parameter: click.Parameter | None, context: click.Context | None) -> int:
        """The number; a usage error for anything else."""
        text = str(value)
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:20]) < 2**63 and len(text) <= 19):
            self.fail(f"{value!r} is not a job id", parameter, context)
        return int(text)


DURATION = Duration()
JOB_ID = JobId()


def moment(text: str | None) -> str | None:
    """The text of a time with its zone; None for `now`, which is the database's, and for no value."""
    return None if text is None or text.strip().lower() == "now" else in_local_zone(text)


def in_local_zone(text: str) -> str:
    """The text of a time; `now` is a relative time, and `tomorrow 09:00` gets the offset that this machine has then."""
    if text.strip().lower() == "now":
        return "+0s"
    relative = RelativeTime.parse(text)
    if relative is None or relative.day is None or relative.zone is not None:
        return text
    date = datetime.now().date() + timedelta(days=relative.day)
    local = datetime.combine(date, time.min) + timedelta(seconds=relative.seconds)
    return f"{text.strip()} {local.astimezone():%z}"


def read_file(path: str, what: str, *, secret: bool = False) -> str:
    """The text of a file, `-` being standard input, without a byte order mark. Raises Refused where it cannot be read.

    Args:
        secret: whether the file holds a secret; the error then hides a path that may be the secret itself.
    """
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
        return text.removeprefix("\ufeff")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        name = secret_path(path) if secret else repr(shown(path))
        raise Refused(f"the {what} file {name} cannot be read: {reason}") from None


def read_secret(path: str, what: str) -> str:
    """As `read_file`, without the trailing line end; `-` on a terminal prompts with hidden input."""
    if path == "-" and sys.stdin.isatty():
        return str(click.prompt(what.capitalize(), hide_input=True, err=True))
    return read_file(path, what, secret=True).rstrip("\r\n")
