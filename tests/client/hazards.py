"""What breaks an unguarded interpreter. These run on MicroPython only; test_on_micropython.py calls them."""

from __future__ import annotations

import json
from typing import Any

import hazards  # type: ignore[import-not-found]  # given by interpreter.mjs

TIMES = 5000


def test_thousands_of_errors_in_javascript_leave_the_interpreter_alive() -> None:
    for _ in range(TIMES):
        hazards.fail()
    assert sum([number for number in range(1000)]) == 499500


def test_python_errors_inside_javascript_come_back_as_nothing() -> None:
    seen = []

    def raising() -> None:
        seen.append(1)
        raise ValueError("from Python")

    for _ in range(TIMES):
        hazards.call(raising)
    assert len(seen) == TIMES


def test_wrong_subscripts_and_loops_leave_the_interpreter_alive() -> None:
    for _ in range(TIMES):
        _quietly(lambda: [one for one in hazards.object])
        _quietly(lambda: hazards.object["nothing"]["at all"])
    assert "".join(["still", " ", "here"]) == "still here"


def _quietly(call: Any) -> None:
    try:
        call()
    except Exception:
        return


def test_integers_past_32_bit_arrive_whole() -> None:
    assert hazards.big() == 9007199254740991
    assert abs(hazards.now() - int(hazards.now_text())) < 60000


def test_ids_past_2_to_the_53_stay_exact_in_json() -> None:
    for number in (2**53 + 1, 2**63 - 1):
        assert json.loads('{"id": %d}' % number)["id"] == number
        assert str(json.loads(str(number))) == str(number)
