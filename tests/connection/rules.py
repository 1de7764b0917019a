"""Where our answer may differ from psql's: a rule names the kind and says why."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.connection.verdicts import Trial


@dataclass(frozen=True)
class Rule:
    """A kind of difference; `holds` says whether this difference is of it."""

    name: str
    reason: str
    holds: Callable[[Trial], bool]


def _refuses(ours: str, given: str = "", psql: str = "") -> Callable[[Trial], bool]:
    """We refuse with this pattern in the sentence, where the case and psql's answer have these."""

    def holds(trial: Trial) -> bool:
        return (
            trial.ours.kind == "refused"
            and re.search(ours, trial.ours.text) is not None
            and re.search(given, trial.texts) is not None
            and re.search(psql, trial.psql.text) is not None
        )

    return holds


def _no_host(trial: Trial) -> bool:
    """The C library finds this computer under `*`."""
    named = _refuses("host name that is none|hostaddr", psql="could not (translate host|parse network)")
    return named(trial) or _refuses("host name that is none", given=r"@\*:")(trial)


def _other_driver(trial: Trial) -> bool:
    demanded = re.search(r"demands (\w+), which this program cannot do", trial.ours.text)
    given = trial.texts.lower().replace("pgrequireauth", "require_auth").replace("pgchannelbinding", "channel_binding")
    return demanded is not None and demanded[1] in given.replace("pg", "")


def _next_host(trial: Trial) -> bool:
    hosts = (trial.placed.address or "").count(":") > 3
    return "server does not support SSL" in trial.psql.text and trial.ours.kind == "reached" and hosts


def _address_of_certificate(trial: Trial) -> bool:
    return (
        "host name must be specified" in trial.psql.text
        and trial.ours.kind == "reached"
        and "verify-full" in trial.texts
    )


def _system(trial: Trial) -> bool:
    return "sslrootcert=system" in trial.texts and "CERTIFICATE_VERIFY_FAILED" in trial.ours.text


def _direct(trial: Trial) -> bool:
    return "sslnegotiation=direct" in trial.texts and trial.ours.kind in ("away", "unfit", "refused")


RULES = [
    Rule("not an address", "psql takes any other text for a database of the default server; we have no such default",
         _refuses("must begin with", given=r"\A(?!postgres(ql)?://)")),
    Rule("around an address", "the word psql before it, and quotes around it, are no part of an address",
         lambda trial: re.match(r"""psql |["']""", trial.placed.address or "") is not None),
    Rule("not for our driver", "what the driver cannot promise is refused where it is demanded", _other_driver),
    Rule("behind a password", "an unknown name behind a password may be a piece of it, and is not shown",
         _refuses("unknown parameter behind a password", given=r"password=", psql="invalid (URI query|connection)")),
    Rule("missing file", "a file that is named is there, or the address is refused; libpq takes some for optional",
         _refuses("needs the file .* which is not there", given="/missing")),
    Rule("no root certificate", "what a verification needs is looked for before a server is tried",
         _refuses("needs sslrootcert", psql="does not support SSL")),
    Rule("each of a list", "every host and port of a list is checked, also those behind one that works",
         _refuses("port that is not a number", given=r"[:,]70000")),
    Rule("empty host in a list", "libpq takes it for its default socket, where another server may be",
         _refuses("host without a name", given=r",,|@,|,/|,&|host=,|:,|[@/]:")),
    Rule("abstract socket", "the driver cannot use one", _refuses("abstract socket", given="@abstract")),
    Rule("no host name", "what can be no host is not looked up", _no_host),
    Rule("not UTF-8", "libpq sends the bytes as they are; Python has text", _refuses("UTF-8", given=r"%[89A-Fa-f][0-9A-Fa-f]")),
    Rule("read in two ways", "a / in a password ends it for psql and Node, and its rest would be host and path",
         _refuses("cannot be read in one way only", given=r"://[^@]*/")),
    Rule("next host", "libpq 15 and 16 end at the first server without TLS; we go on to the next", _next_host),
    Rule("certificate for an IP address", "without `host` we compare the certificate with `hostaddr`", _address_of_certificate),
    Rule("system certificates", "before 16 libpq takes `system` for the name of a file", _system),
    Rule("direct TLS", "before 17 libpq does not know it; our TLS proxy does not speak it", _direct),
]  # fmt: skip
