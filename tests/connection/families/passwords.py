"""Every character of a password, raw and encoded, at each place of an address."""

from __future__ import annotations

from urllib.parse import quote

from tests.connection.cases import Case
from tests.connection.servers import MARKS, ODD, PASSWORDS

HOST = "127.0.0.1:<one>/a"
KEYS = "host=127.0.0.1 port=<one> dbname=a"
AWKWARD = {"p%ss", "100%25", "app-secret"}


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _everywhere(role: str, word: str) -> list[Case]:
    quoted, everything = quote(word, safe=""), "".join(f"%{byte:02x}" for byte in word.encode())
    addresses = {
        "raw": f"postgresql://{role}:{word}@{HOST}",
        "encoded": f"postgresql://{role}:{quoted}@{HOST}",
        "all encoded": f"postgresql://{role}:{everything}@{HOST}",
        "raw parameter": f"postgresql://{role}@{HOST}?password={word}",
        "parameter": f"postgresql://{HOST}?user={role}&password={quoted}",
        "raw keyword": f"{KEYS} user={role} password={word}",
        "keyword": f"{KEYS} user={role} password='{_escaped(word)}'",
    }
    return [Case(f"{word!r} {place}", address) for place, address in addresses.items()]


USERS = [
    "postgres://app@one:azure-secret@127.0.0.1:<one>/a",
    "postgres://app%40one:azure-secret@127.0.0.1:<one>/a",
    "postgres://app@myserver:S3cret@127.0.0.1:<one>/a",
    "postgres://127.0.0.1:<one>/a?user=app@one&password=azure-secret",
    f"postgres://{quote(ODD, safe='')}:{quote(PASSWORDS[ODD], safe='')}@127.0.0.1:<one>/a",
    f"postgres://{quote(ODD, safe='')}@127.0.0.1:<one>/a?password={quote(PASSWORDS[ODD], safe='')}",
    "postgres://app:app-secret@@127.0.0.1:<one>/a",
    "postgres://app:app-secret:x@127.0.0.1:<one>/a",
    "postgres://app%:app-secret@127.0.0.1:<one>/a",
    "postgres://app%zz:app-secret@127.0.0.1:<one>/a",
    "postgres://app:app%2Dsecret@127.0.0.1:<one>/a",
    "postgres://app:%FF@127.0.0.1:<one>/a",
    "postgres://app:%00@127.0.0.1:<one>/a",
    "postgres://app:<app-secret>@127.0.0.1:<one>/a",
    "postgres://app:[YOUR-PASSWORD]@127.0.0.1:<one>/a",
    "postgres://app: app-secret@127.0.0.1:<one>/a",
    "postgres://app:app-secret @127.0.0.1:<one>/a",
]
CASES = [
    *(case for role, mark in MARKS.items() for case in _everywhere(role, mark)),
    *(Case(f"{n} {address}", address) for n, address in enumerate(USERS)),
]
