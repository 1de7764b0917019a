"""One package parses addresses of databases and reads libpq's variables: nothing else in the program decides again."""

from __future__ import annotations

import re
from pathlib import Path

import graphile_worker

SOURCE = Path(graphile_worker.__file__).parent
DECIDES = re.compile(
    r"urlsplit|urlparse|environ[^\n]*\"PG|asyncpg\.connect\(|create_pool\((?!connect=)|postgres(ql)?(\(|\?|:)\S*//|_parse_connect"
)
ALLOWED = {
    "cli/serving/own_addresses.py": "the admin's http addresses",
    "cli/connection.py": "the typed password as PGPASSWORD, for the resolver",
    "demo/server/embedded.py": "makes the address of the demo's own server",
}


def test_nothing_else_parses_an_address() -> None:
    found = {
        str(path.relative_to(SOURCE)): [match[0] for match in DECIDES.finditer(path.read_text())]
        for path in SOURCE.rglob("*.py")
        if SOURCE / "conninfo" not in path.parents
    }
    texts = re.compile(r"postgres(ql)?://")  # in a sentence or a docstring
    deciding = {name for name, matches in found.items() if any(not texts.fullmatch(one) for one in matches)}
    assert deciding - set(ALLOWED) == set()
