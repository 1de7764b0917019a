"""Which settings there are on this server, and which unusual values each is tried with."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from zlib import crc32

import asyncpg

# Likely to change an answer where a transaction does not set them: each run tries these.
SUSPECTS = (
    "DateStyle", "IntervalStyle", "TimeZone", "array_nulls", "backslash_quote", "bytea_output", "client_encoding",
    "default_transaction_isolation", "exit_on_error", "extra_float_digits", "idle_in_transaction_session_timeout", "jit",
    "lc_messages", "lock_timeout", "quote_all_identifiers", "row_security", "search_path", "standard_conforming_strings",
    "statement_timeout", "transform_null_equals",
)  # fmt: skip
LATER = ("transaction_timeout",)  # suspects that older servers lack
SHARES = 20  # of the other settings a short run tries one share
_TEXTS = {
    "DateStyle": ["German, DMY", "SQL, DMY", "Postgres, MDY", "ISO, YMD"],
    "TimeZone": ["America/St_Johns", "Asia/Kolkata", "Pacific/Kiritimati", "Europe/Dublin", "<+07>-07"],
    "application_name": ["a 'b' \"c\" \\d", "psql"],
    "backtrace_functions": ["textin"],
    "client_encoding": ["LATIN1", "WIN1251", "SQL_ASCII", "EUC_JP", "EUC_TW", "MULE_INTERNAL", "GB18030"],
    "createrole_self_grant": ["set, inherit"],
    "default_table_access_method": ["nowhere"],
    "default_tablespace": ["nowhere"],
    "default_text_search_config": ["pg_catalog.german", "pg_catalog.simple"],
    "dynamic_library_path": ["$libdir:/nowhere"],  # without $libdir the server does not find its own languages
    "restrict_nonsystem_relation_kind": ["view, foreign-table"],
    "search_path": ["", "decoy", "decoy, pg_catalog", '"no, such", public', "pg_temp, decoy, pg_catalog"],
    "temp_tablespaces": ["nowhere"],
    "timezone_abbreviations": ["India", "Australia"],
}
_LOCALES = ["POSIX", "C.UTF-8", "de_DE.UTF-8", "nowhere"]
_TEXTS |= {f"lc_{part}": _LOCALES for part in ("messages", "monetary", "numeric", "time")}
_OTHER_TEXT = ["nowhere"]  # for a text that we know nothing of
_NUMBERS = {
    "post_auth_delay": ["1"], "pre_auth_delay": [],  # seconds of sleep before anything
    # milliseconds: what a slow machine needs for the start of a transaction, less than a slow answer
    **dict.fromkeys(("statement_timeout", "lock_timeout", "transaction_timeout", "idle_in_transaction_session_timeout"), ["200"]),
    "geqo_pool_size": ["2", "100"], "geqo_generations": ["1", "100"],  # the most would take hours to plan a query
    "idle_session_timeout": ["60000"],  # between transactions a connection may end: the next one takes another
}  # fmt: skip


@dataclass(frozen=True)
class Tried:
    """A setting with one value, and the place that carries it: `role`, `database` or `address`."""

    name: str
    value: str
    place: str
    superuser: bool  # only a superuser may set it

    @property
    def login_of_superuser(self) -> bool:
        """Whether only a superuser can carry it."""
        return self.superuser and self.place == "address"

    def __str__(self) -> str:
        return f"{self.name} = {self.value or '(empty)'} ({self.place})"


TOGETHER = 8  # settings of one session; where an answer differs, they are tried in halves
PLACES = ("role", "database", "address")


async def everything(connection: asyncpg.Connection[asyncpg.Record]) -> list[Tried]:
    """Every setting that can be made for a session, each value in each place."""
    rows = await connection.fetch(
        "select name, context, vartype, reset_val as now, min_val, max_val, enumvals from pg_settings"
        " where context in ('user', 'superuser', 'backend', 'superuser-backend') order by lower(name)"
    )
    return [
        Tried(row["name"], value, place, row["context"].startswith("superuser"))
        for row in rows
        for value in _values(row)
        for place in PLACES
    ]


def part(tried: list[Tried], turn: int) -> list[Tried]:
    """The suspects and the share number `turn` of the others; each value in one place, another one in the next turn."""
    chosen = []
    for index, one in enumerate(dict.fromkeys((t.name, t.value) for t in tried)):
        name, _ = one
        if name in (*SUSPECTS, *LATER) or crc32(name.encode()) % SHARES == turn % SHARES:
            place = PLACES[(index + turn) % len(PLACES)]
            chosen += [t for t in tried if (t.name, t.value) == one and t.place == place]
    return chosen


def grouped(tried: list[Tried], alone: Set[str]) -> list[list[Tried]]:
    """Groups that one session can carry: one place, no name twice; those of the names in `alone` by themselves."""
    groups: list[list[Tried]] = []
    for one in tried:
        group = next((group for group in groups if _fits(one, group, alone)), None)
        if group is None:
            groups.append(group := [])
        group.append(one)
    return groups


def _fits(one: Tried, group: list[Tried], alone: Set[str]) -> bool:
    first = group[0]
    if {one.name, first.name} & alone or len(group) >= TOGETHER:
        return False
    if (one.place, one.login_of_superuser) != (first.place, first.login_of_superuser):
        return False
    return all(one.name != other.name for other in group)


def _values(row: asyncpg.Record) -> list[str]:
    name, kind = row["name"], row["vartype"]
    if kind == "bool":
        found = ["off" if row["now"] == "on" else "on"]
    elif kind == "enum":
        found = row["enumvals"]
    elif kind == "string":
        found = _TEXTS.get(name, _OTHER_TEXT)
    else:
        found = _NUMBERS.get(name, [row["min_val"], row["max_val"]])
    return [value for value in found if value != row["now"]]
