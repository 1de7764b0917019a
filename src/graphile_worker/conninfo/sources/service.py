"""Service files: named sections of parameters, as libpq reads `pg_service.conf`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from graphile_worker.conninfo.refusal import refused
from graphile_worker.conninfo.sources.files import is_file, needed, problem
from graphile_worker.conninfo.syntax.parameter_names import Given, given, is_known
from graphile_worker.core.secrets.shown_paths import shown

_SYSTEM_FOLDERS = ("/etc/postgresql-common", "/etc/sysconfig/pgsql", "/usr/local/etc/postgresql", "/etc")
_HINT = "A service begins with its name in brackets."
_BLANKS = " \t\r\n\f\v"


def read_service(name: str, file: str | None, environ: Mapping[str, str], home: Path | None) -> Given:
    """The parameters of a service. Raises InvalidInput, whose message names the file and the line number, but no
    content.

    Args:
        file: the parameter `servicefile` or PGSERVICEFILE. The file must exist; the default files are optional.
    """
    if file is not None:
        needed(file, "servicefile")
    paths = list(_paths(file, environ, home))
    for path in filter(is_file, paths):
        section = _section(name, path)
        if section is not None:
            return section
    where = "service file" if file is None else f"service file {shown(file)}"
    raise refused(f"names a service that is not in the {where}", hint=_unread(paths) or _HINT)


def _paths(file: str | None, environ: Mapping[str, str], home: Path | None) -> Iterator[Path]:
    if file is not None:
        yield Path(file)
    elif home is not None:
        yield home / ".pg_service.conf"
    folder = environ.get("PGSYSCONFDIR")
    for one in (folder,) if folder else _SYSTEM_FOLDERS:
        yield Path(one) / "pg_service.conf"


def _unread(paths: list[Path]) -> str | None:
    """The note about the first unreadable default file, which libpq ignores too."""
    found = ((path, problem(path)) for path in paths if not is_file(path))
    return next((f"{shown(path)} {why}." for path, why in found if why and why.startswith("cannot")), None)


def _section(name: str, path: Path) -> Given | None:
    """The first section of this name. The first of several lines of a parameter counts."""
    pairs: list[tuple[str, str]] | None = None
    for number, line in enumerate(_lines(path), 1):
        text = line.strip(_BLANKS)
        if not text or text.startswith("#"):
            continue
        if text.startswith("["):
            if pairs is not None:
                break
            pairs = [] if text.startswith(f"[{name}]") else None
        elif pairs is not None:
            pairs.append(_pair(text, f"line {number} of the service file {shown(path)}"))
    return None if pairs is None else given(reversed(pairs), show_names=False)


def _pair(text: str, where: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or name != name.strip(_BLANKS):
        raise refused(f"needs {where} to be name=value without blanks around the =")
    if not is_known(name):
        raise refused(f"needs {where} to begin with the name of a parameter")
    if name in ("service", "servicefile"):
        raise refused(f"takes no further service from {where}")
    return name, value


def _lines(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode().split("\n")
    except OSError as error:
        raise refused(f"needs the service file {shown(path)}, which cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise refused(f"needs the service file {shown(path)} to be UTF-8") from None
