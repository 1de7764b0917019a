"""One case: an address and what surrounds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tests.connection.servers import ME, Servers

HOME = "<home>"  # the folder of the case, in its texts


@dataclass(frozen=True)
class Case:
    """An address with its environment and files; `<…>` in a text stands for a port or path of the run."""

    name: str
    address: str | None
    environ: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # by the path below the home folder
    mode: int = 0o600  # of the files


@dataclass(frozen=True)
class Placed:
    """A case whose files are written and whose texts are filled; `environ` is the whole environment."""

    case: Case
    address: str | None
    environ: dict[str, str]
    home: Path


def placed(case: Case, servers: Servers, home: Path) -> Placed:
    """Writes the files of a case below `home`."""

    def fill(text: str) -> str:
        return servers.filled(text).replace(HOME, str(home))

    home.mkdir(parents=True)
    for name, text in case.files.items():
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(fill(text), "utf-8")
        file.chmod(case.mode)
    usual = {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "USER": ME,
        "PGSYSCONFDIR": str(home / "etc"),
    }
    environ = usual | {name: fill(value) for name, value in case.environ.items()}
    return Placed(case, None if case.address is None else fill(case.address), environ, home)
