"""Where we read more than psql does: each reading says which address psql would have to be given for the same.

psql is asked that address too, and must answer as we did.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.connection.cases import Placed
from tests.connection.verdicts import Trial

Rewrite = Callable[[Trial, str], str]


@dataclass(frozen=True)
class Reading:
    """A kind of address that we read and psql does not; `rewrite` gives what it means to psql."""

    name: str
    reason: str
    rewrite: Rewrite


def _query(change: Callable[[str, str], str | None]) -> Rewrite:
    """A rewrite of each `name=value` of a URI; None drops it."""

    def rewrite(trial: Trial, address: str) -> str:
        start, _, query = address.partition("?")
        if not query or "://" not in start:
            return address
        pairs = [change(*one.partition("=")[::2]) for one in query.split("&")]
        return "?".join([start, *filter(None, ["&".join(pair for pair in pairs if pair is not None)])])

    return rewrite


def _scheme(_: Trial, address: str) -> str:
    return re.sub(r"^(jdbc:)?postgres(ql)?(\+\w+)?://", "postgresql://", address, flags=re.IGNORECASE)


def _blanks(_: Trial, address: str) -> str:
    if "://" in address:
        start, scheme, rest = address.strip().partition("://")
        authority, slash, path = rest.partition("/")
        authority = re.sub(r"(?: |%20)+(?=[:,]|$)", "", authority)
        return start + scheme + (authority + slash + path).replace(" ", "%20")
    return re.sub(r"(?<=host=')[^']*|(?<=hostaddr=')[^']*", lambda found: found[0].replace(" ", ""), address)


def _foreign(trial: Trial, address: str) -> str:
    noted = " ".join(trial.ours.notes)
    return _query(lambda name, value: None if re.search(rf"\b{re.escape(name)}\b", noted) else f"{name}={value}")(
        trial, address
    )


ALIASES = {"database": "dbname", "encoding": "client_encoding", "ApplicationName": "application_name", "ssl": "sslmode"}
WORDS = {
    "sslmode": {"false": "disable", "0": "disable", "true": "require", "1": "require", "no-verify": "require"}
}  # fmt: skip


def _alias(name: str, value: str) -> str:
    libpq = ALIASES.get(name, name)
    return f"{libpq}={WORDS.get(libpq, {}).get(value, value)}"


NEWER = {
    "sslnegotiation": "postgres", "load_balance_hosts": "disable random", "sslcertmode": "disable allow",
    "gssdelegation": "0", "min_protocol_version": "3.0", "max_protocol_version": "3.2", "servicefile": "/missing",
}  # fmt: skip


def _newer(name: str, value: str) -> str | None:
    return None if value in NEWER.get(name, "").split() else f"{name}={value}"


def _empty(_: Trial, address: str) -> str:
    if "://" in address:
        return _query(lambda name, value: f"{name}={value}" if value else None)(_, address)
    return re.sub(r"\b\w+=(''|$|(?= ))", "", address)


def _equals(name: str, value: str) -> str:
    return f"{name}={value.replace('=', '%3D')}"


def _last_at(_: Trial, address: str) -> str:
    """Everything up to the last `@` before the path is user and password, as in a browser."""
    start, scheme, rest = address.partition("://")
    if not scheme:
        return address
    user, at, host = rest.rpartition("@")
    percent = r"%(?![0-9A-Fa-f]{2})"
    return start + scheme + re.sub(percent, "%25", user.replace("@", "%40")) + at + host


READINGS = [
    Reading("blanks", "blanks around an address, a host or a port come from files and forms and mean nothing; libpq 17 refuses those inside", _blanks),
    Reading("schemes", "other programs write the scheme in capitals, with a driver's name, or with jdbc: before it", _scheme),
    Reading("foreign parameters", "another program's parameter is passed over with a note that names it", _foreign),
    Reading("aliases", "other clients' names for libpq's parameters and values", _query(_alias)),
    Reading("newer libpq", "libpq has the parameter since 16, 17 or 18", _query(_newer)),
    Reading("empty values", "an empty parameter or variable is one that is not given", _empty),
    Reading("equals signs", "a value may hold further equals signs", _query(_equals)),
    Reading("last at sign", "as Node: the last @ ends user and password, and a % that encodes nothing is itself", _last_at),
    Reading("client_encoding", "the driver's is always UTF8", _query(lambda n, v: None if n == "client_encoding" else f"{n}={v}")),
]  # fmt: skip
VARIABLES = {"PGCLIENTENCODING": "client_encoding"}  # a variable that a reading drops; any is dropped where it is empty


def rewritten(trial: Trial) -> tuple[Placed, tuple[str, ...]]:
    """What the case means to psql, and the names of the readings that say so."""
    placed, names = trial.placed, []
    address = placed.address
    for reading in READINGS:
        before = address
        if address is not None:
            address = reading.rewrite(trial, address)
        if address != before:
            names.append(reading.name)
    environ = {name: value for name, value in placed.environ.items() if value and name not in VARIABLES}
    names += [VARIABLES.get(name, "empty values") for name in placed.environ.keys() - environ.keys()]
    return replace(placed, address=address, environ=environ), tuple(dict.fromkeys(names))
