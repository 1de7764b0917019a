"""An address, a password or a token where something else belongs: the error does not show it, whole or in pieces."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphile_worker.cli.secrets.misplaced import without_secrets
from graphile_worker.core.secrets.likely_secrets import is_likely_secret
from tests.cli.support import Program

CLOSED = "postgresql://127.0.0.1:1/away"
ADDRESSES = [
    "postgresql://u:S3KRET left@h/d",
    "postgresql://u:S3KRET, S3KRET@h/d",
    "postgresql://u:S3KRET'S3KRET\"S3KRET@h/d",
    "postgresql://u:S3KRET\\S3KRETé@h/d",
    "postgresql:/u:S3KRET@h/d",
    "postgresql://u:S3KRETpp",
    "mysql://u:S3KRETpp@h/d",
    "u:S3KRETxyz@127.0.0.1:80",
    "h:5432:d:u:S3KRETpp",
    "host=h password=S3KRET\\ left",
    "host=h password='S3K''RET left'",
    "PASSWORD = S3KRET left",
    "bearer:S3KRETxyz",
]
OPTIONS = [
    "--listen", "--max-connections", "--auth", "--state", "--prefix", "--trusted-proxy", "--audit-log", "--log-level",
    "--allowed-host", "--tls-cert", "--redact", "--header-name", "--secret-out", "--username", "--log-format", "--database",
]  # fmt: skip
VARIABLES = [
    "LISTEN", "AUTH", "PREFIX", "TRUSTED_PROXIES", "AUDIT_LOG", "LOG_LEVEL", "LOG_FORMAT", "ALLOWED_HOSTS", "READ_ONLY", "REDACT",
    "BEHIND_TLS", "TLS_CERT", "HEADER_NAME",
]  # fmt: skip
PIECES = ("S3K", "RET", "left", "xyz")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that stands where the path of a file belongs becomes a file."""
    monkeypatch.chdir(tmp_path)


def check(*arguments: str, **environment: str) -> str:
    """What a run says that fails and shows no piece of the secret."""
    ran = Program(CLOSED)(*arguments, **environment)
    assert ran.code in (1, 2, 3) and "mistake of ours" not in ran.err, ran
    assert not [piece for piece in PIECES if piece in ran.out + ran.err], (arguments, environment, ran.err)
    return ran.err


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_as_an_argument(address: str) -> None:
    for arguments in (["doctor", address], [address, "doctor"], ["retry", address], ["add", address, address]):
        assert "***" in check(*arguments)
    check("doctor", *address.split(" "))
    check(f"--{address}", "doctor")
    check("doctor", f"-q{address}")


@pytest.mark.variants(8)
@pytest.mark.parametrize("option", OPTIONS)
def test_an_address_as_the_value_of_an_option(option: str) -> None:
    command = ["list"] if option == "--state" else ["admin", "--listen", "127.0.0.1:0", "--tls-key", "/none"]
    for place, address in enumerate(ADDRESSES[OPTIONS.index(option) % 3 :: 3]):
        check(*command, *([option, address] if place % 2 else [f"{option}={address}"]))


@pytest.mark.variants(5)
@pytest.mark.parametrize("variable", VARIABLES)
def test_an_address_as_the_value_of_a_variable(variable: str) -> None:
    place = [] if variable == "LISTEN" else ["--listen", "127.0.0.1:0"]
    for address in ADDRESSES[VARIABLES.index(variable) % 3 :: 3]:
        check("admin", *place, "--tls-key", "/none", **{f"GRAPHILE_WORKER_ADMIN_{variable}": address})


@pytest.mark.parametrize("option", ["--password", "--bearer-token", "--header-token", "--database-url"])
def test_a_secret_of_several_words_without_quotes(option: str) -> None:
    words = ["S3KRET", "left", "RETxyz"]
    if option == "--database-url":
        words[0] = "password=S3KRET"
    said = check("admin", option, *words)
    assert "Got 2 unexpected extra arguments" in said and "not shown" in said
    if option == "--database-url":
        check(*words, "doctor")


def test_a_page_s_address_is_no_host_and_the_advice_names_the_host_alone() -> None:
    said = check("admin", "--allowed-host", "https://ops:S3KRETxyz@queue.example.com/")
    assert said.rstrip().endswith("allow the host in it, 'queue.example.com'")
    check("healthcheck", "--listen", "u:S3KRETxyz@127.0.0.1:80")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["doctor", "extra"], "Got unexpected extra argument (extra)"),
        (["doctor", "one", "two"], "Got unexpected extra arguments (one two)"),
        (["nonsense"], "No such command 'nonsense'"),
        (["retry", "--database-url", "postgresql://u:geheim99@h/d", "x"], "'x' is not a job id"),
        (["healthcheck", "--listen", "[::1::2]:80"], "not '[::1::2]:80'"),
        (["healthcheck", "--listen", "queue.example.com:80"], "not 'queue.example.com:80'"),
        (["admin", "--allowed-host", "https://queue.example.com:444/x"], "the host in it, 'queue.example.com:444'"),
        (["admin", "--password"], "'--password' requires an argument"),
        (["list", "--state", "done"], "'done' is not one of"),
    ],
)
def test_ordinary_values_stay_readable(arguments: list[str], said: str) -> None:
    assert said in Program(CLOSED)(*arguments).err


ORDINARY = [
    "::1", "[::1]:5678", "fd00::/8", "[fe80::1%eth0]:80", "::ffff:127.0.0.1", "127.0.0.1:80", "2024-05-01T10:00:00+02:00",
    "2024-05-01 10:00:00.123Z", "https://queue.example.com:444/x", "postgresql://h:5432/d", "postgresql://h1:1,h2:2/d", "--password",
    "--password-file", "customer.email", "1h30m", "mail:send", "",
]  # fmt: skip


def test_what_may_hold_a_secret() -> None:
    assert not [text for text in ORDINARY if is_likely_secret(text)]
    assert not [text for text in ADDRESSES if not is_likely_secret(text)]


def test_every_form_of_a_text_is_hidden() -> None:
    text = "postgresql://u:S3'K\"R\\ET left@h/d"
    for form in (text, repr(text), repr(repr(text)), text.upper(), f"No such option: --{text}", "'left@h/d'", "'u:S3'"):
        said = without_secrets(f"a {form} b", ["doctor", text], {})
        assert "***" in said and "left" not in said.lower() and "s3" not in said.lower(), said
    assert without_secrets("a S3KRET b", [], {"PGPASSWORD": "S3KRET"}) == "a *** b"
    assert without_secrets("the admin", [], {"GRAPHILE_WORKER_ADMIN_PASSWORD": "admin"}) == "the admin"
