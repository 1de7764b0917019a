"""Kind: the same thing is said in two places of an address; the parameters win, as in libpq."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.front_door.addresses import Target

ADDRESSES = {
    "dbname behind an empty path": "postgresql://{authority}/?dbname={database}",
    "dbname over the path": "postgresql://{authority}/postgres?dbname={database}",
    "user over the authority": "postgresql://nobody:{password}@{host}:{port}/{database}?user={user}",
    "host and port over the authority": "postgresql://{user}:{password}@192.0.2.1:1/{database}?host={host}&port={port}",
    "password over the authority": "postgresql://{user}:wrong@{host}:{port}/{database}?password={password}",
    "hostaddr over the host": "postgresql://{user}:{password}@no.such.host:{port}/{database}?hostaddr={host}",
    "the last of two": "postgresql://{authority}/?dbname=postgres&dbname={database}",
    "keywords": "dbname=postgres host={host} port={port} user={user} password='{password}' dbname = {database}",
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_the_database_is_the_one_of_the_parameters(target: Target, name: str) -> None:
    pieces = {"host": target.host, "port": target.port, "user": target.user, "database": target.database}
    password = target.password if name == "keywords" else quote(target.password)
    target.reached(ADDRESSES[name].format(**pieces, password=password, authority=target.authority))


def test_an_empty_path_leaves_the_database_to_the_environment(target: Target) -> None:
    target.reached(f"postgresql://{target.authority}/", PGDATABASE=target.database)
    target.reached(f"postgresql://{target.authority}", PGDATABASE=target.database)


def test_the_variables_alone(target: Target) -> None:
    target.reached(
        PGHOST=target.host, PGPORT=str(target.port), PGUSER=target.user, PGPASSWORD=target.password,
        PGDATABASE=target.database,
    )  # fmt: skip
