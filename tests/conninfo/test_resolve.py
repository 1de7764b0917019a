"""What is taken from where: the address, a service, the environment, defaults; and the servers it comes to."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from graphile_worker.conninfo import ConnectOptions, is_address, resolve
from graphile_worker.conninfo.secrets import holds_password, passwords_of
from graphile_worker.core.exceptions import InvalidInput

HOSTS = {  # address: [(host, hostaddr, port)]
    "postgres://h": [("h", None, 5432)],
    "postgres://h:1": [("h", None, 1)],
    "postgres://h:": [("h", None, 5432)],
    "postgres://[::1]:1,h:2": [("::1", None, 1), ("h", None, 2)],
    "postgres://[fe80::1%25eth0]/d": [("fe80::1%eth0", None, 5432)],
    "postgres://a,b,c:3/d": [("a", None, 5432), ("b", None, 5432), ("c", None, 3)],
    "postgres://%2Frun%2Fpg:7/d": [("/run/pg", None, 7)],
    "postgres:///d?host=/cloudsql/p:r:i": [("/cloudsql/p:r:i", None, 5432)],
    "host=a,b port=1,2": [("a", None, 1), ("b", None, 2)],
    "host=a,b port=1": [("a", None, 1), ("b", None, 1)],
    "host=a,b port=1,": [("a", None, 1), ("b", None, 5432)],
    "host=a,b hostaddr=192.0.2.1,192.0.2.2": [("a", "192.0.2.1", 5432), ("b", "192.0.2.2", 5432)],
    "host=bücher.example": [("bücher.example", None, 5432)],
    "host=db_1": [("db_1", None, 5432)],
    "hostaddr=::1": [("::1", "::1", 5432)],
    "jdbc:postgresql://h/d?user=u": [("h", None, 5432)],
    "postgresql+asyncpg://u@h/d": [("h", None, 5432)],
    "POSTGRES://u@h/d": [("h", None, 5432)],
}


@pytest.mark.parametrize("address", HOSTS)
def test_hosts(address: str) -> None:
    assert [(one.host, one.hostaddr, one.port) for one in resolve(address, {}).hosts] == HOSTS[address]


def test_the_order_of_precedence(tmp_path: Path) -> None:
    (tmp_path / ".pg_service.conf").write_text("[s]\nhost=service\nport=2\nuser=service\nuser=second\n")
    environ = {"PGHOST": "e", "PGPORT": "3", "PGUSER": "e", "PGDATABASE": "e", "PGSERVICE": "s"}
    options = resolve("host=address", environ, home=tmp_path)
    assert (options.hosts[0].host, options.hosts[0].port) == ("address", 2)
    assert (options.user, options.database) == ("service", "e")


def test_defaults_are_libpqs(tmp_path: Path) -> None:
    name = pwd.getpwuid(os.geteuid()).pw_name
    options = resolve("postgresql://", {}, home=tmp_path)
    assert (options.user, options.database, options.hosts[0].is_socket) == (name, name, True)
    assert resolve("postgresql://app@h", {}).database == "app"
    assert resolve("postgresql://app@h/", {"PGDATABASE": ""}).database == "app"


def test_an_empty_password_of_the_authority_is_none() -> None:
    assert resolve("postgresql://app:@h/d", {"PGPASSWORD": "x"}).password == "x"


def test_several_hosts_take_no_port_of_the_environment() -> None:
    ports = [host.port for host in resolve("postgresql://a,b/d", {"PGPORT": "1"}).hosts]
    assert ports == [5432, 5432] and resolve("postgresql://a/d", {"PGPORT": "1"}).hosts[0].port == 1


SECRET = "gEhe1m+99"
WITH_SECRETS = [
    f"postgres://u:{SECRET}@h/d", f"host=h password={SECRET}", f"postgres://u@h/d?password={SECRET}",
    f"postgres://u@h/d?sslmode=disable&sslpassword={SECRET}", f"host=h password='{SECRET}'",
]  # fmt: skip


@pytest.mark.parametrize("address", WITH_SECRETS)
def test_no_repr_shows_a_password_and_redaction_knows_it(address: str) -> None:
    options = resolve(address, {})
    assert SECRET not in f"{options!r} {options}" and holds_password(address) and SECRET in passwords_of(address)
    assert not holds_password("postgres://u@h/d?sslmode=disable")


def test_secrets_of_files_are_known(tmp_path: Path) -> None:
    (tmp_path / ".pgpass").write_text("*:*:*:*:geheim\n")
    (tmp_path / ".pgpass").chmod(0o600)
    assert resolve("host=h", {}, home=tmp_path).secrets == {"geheim"}


def test_the_default_name_of_the_application_yields() -> None:
    assert resolve("host=h", {}).named("x").server_settings["application_name"] == "x"
    assert resolve("host=h", {"PGAPPNAME": "y"}).named("x").server_settings["application_name"] == "y"
    assert resolve("host=h fallback_application_name=z", {}).named("x").server_settings["application_name"] == "z"


TIMEOUTS = {
    "": None,
    "connect_timeout=10": 10.0,
    "connect_timeout=1": 2.0,
    "connect_timeout=0": 0.0,
    "connect_timeout=-1": 0.0,
}


@pytest.mark.parametrize("extra", TIMEOUTS)
def test_timeouts(extra: str) -> None:
    assert resolve(f"host=h {extra}", {}).connect_timeout == TIMEOUTS[extra]


REFUSED = {
    "host=h connect_timeout=soon": "whole number",
    "host=h sslmode=on": "one of disable, allow",
    "host=h target_session_attrs=x": "one of any",
    "host=h load_balance_hosts=x": "one of disable, random",
    "host=h sslmode=require ssl_min_protocol_version=SSLv3": "TLSv1.2",
    "host=h ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2": "above",
    "host=h sslnegotiation=direct": "require or stronger",
    "host=h sslsni=0 sslmode=verify-full sslrootcert=system": "sslsni=0",
    "host=h sslmode=verify-ca": "sslrootcert",
    "postgres://h/a?database=b": "two values",
    "host=a,b hostaddr=192.0.2.1": "2 hosts and 1 hostaddrs",
    "host=@abstract": "abstract socket",
    "host=h;x": "host name that is none",
    "postgres://app::@J;;:": "host name that is none",
    "host='a b'": "host name that is none",
    "postgres://u@h/d?search_path=x": "no parameter search_path",
    "postgres://u@h%zz/d": "% that encodes nothing",
    "postgres://u:%00@h/d": "zero byte",
    "postgres://u:%ff@h/d": "no UTF-8",
    "": "must begin with postgresql://",
}


@pytest.mark.parametrize("address", REFUSED)
def test_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        resolve(address, {}, home=tmp_path)
    assert REFUSED[address] in raised.value.message and raised.value.field == "database-url"


SEPARATED = [  # a wrong separator before the password
    "postgres://u@h/d?sslmode=verify-full&sslrootcert=/x.crt?password={}",
    "postgres://u@h/d?sslmode=verify-full&sslrootcert=/x.crt;password={}",
    "postgres://u@h/d?sslrootcert=/x.crt%3Fpassword={}",
    "host=h sslrootcert=/x.crt&password={}",
    "host=h sslrootcert=/x.crt,password={}",
    "host=h servicefile=/x?password={} service=s",
    "postgres://u@h/d&password={}",
    "postgres://u@h/d&amp;password={}",
    "postgres://u@h/d password={}",
    "postgres://u@h?dbname=a;password={}",
    "dbname=a;password={}",
    "dbname=a,password={}",
    "dbname='a password={}'",
    "host=h sslcert='/x password={}'",
    "postgres://u@h/d?password=a&x-{}=1",
    "postgres://u@h/d?password=a&{}=1",
    "postgres://u@h/d?sslmode={}",
    "{}=x",
]


@pytest.mark.parametrize("form", SEPARATED)
def test_no_value_is_shown_that_may_hold_a_password(tmp_path: Path, form: str) -> None:
    try:
        options = resolve(form.format(SECRET), {}, home=tmp_path)
        said = f"{options!r} {options.notes}"
    except InvalidInput as error:
        said = f"{error.message} {error.hint}"
    assert not any(SECRET[at : at + 3] in said for at in range(len(SECRET) - 2)), said


def test_it_is_an_address() -> None:
    assert all(map(is_address, HOSTS)) and not any(map(is_address, ["mysql://h", "name", "", "--x=y"]))
    assert isinstance(resolve("host=h", {}), ConnectOptions)
