"""The parameters of PostgreSQL that every transaction sets, so that no setting of a role, database or address changes a
result.

Each is set for the one transaction (`set local`): connections of the caller and of a pooler keep their own.

Writes leave `DateStyle`, `IntervalStyle` and `TimeZone` as the role has them, and the schemas of its `search_path`:
they start triggers of the operator, which depend on these in a worker's session as well. No statement of a write
depends on them.
"""

from __future__ import annotations

from typing import NamedTuple


class Setting(NamedTuple):
    """One parameter of PostgreSQL, the value it is set to, and the reason. `reads` = only read transactions set it."""

    name: str
    value: str
    why: str
    reads: bool = False


# fmt: off
TABLE = (
    Setting("client_encoding", "UTF8", "The driver encodes statements as UTF-8, and jobs hold any character."),
    Setting("standard_conforming_strings", "on", "Patterns in statements contain backslashes."),
    Setting("backslash_quote", "safe_encoding", "This is PostgreSQL's default for a quote behind a backslash."),
    Setting("transform_null_equals", "off", "A comparison with null stays null."),
    Setting("array_nulls", "on", "NULL in an array is null and not a text."),
    Setting("xmloption", "content", "This is PostgreSQL's default for XML."),
    Setting("bytea_output", "hex", "Bytes as text have one form."),
    Setting("extra_float_digits", "1", "Seconds in JSON are the shortest exact text."),
    Setting("quote_all_identifiers", "off", "The names of types are compared with known names."),
    Setting("row_security", "on", "With `off`, PostgreSQL refuses rows also where a policy shows all of them."),
    Setting("plan_cache_mode", "force_custom_plan", "Plans are made for the values of the parameters."),
    Setting("jit", "off", "Compiling the look at the catalog takes 100 ms, running it 5 ms."),
    Setting("exit_on_error", "off", "An expected error ends the statement and not the connection."),
    Setting("DateStyle", "ISO, MDY", "Times as text have one form; the cursors of lists contain them.", reads=True),
    Setting("IntervalStyle", "postgres", "Intervals as text have one form.", reads=True),
    Setting("TimeZone", "UTC", "Times as text are in UTC.", reads=True),
    Setting("search_path", "pg_catalog, pg_temp", "Names mean PostgreSQL's own objects. In a write, these stand before the "
            "path of the role.", reads=True),
)
# fmt: on

# In a write, names in our statements mean PostgreSQL's own objects first; triggers of the operator find theirs behind.
_PATH_OF_WRITES = (
    "select pg_catalog.set_config('search_path', pg_catalog.replace(pg_catalog.concat("
    "'pg_catalog, ', pg_catalog.btrim(pg_catalog.current_setting('search_path')), ', pg_temp'), ', , ', ', '), true)"
)
HAS_TRANSACTION_TIMEOUT = 17  # the first major version of PostgreSQL with this parameter
_READS = "; ".join(f"set local {setting.name} = {setting.value}" for setting in TABLE)
_WRITES = "; ".join(
    [f"set local {setting.name} = {setting.value}" for setting in TABLE if not setting.reads] + [_PATH_OF_WRITES]
)


class Kind(NamedTuple):
    """A kind of transactions: the statement that begins it, and its settings without the time limits."""

    begin: str
    settings: str
    writes: bool = False


READ = Kind("begin isolation level repeatable read read only", _READS)
# Its statements find rows by unique keys: one plan is good for all values, and PostgreSQL keeps it.
READ_BY_KEY = Kind(READ.begin, f"{_READS}; set local plan_cache_mode = auto")
WRITE = Kind("begin isolation level read committed read write", _WRITES, writes=True)


def begin(kind: Kind, *, timeout: float, lock_timeout: float, idle_timeout: float, server: int) -> str:
    """The statements that begin a transaction, as one text. Times are in seconds; `server` is its major version.

    The time limits come first: from then on no limit of the role applies.
    """
    limits = {"statement_timeout": timeout, "lock_timeout": lock_timeout}
    limits["idle_in_transaction_session_timeout"] = idle_timeout
    if server >= HAS_TRANSACTION_TIMEOUT:
        limits["transaction_timeout"] = 0  # ours is statement_timeout, and the watchdog of the connection
    text = "; ".join(f"set local {name} = {int(seconds * 1000)}" for name, seconds in limits.items())
    return f"{kind.begin}; {text}; {kind.settings}"
