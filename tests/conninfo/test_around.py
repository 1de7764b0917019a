"""What stands around an address that was copied: quotes, the word psql. And passwords in addresses that are refused."""

from __future__ import annotations

import pytest

from graphile_worker.conninfo import is_address, resolve
from graphile_worker.conninfo.secrets import holds_password, passwords_of
from graphile_worker.core.exceptions import InvalidInput

URI, KEYWORDS = "postgresql://u:QXZ@h/d?sslmode=disable", "host=h user=u password=QXZ dbname=d sslmode=disable"
AROUND = ['"{}"', "'{}'", " '{}' ", "psql {}", "psql '{}'", 'psql "{}"', "\"psql '{}'\"", "'psql {}'", "psql  '{}'\n"]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("address", [URI, KEYWORDS])
def test_quotes_and_psql_are_no_part_of_it(around: str, address: str) -> None:
    text = around.format(address)
    found = resolve(text, {})
    assert is_address(text) and holds_password(text) and "QXZ" in passwords_of(text)
    assert (found.hosts[0].host, found.user, found.password, found.database) == ("h", "u", "QXZ", "d")


@pytest.mark.parametrize(
    "text", [f"psql '{URI}' -c 'select 1'", f"'{URI}", f"'{URI}\"", f"psql -d '{URI}'", "''", "psql"]
)
def test_what_is_not_one_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="must begin with") as caught:
        resolve(text, {})
    assert "QXZ" not in f"{caught.value.message}{caught.value.hint}"
    if text.startswith("'postgres"):
        assert caught.value.hint is not None and "quotes" in caught.value.hint


def test_a_value_may_end_with_a_quote() -> None:
    assert resolve("host=h user=u dbname='d' password='QXZ'", {}).password == "QXZ"


NAMES = ("password", "Password", "PASSWORD", "pass", "passwd", "PassPhrase", "sslpassword", "Pwd", "PGPASSWORD")
PLACES = ("postgresql://u@h/d?{}=QXZ&nonsense=1", "postgresql://u@h/d;{}=QXZ", "Host=h;Username=u;{}=QXZ;Database=d",
          "host=h {} = QXZ nonsense=1", "host=h,{}=QXZ", "{}=QXZ")  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", PLACES)
def test_a_password_in_an_address_that_is_refused(place: str, name: str) -> None:
    address = place.format(name)
    assert holds_password(address)
    assert "QXZ" in passwords_of(address)
