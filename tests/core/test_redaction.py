"""No password of a database's address reaches a message or a line of the log."""

from __future__ import annotations

import logging

import pytest

from graphile_worker.core.secrets.redaction import redact, redacting_logger

SECRETS = ["geheim99", "ge:heim99", "ge@heim99", "ge/heim99", "ge?heim#99", "ge%40heim99", "ge'heim99"[:2] + "heim99"]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "text",
    [
        "cannot reach postgres://ada:{}@db.example/shop", "postgresql://:{}@h1:1,h2:2/x?sslmode=require",
        "a=postgres://u:{}@h/x,b=postgres://u:{}@h/y", "POSTGRESQL://u:{}@h/x", "('postgresql://u:{}@h/x',)",
        "host=h password={} dbname=x", "postgres://h/x?user=u&password={}&sslmode=require", "password='{}'", "PGPASSWORD={}",
        "Connection(user='u', password=\"{}\")", "{{'password': '{}'}}", "sslpassword={}",
    ],
)  # fmt: skip
def test_addresses_and_assignments(text: str, secret: str) -> None:
    shown = redact(text.format(*[secret] * 2))
    assert "heim99" not in shown and "***" in shown
    assert redact(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "no such command 'postgresql://u:ge heim99@h/d'.", '"postgresql://u:ge \'heim99@h/d" is no address',
        "host=h password=ge\\ heim99 dbname=x", "password='ge''heim99 left'", repr("password=ge\\ heim99"),
    ],
)  # fmt: skip
def test_a_password_with_a_blank(text: str) -> None:
    shown = redact(text)
    assert "heim99" not in shown and "left" not in shown and "***" in shown
    assert redact(shown) == shown


@pytest.mark.parametrize("text", ["xgeheim99y", "geheim99geheim99", "_geheim99", "'geheim99'", "a geheim99: b"])
def test_a_long_password_within_a_word(text: str) -> None:
    assert "geheim99" not in redact(text, "postgresql://u:geheim99@h/x")
    assert "geheim99" not in redact(text, secrets=["geheim99"])
    assert redact("a tag", secrets=["ag", "a"]) == "*** tag"


def test_the_rest_stays() -> None:
    text = "cannot reach postgres://ada:x@db.example:5432/shop?sslmode=require: the password is wrong. Give --password-file."
    assert redact(text) == text.replace(":x@", ":***@")
    assert redact("password authentication failed for user ada") == "password authentication failed for user ada"
    assert (
        redact("postgres://db.example/shop, mail to ada@example.com")
        == "postgres://db.example/shop, mail to ada@example.com"
    )
    quoted = "'postgres://db.example:5432/shop' of 'ada@example.com'"
    assert redact(quoted) == quoted


@pytest.mark.parametrize("piece", ["pa", "ss", "pa/ss", "pa%2Fss"])
def test_the_parts_of_a_known_password_that_a_driver_quotes(piece: str) -> None:
    address = "postgresql://u:pa/ss@h/x" if "%" not in piece else "postgresql://u:pa%2Fss@h/x"
    assert redact(f"cannot cast {piece!r} to a port of pass", address) == "cannot cast '***' to a port of pass"


def test_records_and_their_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    log = redacting_logger("graphile_worker.admin")
    assert redacting_logger("graphile_worker.admin") is log
    with caplog.at_level(logging.INFO):
        log.info("one %s %d", "postgres://u:geheim99@h/x", 3)
        log.info("password=%s", "geheim99")
        try:
            raise RuntimeError("no postgres://u:geheim99@h/x")
        except RuntimeError as error:
            log.exception("broken: %s", error)
    assert "geheim99" not in caplog.text and "RuntimeError: no postgres://u:***@h/x" in caplog.text
    assert (caplog.records[0].msg, caplog.records[0].getMessage()) == ("one %s %d", "one postgres://u:***@h/x 3")
