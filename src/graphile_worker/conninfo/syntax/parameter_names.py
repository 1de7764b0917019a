"""The names of parameters: libpq's, their names in other clients, those of other programs, and unknown ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from graphile_worker._patterns import lazy_pattern
from graphile_worker.conninfo.refusal import refused
from graphile_worker.conninfo.syntax.foreign_parameters import FOREIGN
from graphile_worker.conninfo.syntax.parameters import ALIASES, BY_NAME, is_secret, nearest
from graphile_worker.core.secrets.likely_secrets import PASSWORD

# The name of a password and its `=`, at the beginning or after a separator.
PASSWORD_GIVEN = lazy_pattern(rf"(?:^|[?&;,\s]){PASSWORD}\s*=", re.IGNORECASE)
_NAME = lazy_pattern(r"[A-Za-z][\w.-]{0,40}", re.ASCII)
_FOREIGN = {name.lower() for name in FOREIGN}
_SSL = {"true": "require", "1": "require", "on": "require", "yes": "require", "no-verify": "no-verify"}
_SSL |= {"false": "disable", "0": "disable", "off": "disable", "no": "disable"}
_SERVER_TYPES = {
    "any": "any", "primary": "primary", "master": "primary", "secondary": "standby", "slave": "standby",
    "prefersecondary": "prefer-standby", "preferslave": "prefer-standby", "preferprimary": "any",
}  # fmt: skip
_WEAKER = frozenset({"disable", "allow", "prefer"})
_SETTINGS = frozenset({"search_path", "statement_timeout", "lock_timeout", "role", "timezone", "datestyle"})


class Given(NamedTuple):
    """The parameters of one source under libpq's names, and the ignored names."""

    values: dict[str, str]
    passed_over: tuple[str, ...] = ()


def given(pairs: Iterable[tuple[str, str]], *, show_names: bool = True, certain: int = 0) -> Given:
    """The pairs under libpq's names. The last of several values counts. Raises InvalidInput for an unknown name.

    Args:
        show_names: whether the error may contain an unknown name. It never does after a password, because the name may
        be
            a part of it.
        certain: how many of the first pairs have an end that is certain.
    """
    values: dict[str, str] = {}
    passed_over: dict[str, None] = {}
    aliases: dict[str, str] = {}
    ssl: str | None = None
    for index, (name, value) in enumerate(pairs):
        if name == "ssl":
            ssl = _SSL.get(value.lower(), value)
        elif name in BY_NAME:
            values[name] = value
        elif name in ALIASES:
            aliases[name] = _translated(name, value)
        elif name == "requiressl":  # libpq's, until 2021
            ssl = "require" if value == "1" else ssl
        elif _is_foreign(name):
            passed_over["x-…" if name.startswith("x-") else name] = None
        else:
            raise unknown(name, shown=show_names)
        show_names = show_names and (index < certain or not is_secret(name))
    for name, value in aliases.items():
        if values.setdefault(ALIASES[name], value) != value:
            raise refused(f"has {name}, which is another program's name for {ALIASES[name]}, with two values")
    if ssl is not None and values.get("sslmode", "disable") in _WEAKER:
        values["sslmode"] = values.get("sslmode", ssl) if ssl == "disable" else ssl
    return Given(values, tuple(passed_over))


def _translated(name: str, value: str) -> str:
    """The value in libpq's words."""
    if name == "targetServerType":
        return _SERVER_TYPES.get(value.lower(), value)
    if name == "loadBalanceHosts":
        return "random" if value.lower() == "true" else "disable"
    return value


def unknown(name: str, *, shown: bool) -> Exception:
    """The error for an unknown name."""
    like = nearest(name)
    meant = f"Did you mean {like}?" if like else None
    if name.lower() in _SETTINGS:
        return refused(
            f"has no parameter {name}", hint=f"Write a setting of the server as options=-c%20{name}%3Dvalue."
        )
    if shown and _NAME.fullmatch(name):
        return refused(f"has the unknown parameter {name}", hint=meant or "docs/connecting.md lists those we know.")
    if shown:
        return refused("has a parameter whose name is none")
    hint = "If it is a part of a password: write & as %26 in a URI, and single quotes around a value with blanks."
    return refused("has an unknown parameter behind a password", hint=f"{meant} {hint}" if meant else hint)


def is_known(name: str) -> bool:
    """Whether `given` accepts this name."""
    return name in BY_NAME or name in ALIASES or name in ("ssl", "requiressl") or _is_foreign(name)


def _is_foreign(name: str) -> bool:
    return name.lower() in _FOREIGN or name.startswith("x-")
