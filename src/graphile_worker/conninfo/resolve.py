"""Resolves an address as libpq does, with this precedence: address, service file, environment, defaults."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from graphile_worker._patterns import lazy_pattern
from graphile_worker.conninfo.connect.hosts import parse_hosts
from graphile_worker.conninfo.connect.sockets import parse_keepalives
from graphile_worker.conninfo.connect.target_session import TARGETS
from graphile_worker.conninfo.connect.tls import parse_tls
from graphile_worker.conninfo.options import ConnectOptions
from graphile_worker.conninfo.refusal import refused
from graphile_worker.conninfo.sources import environment, passfile
from graphile_worker.conninfo.sources.service import read_service
from graphile_worker.conninfo.syntax.keywords import is_keyword_form, parse_keywords
from graphile_worker.conninfo.syntax.parameter_names import PASSWORD_GIVEN, Given, given, is_known
from graphile_worker.conninfo.syntax.parameters import PARAMETERS, Treatment
from graphile_worker.conninfo.syntax.uri import is_uri, parse_uri
from graphile_worker.conninfo.syntax.values import choice, integer

_BLANKS = " \t\r\n\f\v"
_QUOTES = "'\""
_PSQL = lazy_pattern(r"psql\s+", re.ASCII)
_SHORTEST_TIMEOUT = 2  # seconds; the minimum of libpq


def is_address(text: str) -> bool:
    """Whether a text is an address in one of the two forms."""
    bare = _bare(text)
    return is_uri(bare) or is_keyword_form(bare)


def _bare(text: str) -> str:
    """The address without a leading `psql` and quotes, as it is copied from web pages of providers and files of
    variables.

    Quotes are kept if the text contains the same quote, because a shell would parse it differently.
    """
    text = text.strip(_BLANKS)
    for _ in range(2):  # "psql 'postgresql://…'"
        if _PSQL.match(text):
            text = _PSQL.sub("", text)
        if len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES and text.count(text[0]) == 2:
            text = text[1:-1].strip(_BLANKS)
    return text


def resolve(
    address: str | None, environ: Mapping[str, str] = os.environ, *, home: Path | None = None
) -> ConnectOptions:
    """The options of an address. Reads service files, and checks which certificate and password files exist.

    Args:
        address: a URI or `keyword=value` pairs; None if only the environment is used.
        environ: the variables, instead of the process environment.
        home: the folder of `.pgpass`, `.pg_service.conf` and `.postgresql`; else HOME.

    Raises InvalidInput("database-url", …), whose message contains no part of a password.
    """
    home = home if home is not None else environment.home_folder(environ)
    try:
        return _resolve(address, environ, home)
    except OSError as error:  # its message may name a file whose name is a secret
        raise refused(f"names a file that cannot be used: {error.strerror}") from None


def _resolve(address: str | None, environ: Mapping[str, str], home: Path | None) -> ConnectOptions:
    explicit = parse(address) if address is not None else Given({})
    surrounding = environment.from_environment(environ)
    service = _service(explicit.values, surrounding, environ, home)
    values = {**surrounding, **service.values, **explicit.values}
    _check(values)
    user = values.get("user") or environment.system_user()
    hosts = parse_hosts(values)
    tls = parse_tls(values, home, used=not all(host.is_socket for host in hosts))
    if tls.mode != "disable":
        tls.context("localhost")  # refuses a file that is not a certificate
    password_file = _passfile(values, home)
    return ConnectOptions(
        user=user,
        database=values.get("dbname") or user,
        hosts=hosts,
        notes=tuple(_notes((*explicit.passed_over, *service.passed_over), values, password_file)),
        server_settings=MappingProxyType(_server_settings(values)),
        tls=tls,
        connect_timeout=_timeout(values),
        target_session_attrs=choice(values, "target_session_attrs", TARGETS, "any"),
        random_order=choice(values, "load_balance_hosts", ("disable", "random"), "disable") == "random",
        keepalives=parse_keepalives(values),
        kerberos_service=values.get("krbsrvname") or "postgres",
        gss_library=values.get("gsslib") or "gssapi",
        passfile=password_file,
        password=values.get("password") or None,
    )


def parse(address: str) -> Given:
    """The parameters of the address itself. Raises InvalidInput."""
    text = _bare(address)
    if "\0" in text:
        raise refused("has a zero byte")
    if is_uri(text):
        return parse_uri(text)
    pairs = parse_keywords(text) if is_keyword_form(text) else []
    if any(is_known(name) for name, _ in pairs):
        return given(pairs)
    hint = "Leave away the quotes and what is not the address." if text[:1] in tuple(_QUOTES) else None
    raise refused(
        "must begin with postgresql:// or postgres://, or be keyword=value pairs as host=… dbname=…", hint=hint
    )


def _service(
    explicit: Mapping[str, str], surrounding: Mapping[str, str], environ: Mapping[str, str], home: Path | None
) -> Given:
    name = explicit.get("service") or surrounding.get("service")
    if not name:
        return Given({})
    return read_service(name, explicit.get("servicefile") or surrounding.get("servicefile"), environ, home)


def _check(values: Mapping[str, str]) -> None:
    """Refuses parameters that require a feature that the driver lacks, and passwords in the wrong place."""
    for parameter in PARAMETERS:
        value = values.get(parameter.name, "")
        if not parameter.secret and PASSWORD_GIVEN.search(value):
            raise refused(
                f"has a password inside {parameter.name}",
                hint="Write & between parameters of a URI, and a blank between keyword=value pairs.",
            )
        if not value.isprintable() and any("\ud800" <= one <= "\udfff" for one in value):
            raise refused(f"has a {parameter.name} that is no UTF-8")
        if not value or value in parameter.allowed:
            continue
        if parameter.treatment is Treatment.REFUSED:
            raise refused(f"has {parameter.name}, which this program cannot do: {parameter.meaning}")
        if parameter.treatment is Treatment.CONDITIONAL:
            hint = f"It takes {' or '.join(sorted(parameter.allowed))}." if parameter.allowed else "Leave it away."
            raise refused(f"demands {parameter.name}, which this program cannot do: {parameter.meaning}", hint=hint)


def _passfile(values: Mapping[str, str], home: Path | None) -> Path | None:
    if values.get("passfile"):
        return Path(values["passfile"])
    name = Path("postgresql", "pgpass.conf") if os.name == "nt" else Path(".pgpass")
    return home / name if home is not None else None


def _server_settings(values: Mapping[str, str]) -> dict[str, str]:
    settings = {name: values[name] for name in ("options", "application_name") if values.get(name)}
    fallback = values.get("fallback_application_name")
    if fallback:
        settings.setdefault("application_name", fallback)
    return settings


def _timeout(values: Mapping[str, str]) -> float | None:
    seconds = integer(values, "connect_timeout")
    if seconds is None:
        return None
    return float(max(seconds, _SHORTEST_TIMEOUT)) if seconds > 0 else 0.0


def _notes(passed_over: tuple[str, ...], values: Mapping[str, str], password_file: Path | None) -> list[str]:
    notes = []
    if passed_over:
        names = ", ".join(dict.fromkeys(passed_over))
        notes.append(f"The address has parameters of other programs, which mean nothing here: {names}.")
    problem = passfile.problem(password_file) if password_file is not None and not values.get("password") else None
    return [*notes, problem] if problem is not None else notes
