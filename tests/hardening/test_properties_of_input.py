"""Suite 1: properties of what parses addresses, secrets, cursors, queries, numbers and times, derandomised."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import re
from typing import Any
from urllib.parse import parse_qsl, unquote_plus
from urllib.parse import quote as url_quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from graphile_worker.admin import AdminAuthConfig
from graphile_worker.admin.api.jobs.cursors import Cursor
from graphile_worker.admin.client.text import format as client_format
from graphile_worker.admin.client.text import percent_encoding
from graphile_worker.admin.server.http import query_params
from graphile_worker.admin.server.limits.sources import network_of, parse_address
from graphile_worker.admin.server.security.csrf import Csrf
from graphile_worker.admin.server.security.hosts import HostPolicy, is_loopback, parse_listen, split_host
from graphile_worker.cli.options import parsers
from graphile_worker.core import validation
from graphile_worker.core.exceptions import InvalidInput
from graphile_worker.core.secrets.redaction import redact
from tests.hardening.strategies import (
    HARD,
    JSON,
    MOMENTS,
    SECRETS,
    TEXT,
    refuses,
)

# ── Host, loopback, addresses ──


@HARD
@given(st.text(st.sampled_from("localhost127.0:[]/@#?%\\ aevil\t\u3002\uff0e-_x"), max_size=24))
def test_only_loopback_names_pass_where_nothing_is_allowed(value: str) -> None:
    policy = HostPolicy.served("127.0.0.1", ())
    if policy.allows(value, "127.0.0.1"):
        split = split_host(value)
        assert split is not None
        assert split[0] == "localhost" or ipaddress.ip_address(split[0]).is_loopback


@HARD
@given(st.ip_addresses())
def test_an_address_is_loopback_when_the_standard_library_says_so(address: Any) -> None:
    mapped = getattr(address, "ipv4_mapped", None) or address
    assert is_loopback(str(address)) == mapped.is_loopback
    literal = f"[{address}]" if address.version == 6 else str(address)
    assert parse_listen(f"{literal}:80") == (str(address), 80)
    assert HostPolicy.served("127.0.0.1", ()).allows(literal, None) == mapped.is_loopback


@HARD
@given(TEXT | st.text(st.sampled_from("0123456789:.[]x"), max_size=20))
def test_any_listen_address_is_read_or_refused(text: str) -> None:
    if not refuses(parse_listen, text):
        host, port = parse_listen(text)
        assert 0 <= port <= 65535 and ipaddress.ip_address(host)


@HARD
@given(st.ip_addresses(v=4), st.ip_addresses(v=6), st.ip_addresses(v=6))
def test_sources_are_grouped_by_address_and_by_prefix(four: Any, six: Any, other: Any) -> None:
    assert network_of(str(four)) == network_of(f"::ffff:{four}") == str(four)
    assert parse_address(f"{four}:80") == four and parse_address(f"[{six}]:80") == (six.ipv4_mapped or six)
    if not six.ipv4_mapped and not other.ipv4_mapped:
        assert (network_of(str(six)) == network_of(str(other))) == (int(six) >> 64 == int(other) >> 64)


# ── authentication ──


@HARD
@given(SECRETS, SECRETS)
def test_only_the_secret_itself_is_accepted(secret: str, other: str) -> None:
    configs = {
        "bearer": (AdminAuthConfig.bearer(secret), "authorization", "Bearer %s"),
        "header": (AdminAuthConfig.header(secret, "X-T"), "x-t", "%s"),
    }
    for config, name, form in configs.values():
        for sent in {secret, other, secret + "x", secret[:-1], secret.swapcase(), ""}:
            assert config.accepts(Headers({name: form % sent})) == (sent == secret)
        twice = [(name.encode(), (form % secret).encode())] * 2
        assert not config.accepts(Headers(raw=twice))


@HARD
@given(TEXT, TEXT, st.binary(max_size=30))
def test_basic_accepts_the_pair_and_nothing_that_only_looks_like_it(user: str, password: str, raw: bytes) -> None:
    if refuses(AdminAuthConfig.basic, user, password):
        return
    config = AdminAuthConfig.basic(user, password)
    pair = f"{user}:{password}".encode()
    for bytes_ in (pair, raw, pair + b"\0", pair[:-1], f"{password}:{user}".encode()):
        header = "Basic " + base64.b64encode(bytes_).decode()
        assert config.accepts(Headers({"authorization": header})) == (bytes_ == pair)
    assert not config.accepts(Headers({"authorization": "Basic " + pair.decode("latin-1")}))


@HARD
@given(SECRETS, SECRETS, st.text(max_size=60), st.integers(0, 47))
def test_a_csrf_token_is_accepted_by_its_secret_alone(secret: str, other: str, text: str, place: int) -> None:
    csrf = Csrf(secret)
    token = csrf.token()
    assert csrf.accepts(token) and csrf.accepts(csrf.token()) and token != csrf.token()
    changed = token[:place] + format(int(token[place], 16) ^ 1, "x") + token[place + 1 :]
    assert not csrf.accepts(changed)
    assert not csrf.accepts(text)
    assert Csrf(other).accepts(token) == (other == secret)


# ── redaction ──


@HARD
@given(SECRETS, st.sampled_from(("postgres", "postgresql", "POSTGRESQL")), TEXT)
def test_the_password_of_an_address_is_in_no_message(password: str, scheme: str, around: str) -> None:
    quoted = url_quote(password, safe="")
    secret = f"k{quoted}9Z"  # long enough to be found by itself
    address = f"{scheme}://user:{secret}@db.test:5432/app?sslmode=require"
    told = redact(f"{around[:20]} {address} {around[20:]}", address)
    assert secret not in told
    assert secret not in redact(f"cannot connect to {address}")
    assert "db.test" in redact(f"cannot connect to {address}")


@HARD
@given(st.text(st.sampled_from("abcXYZ019!$%^*~._-"), min_size=8, max_size=20), st.sampled_from(("password", "sslpassword", "PASSWORD")))  # fmt: skip
def test_an_assigned_password_is_in_no_message(password: str, name: str) -> None:
    for form in (f"{name}={password}", f"{name} = '{password}'", f'{{"{name}": "{password}"}}'):
        assert password not in redact(f"host=db {form} dbname=x"), form


# ── cursors, parameters, addresses of the page ──


@HARD
@given(st.sampled_from(("id", "-id", "priority", "-attempts")), st.sampled_from(("next", "prev")), st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))  # fmt: skip
def test_a_cursor_comes_back_as_it_was_and_belongs_to_its_sort(sort: str, way: str, key: int, id: int) -> None:
    key = id if sort.endswith("id") else key
    cursor = Cursor(sort, way, str(key), id)
    assert Cursor.decode(cursor.encode(), sort) == cursor
    assert refuses(Cursor.decode, cursor.encode(), "run_at")


@HARD
@given(TEXT | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")) | JSON.map(lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")))  # fmt: skip
def test_no_forged_cursor_is_read(text: str) -> None:
    try:
        cursor = Cursor.decode(text, "id")
    except InvalidInput as error:
        assert error.field == "cursor"
    else:
        assert re.fullmatch(r"-?\d{1,19}", cursor.key) and cursor.way in ("next", "prev")


@HARD
@given(st.binary(max_size=60) | TEXT.map(lambda text: url_quote(text).encode()))
def test_any_query_is_read_or_refused(query: bytes) -> None:
    if not refuses(query_params.parse_query, query, ("a", "state"), ("state",)):
        assert set(query_params.parse_query(query, ("a", "state"), ("state",))) <= {"a", "state"}


@HARD
@given(TEXT, TEXT, st.text(st.sampled_from("%?&=+#a1fFé/"), max_size=20))
def test_the_browsers_quoting_is_the_standard_librarys(name: str, value: str, odd: str) -> None:
    assert percent_encoding.quote(value) == url_quote(value, safe="")
    assert percent_encoding.unquote(percent_encoding.quote(value)) == value
    search = f"{percent_encoding.quote(name)}={percent_encoding.quote(value)}"
    assert (
        percent_encoding.pairs("?" + search)
        == ([(name, value)] if search else [])
        == parse_qsl(search, keep_blank_values=True)
    )
    if "%" not in odd:
        assert percent_encoding.unquote(odd) == unquote_plus(odd)


# ── numbers, durations, times ──


@HARD
@given(st.integers(-(2**70), 2**70), TEXT)
def test_ids_are_whole_numbers_that_a_bigint_holds(number: int, text: str) -> None:
    assert refuses(validation.ids, [number]) == (not 1 <= number < 2**63)
    assert refuses(parsers.JOB_ID.convert, str(number), None, None) == (not 1 <= number < 2**63)
    if not refuses(validation.whole_number, "id", text):
        assert str(int(text)) == text or text.lstrip("-").startswith("0")


@HARD
@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), TEXT)
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, seconds: int, text: str) -> None:
    whole = hours * 3600 + minutes * 60 + seconds
    for spelled in (f"{hours}h{minutes}m{seconds}s", f"{hours} h {minutes} min {seconds} s", str(whole), f"{whole}S"):
        assert parsers.DURATION.convert(spelled, None, None) == whole
    if not refuses(parsers.DURATION.convert, text, None, None):
        assert re.search(r"\d", text)


@HARD
@given(MOMENTS, st.sampled_from(("T", "t", " ")))
def test_a_time_is_the_same_moment_in_every_spelling(moment: datetime.datetime, between: str) -> None:
    expected = moment.astimezone(datetime.UTC)
    spelled = moment.isoformat(sep=" ").replace(" ", between, 1)
    checked = validation.moment("run_at", spelled)
    assert checked is not None and datetime.datetime.fromisoformat(checked) == expected
    assert validation.moment("run_at", moment) == expected.isoformat() == checked
    seconds = client_format.epoch(expected.isoformat())
    assert seconds is not None
    assert seconds == pytest.approx((expected - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)).total_seconds())


@HARD
@given(TEXT | st.text(st.sampled_from("0123456789-:TZ+. "), max_size=32))
def test_any_time_is_read_or_refused(text: str) -> None:
    if not refuses(validation.moment, "run_at", text):
        assert re.match(r"\d{4}-\d\d-\d\d", text)
