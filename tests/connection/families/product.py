"""Addresses dealt from parts: each setting may stand at several places at once, and psql says which one counts.

Each part is a deck that is dealt to its end before it is shuffled again, so that every value of every part occurs.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from urllib.parse import quote

from tests.connection.cases import Case
from tests.connection.servers import PASSWORDS

T = TypeVar("T")
COUNT = 220
SETTINGS = ("host", "port", "user", "password", "dbname")
VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
ORDER = ("parameter", "address", "service", "environ")  # what counts first, to know which user's password is needed


class Deck(Generic[T]):
    """Deals all its values before it repeats one."""

    def __init__(self, chance: random.Random, values: Sequence[T]) -> None:
        self._chance, self._values, self._left = chance, values, list[T]()

    def deal(self) -> T:
        """The next value."""
        if not self._left:
            self._left = self._chance.sample(list(self._values), len(self._values))
        return self._left.pop()


class Dealer:
    """The decks of all parts."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)

        def deck(*values: T) -> Deck[T]:
            return Deck(chance, values)

        self.form = deck("postgresql://", "postgres://", "postgresql://", "keywords", "quoted keywords", "none")
        self.places = {name: deck(
            ("address",), ("address",), ("parameter",), ("environ",), ("service",), ("address", "parameter"),
            ("address", "environ"), ("address", "service"), ("service", "environ"), ("parameter", "service", "environ"),
        ) for name in SETTINGS}  # fmt: skip
        self.values = {
            "host": deck(
                "127.0.0.1",
                "localhost",
                "127.0.0.1",
                "::1",
                "localhost",
                "<one-dir>",
                "127.0.0.1",
                "127.0.0.1,localhost",
            ),
            "port": deck("<one>", "<two>", "<one>", "<two>", "<standby>", "<tls>", "<dead>,<one>"),
            "user": deck(*(name for name in PASSWORDS if name not in ("percent", "twice"))),
            "password": deck("wrong"),
            "dbname": deck("a", "b", "with space", "per%cent", "q?u#e/s+t=", "ünï", "app"),
        }
        self.encoding = deck(*CODES)
        self.service = deck("environ", "parameter", "home", "sysconf")
        self.extra = deck("", "", "application_name=mine", "options=-c search_path=b", "sslmode=prefer", "sslmode=disable",
            "connect_timeout=9", "target_session_attrs=read-write", "keepalives=1", "client_encoding=UTF8")  # fmt: skip


def _case(dealer: Dealer, number: int) -> Case:
    form, encoding = dealer.form.deal(), dealer.encoding.deal()
    given: dict[str, dict[str, str]] = {place: {} for place in ORDER}
    for setting in SETTINGS:
        for place in dealer.places[setting].deal():
            at = "environ" if form == "none" and place in ("address", "parameter") else place
            given[at][setting] = dealer.values[setting].deal()
    user = next((given[place]["user"] for place in ORDER if "user" in given[place]), "<me>")
    _give_password(given, PASSWORDS.get(user, "my-secret"))
    files, environ = {}, {VARIABLES[name]: value for name, value in given["environ"].items()}
    extra, parameters = dealer.extra.deal(), dict(given["parameter"])
    if given["service"]:
        how = "environ" if form == "none" else dealer.service.deal()
        file = {"home": ".pg_service.conf", "sysconf": "etc/pg_service.conf"}.get(how, "services")
        files[file] = "[queue]\n" + "".join(f"{name}={value}\n" for name, value in given["service"].items())
        if file == "services":
            environ["PGSERVICEFILE"] = "<home>/services"
        (parameters if how == "parameter" else environ)["service" if how == "parameter" else "PGSERVICE"] = "queue"
    if not any("password" in given[place] for place in ORDER):
        files[".pgpass"] = "".join(f"*:*:*:{_passed(role)}:{_passed(word)}\n" for role, word in PASSWORDS.items())
    if extra and form != "none":
        name, _, value = extra.partition("=")
        parameters[name] = value
    address = _written(form, encoding, given["address"], parameters)
    return Case(f"{number} {form} {sorted(files)}", address, environ, files)


def _give_password(given: dict[str, dict[str, str]], word: str) -> None:
    """Puts the user's password where a password counts, and leaves wrong ones where none does."""
    for place in ORDER:
        if "password" in given[place]:
            given[place]["password"] = word
            return


def _written(form: str, encoding: str, authority: dict[str, str], parameters: dict[str, str]) -> str | None:
    if form == "none":
        return None
    if "keywords" in form:
        return " ".join(f"{n}={_keyword(v, form)}" for n, v in [*authority.items(), *parameters.items()])
    code = CODES[encoding]
    who = code(authority["user"]) if "user" in authority else ""
    if "password" in authority:
        who += ":" + code(authority["password"])
    hosts, ports = authority.get("host", "").split(","), authority.get("port", "").split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    hosts = hosts * len(ports) if len(hosts) == 1 else hosts
    where = ",".join(_host(host) + (f":{port}" if port else "") for host, port in zip(hosts, ports, strict=True))
    path = f"/{code(authority['dbname'])}" if "dbname" in authority else ""
    query = "&".join(f"{name}={code(value)}" for name, value in parameters.items())
    return f"{form}{who}{'@' if who else ''}{where}{path}{'?' if query else ''}{query}"


def _host(text: str) -> str:
    if text.startswith("<"):
        return text.replace(">", "%>")
    return f"[{text}]" if ":" in text else text


def _reserved(text: str) -> str:
    """As programs encode; what stands for a place of the run stays, but that its path is encoded."""
    return text.replace("-dir>", "-dir%>") if text.startswith("<") else quote(text, safe="")


def _all(text: str) -> str:
    """Every byte."""
    return _reserved(text) if text.startswith("<") else "".join(f"%{byte:02X}" for byte in text.encode())


def _lower(text: str) -> str:
    return _reserved(text) if text.startswith("<") else "".join(f"%{byte:02x}" for byte in text.encode())


CODES: dict[str, Callable[[str], str]] = {"reserved": _reserved, "all": _all, "all in small letters": _lower}


def _keyword(text: str, form: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return escaped if form == "keywords" and text and not set(text) & set(" <") else f"'{escaped}'"


def _passed(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


def dealt(count: int, seed: int = 14) -> list[Case]:
    """So many cases, the same in every process."""
    dealer = Dealer(seed)
    return [_case(dealer, number) for number in range(count)]


CASES = dealt(COUNT)
