"""Whether our answer is psql's, or Node's, or a refusal that names what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.connection.answers import Answer
from tests.connection.cases import Placed


@dataclass(frozen=True)
class Trial:
    """A case, and what psql, Node and we made of it."""

    placed: Placed
    psql: Answer
    node: Answer
    ours: Answer

    @property
    def texts(self) -> str:
        """Address, variables and files of the case."""
        variables = [f"{name}={value}" for name, value in self.placed.environ.items() if name.startswith("PG")]
        return "\n".join([self.placed.address or "", *variables, *self.placed.case.files.values()])

    def told(self) -> str:
        """All of it, for a person."""
        lines = [f"{self.placed.case.name}", f"  given: {self.texts!r}"]
        for name, answer in (("psql", self.psql), ("node", self.node), ("ours", self.ours)):
            lines.append(
                f"  {name}: {answer.kind} {list(answer.place) or answer.text.strip()} {list(answer.notes) or ''}"
            )
        return "\n".join(lines)


def same(psql: Answer, ours: Answer) -> bool:
    """Whether we did what psql did: the same server, user, database and settings, or the same failure."""
    if psql.kind != ours.kind:
        return False
    if psql.kind == "reached":
        *place, name = psql.place
        return list(ours.place[:-1]) == place and name in ("psql", ours.place[-1])
    if psql.kind == "server":
        return ours.text in psql.text
    if psql.kind == "away":
        return _each_once(psql.tried, ours.tried)
    return psql.kind == "unfit" or names_it(psql.text, ours.text)


def _each_once(psql: tuple[str, ...], ours: tuple[str, ...]) -> bool:
    """Whether the same hosts were tried; psql says no port of a host whose name it cannot look up."""
    theirs, mine = list(dict.fromkeys(psql)), list(dict.fromkeys(ours))
    return len(theirs) == len(mine) and all(one == two or one == f"{two.rpartition(':')[0]}:" for one, two in zip(theirs, mine, strict=True))  # fmt: skip


# What psql says, and what our sentence must name then; \1 is what psql names itself.
_NAMES = [
    (r'invalid URI query parameter: "(.*)"', r"\1"),
    (r'invalid connection option "(.*)"', r"\1"),
    (r'for connection option "(\w+)"', r"\1"),
    (r'invalid "?(\w+)"? value', r"\1"),
    (r"percent-encoded", r"%"),
    (r"unterminated quoted string", r"quote"),
    (r'missing "="', r"="),
    (r'(missing|extra) key/value separator "="', r"(=|second \?)"),
    (r"could not match \d+ (port|host)", r"\1"),
    (r"invalid port number", r"port"),
    (r"IPv6|unexpected character .* in URI", r"host"),
    (r"SSL protocol version range", r"protocol_version"),
    (r"service", r"service"),
    (r"certificate|key file", r"(sslrootcert|sslcert|sslkey|root\\.crt)"),
]


def names_it(psql: str, ours: str) -> bool:
    """Whether our refusal names what psql's names."""
    for pattern, name in _NAMES:
        if found := re.search(pattern, psql):
            return re.search(name if name.startswith("(") else re.escape(found.expand(name)), ours) is not None
    return False


def as_node(trial: Trial) -> bool:
    """Whether psql cannot read the address, and we do what Node does."""
    if (
        trial.psql.kind != "refused"
        and "could not translate host name" not in trial.psql.text
        and '"@' not in trial.psql.text
    ):
        return False
    if trial.ours.kind == "reached":
        return trial.ours.place[:5] == trial.node.place[:5]
    return trial.ours.kind == "server" and trial.ours.text == trial.node.text
