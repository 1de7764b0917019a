"""Kind: a service file names the database, in each place and way that libpq knows."""

from __future__ import annotations

import pytest

from tests.front_door.addresses import Target

WAYS = ["variable", "uri", "keywords", "home", "system folder"]


@pytest.mark.parametrize("way", WAYS)
def test_the_database_of_the_service_is_reached(target: Target, way: str) -> None:
    file = target.home / {"home": ".pg_service.conf", "system folder": "pg_service.conf"}.get(way, "s")
    file.write_text(f"password=geheim99\n[other]\nhost=192.0.2.1\n\n# ours\n[queue]\n{target.lines}[queue]\nport=1\n")
    named = {"PGSERVICEFILE": str(file)} if way in ("variable", "uri", "keywords") else {}
    if way == "system folder":
        named["PGSYSCONFDIR"] = str(target.home)
    address = {"uri": "postgresql:///?service=queue", "keywords": "service=queue"}.get(way)
    target.reached(address, **named, **({} if address else {"PGSERVICE": "queue"}))


def test_the_address_wins_over_the_service_and_the_service_over_the_environment(target: Target) -> None:
    file = target.home / ".pg_service.conf"
    file.write_text(f"[queue]\n{target.lines}".replace(f"dbname={target.database}", "dbname=postgres"))
    away = {"PGHOST": "192.0.2.1", "PGPORT": "1", "PGUSER": "nobody", "PGPASSWORD": "wrong", "PGDATABASE": "postgres"}
    target.reached(f"postgresql:///{target.database}?service=queue", **away)
    target.reached(f"service=queue dbname={target.database}", **away)


def test_a_service_that_is_not_there_is_named_as_such(target: Target) -> None:
    (target.home / "s").write_text("[other]\n")
    assert "service" in target.refused(None, PGSERVICE="queue", PGSERVICEFILE=str(target.home / "s"))
    said = target.refused(None, PGSERVICE="queue", PGSERVICEFILE=str(target.home / "away"))
    assert str(target.home / "away") in said and "not there" in said
