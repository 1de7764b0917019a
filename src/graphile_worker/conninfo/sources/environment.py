"""libpq's environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from graphile_worker.conninfo.refusal import refused
from graphile_worker.conninfo.syntax.parameters import PARAMETERS

NAMES_A_DATABASE = ("PGHOST", "PGHOSTADDR", "PGDATABASE", "PGSERVICE")


def from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The parameters from variables. Empty variables are ignored."""
    found = {one.name: environ[one.variable] for one in PARAMETERS if one.variable and environ.get(one.variable)}
    if environ.get("PGREQUIRESSL") == "1":
        found.setdefault("sslmode", "require")
    return found


def names_a_database(environ: Mapping[str, str]) -> bool:
    """Whether the variables name a database without an address."""
    return any(environ.get(name) for name in NAMES_A_DATABASE)


def home_folder(environ: Mapping[str, str]) -> Path | None:
    """Where `.pgpass`, `.pg_service.conf` and `.postgresql` are."""
    if environ.get("HOME"):
        return Path(environ["HOME"])
    try:
        return Path.home()
    except RuntimeError:
        return None


def system_user() -> str:
    """The name of the operating system's user, as in libpq. Raises InvalidInput if it has none."""
    if os.name == "posix":
        import pwd

        try:
            return pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            raise refused("names no user, and the system's user has no name", hint="Give a user.") from None
    return os.environ["USERNAME"]
