"""Kind: a service file with a line that a stricter or laxer reader than libpq stumbles over."""

from __future__ import annotations

import pytest

from tests.front_door.addresses import Target

SECRET = "gehEim99%s"
REFUSED = {
    "no key=value": f"[queue]\n{SECRET}\n",
    "blanks around =": f"[queue]\npassword = {SECRET}\n",
    "an unknown key": f"[queue]\npassword={SECRET}\n{SECRET}=x\n",
    "another service": f"[queue]\npassword={SECRET}\nservice=other\n",
    "no such section": f"[other]\npassword={SECRET}\n",
    "no UTF-8": f"[queue]\npassword={SECRET}\n\udcff\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_without_a_piece_of_the_password(target: Target, name: str) -> None:
    file = target.home / ".pg_service.conf"
    file.write_bytes(REFUSED[name].encode(errors="surrogateescape"))
    said = target.refused("service=queue")
    assert "service" in said and not any(SECRET[at : at + 3] in said for at in range(len(SECRET) - 2)), said


def test_a_password_with_a_percent_sign_and_one_before_any_section(target: Target) -> None:
    text = f"password={SECRET}\nno assignment\n[queue]\n{target.lines}application_name=100%s\n[broken]\nno assignment\n"
    (target.home / ".pg_service.conf").write_text(text)
    target.reached("service=queue")
