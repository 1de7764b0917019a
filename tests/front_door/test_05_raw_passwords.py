"""Kind: an address with a character that was to be percent-encoded. It is understood, or refused, without a piece of it."""

from __future__ import annotations

import asyncpg
import pytest

from graphile_worker.conninfo import resolve
from graphile_worker.core.exceptions import InvalidInput
from tests.front_door.addresses import Target

UNDERSTOOD = {  # address: (user, password, host, database)
    "postgres://app@myserver:S3cret@127.0.0.1/d": ("app@myserver", "S3cret", "127.0.0.1", "d"),
    "postgres://u:left#right@h/d": ("u", "left#right", "h", "d"),
    "postgres://u:a[b]1@h/d": ("u", "a[b]1", "h", "d"),
    "postgres://u:a?b@h/d": ("u", "a?b", "h", "d"),
    "postgres://u:a@b@h/d": ("u", "a@b", "h", "d"),
    "postgres://u:a:b@h/d": ("u", "a:b", "h", "d"),
    "postgres://u:100%pure@h/d": ("u", "100%pure", "h", "d"),
    "postgres://u:a@b?c@h/d": ("u", "a@b?c", "h", "d"),
    "postgres://u@h/d?password=a=b": ("u", "a=b", "h", "d"),
    "postgres://u@h/d?password=a@b": ("u", "a@b", "h", "d"),
    "postgres://u:p%40q@h/d ": ("u", "p@q", "h", "d"),
}
REFUSED = {  # address: what the sentence says
    "postgres://u:left/right@h/d": "/ as %2F",
    "postgres://u:123/right@h/d": "/ as %2F",
    "postgres://u:1?right=x@h/d": "? in a password as %3F",
    "postgres://u@h/d?password=left&right": "& in a value as %26",
    "postgres://u@h/d?password=left&right=x": "& as %26",
    "postgres://u:le@ft/right@h/d": "/ as %2F",
    "postgres://u:100%pure%20left@h/d": "% as %25",
    "host=h password=left right": "single quotes",
    "host=h password='left' right'": "single quotes",
    "password=left right=x host=h": "single quotes",
}
PIECES = ("lef", "rig", "pur", "le@")


@pytest.mark.parametrize("address", UNDERSTOOD)
def test_what_node_or_libpq_understand(address: str) -> None:
    options = resolve(address, {})
    assert (options.user, options.password, options.hosts[0].host, options.database) == UNDERSTOOD[address]
    assert str(options.password) not in repr(options).replace("database='d'", "")


@pytest.mark.parametrize("address", REFUSED)
def test_the_character_is_named_and_nothing_of_the_password(address: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        resolve(address, {})
    said = f"{raised.value.message} {raised.value.hint} {raised.value.__cause__}"
    assert REFUSED[address] in said and not any(piece in said for piece in PIECES), said


@pytest.mark.parametrize("address", ["postgres://u:left/right@h/d", "postgres://u@h/d?password=left&right"])
def test_the_command_line_says_it(target: Target, address: str) -> None:
    said = target.refused(None, DATABASE_URL=address)
    assert REFUSED[address] in said and not any(piece in said for piece in PIECES), said


async def test_a_user_at_a_server_logs_in(dsn: str, target: Target) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("create role \"app@myserver\" superuser login password 'S3cr#t@x'")
        address = f"postgres://app@myserver:S3cr#t@x@{target.host}:{target.port}/{target.database}"
        target.reached(None, DATABASE_URL=address)
    finally:
        await connection.execute('drop role "app@myserver"')
        await connection.close()
