"""Kind: the address asks for an encoding in which the queue's texts cannot be written."""

from __future__ import annotations

import json

import pytest

from tests.front_door.addresses import Target


@pytest.mark.parametrize("where", ["parameter", "PGCLIENTENCODING"])
def test_text_of_any_script_is_shown(target: Target, where: str) -> None:
    environment = {"PGCLIENTENCODING": "LATIN1"} if where != "parameter" else {}
    extra = "?client_encoding=LATIN1" if where == "parameter" else ""
    environment["DATABASE_URL"] = f"postgres://{target.authority}/{target.database}{extra}"
    added = target.run("add", "north", "--payload", '{"to": "北"}', **environment)
    assert added.code == 0, added
    listed = target.run("list", "--json", **environment)
    assert listed.code == 0 and "北" in json.dumps(listed.value, ensure_ascii=False), listed
