"""Finds passwords in addresses, valid or not, for the redaction and for the warning that `ps` shows a password."""

from __future__ import annotations

import re
from urllib.parse import unquote

from graphile_worker._patterns import lazy_pattern
from graphile_worker.conninfo.resolve import parse
from graphile_worker.conninfo.syntax.parameter_names import PASSWORD_GIVEN
from graphile_worker.conninfo.syntax.parameters import is_secret
from graphile_worker.conninfo.syntax.uri import SCHEME
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.secrets.likely_secrets import PASSWORD

_SUSPECTS = (
    lazy_pattern(rf"{SCHEME}[^:/]*:(.*)@", re.DOTALL | re.IGNORECASE),
    lazy_pattern(rf"[?&]{PASSWORD}\s*=([^&]+)", re.IGNORECASE),
    lazy_pattern(rf"(?:^|[;,\s]){PASSWORD}\s*=\s*('(?:[^'\\]|\\.)*'?|\S+)", re.IGNORECASE),
)
_MARKS = lazy_pattern(r"[/?#@:;\[\]&\s'\\]")


def holds_password(address: str) -> bool:
    """Whether an address contains a password, even if it is invalid for another reason."""
    try:
        values = parse(address).values
        return any(value and (is_secret(name) or PASSWORD_GIVEN.search(value)) for name, value in values.items())
    except InvalidInput:
        return any(pattern.search(address) for pattern in _SUSPECTS)


def passwords_of(address: str) -> set[str]:
    """All parts of an address that may be a password, or a part of one where the address was split."""
    found = {match[1] for pattern in _SUSPECTS for match in pattern.finditer(address)}
    parts = {part for one in found for form in (one, unquote(one)) for part in (form, *_MARKS.split(form))}
    try:
        parts |= {value for name, value in parse(address).values.items() if is_secret(name)}
    except InvalidInput:
        pass
    return parts - {""}
