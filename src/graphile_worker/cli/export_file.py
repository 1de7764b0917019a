"""The destination of an export: standard output, or a file that is replaced atomically at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from graphile_worker.core.exceptions import Refused

Write = Callable[[str], None]


@contextmanager
def written(path: str | None, shown: Callable[[str], str]) -> Iterator[Write]:
    """Yields what writes text: to the file, exactly, or to standard output as `shown` makes it fit to be seen.

    What stands in the file already stays until the new text is complete. Raises Refused.
    """
    if path is None:
        yield lambda text: _to_stdout(shown(text))
        return
    target = Path(path)
    replaced = not target.exists() or target.is_file()  # not a pipe, nor a device
    part = target.with_name(f"{target.name}.{os.getpid()}.part") if replaced else target
    try:
        with part.open("wb") as file:
            yield lambda text: _to_file(file, text, path)
        if replaced:
            part.replace(target)
    except OSError as error:
        raise Refused(f"cannot write {path}: {error.strerror}") from None
    finally:
        if replaced:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _to_stdout(text: str) -> None:
    """Writes bytes, so that the line ends of CSV stay the same on every system."""
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def _to_file(file: IO[bytes], text: str, path: str) -> None:
    try:
        file.write(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise Refused(f"cannot write {path}: {error.strerror}") from None
