"""What became of an address: a server was reached, or the address was refused, or the connection failed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

# What says where a connection leads, and what the address set in it.
QUERY = """select json_build_array(current_setting('cluster_name'), current_user, current_database(),
coalesce(host(inet_server_addr()), 'socket'), current_setting('search_path'), current_setting('statement_timeout'),
current_setting('application_name'))"""

Kind = Literal["reached", "refused", "server", "away", "unfit"]


@dataclass(frozen=True)
class Answer:
    """`refused`: nothing was tried. `server`: PostgreSQL refused the login. `away`: no server answered.
    `unfit`: one answered and is not what was asked for (TLS, a password, a primary)."""

    kind: Kind
    place: tuple[str, ...] = ()  # the row of QUERY
    text: str = ""
    tried: tuple[str, ...] = ()  # "host:port" of each try that failed
    notes: tuple[str, ...] = ()

    @property
    def database(self) -> tuple[str, ...]:
        """Server, user and database."""
        return self.place[:3]


def reached(row: list[Any], notes: tuple[str, ...] = ()) -> Answer:
    """The answer for a row of QUERY."""
    return Answer("reached", tuple(map(str, row)), notes=notes)


_UNFIT = re.compile(
    "SSL|fe_sendauth|GSSAPI|session is |hot standby|channel binding|authentication method|requirepeer|server certificate"
)
# psql says these after it has begun to connect, yet they are about what it was given.
_GIVEN = re.compile('(certificate|key) file ".*"|invalid integer value')
_TRY = re.compile(
    r'connection to server (?:at "([^"]*)"(?: \([^)]*\))?, port (\d+)|on socket "(.*)/\.s\.PGSQL\.(\d+)") failed'
    r'|could not (?:translate host name|parse network address) "([^"]*)"'
)


def of_psql(text: str) -> Answer:
    """The answer of a psql that ended with this on standard error."""
    found = _TRY.findall(text)
    tried = tuple(f"{host or folder or name}:{port or number}" for host, port, folder, number, name in found)
    if "FATAL:" in text:
        return Answer("server", text=text, tried=tried)
    if not tried or _GIVEN.search(text):
        return Answer("refused", text=text)
    return Answer("unfit" if _UNFIT.search(text) else "away", text=text, tried=tried)
