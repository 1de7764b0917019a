"""The smallest test runner, for an interpreter without pytest: every `test_` function of a module, one JSON line each."""

from __future__ import annotations

import json
import sys
from typing import Any


def run(name: str) -> None:
    """Imports the module and calls its tests; an error is printed and the next test runs."""
    module: Any = __import__(name, None, None, ["x"])
    for test in sorted([one for one in dir(module) if one[:5] == "test_"]):
        error = ""
        try:
            getattr(module, test)()
        except Exception as problem:
            error = _lines(problem)
        print(json.dumps({"name": name.split(".")[-1] + "." + test, "error": error}))


def _lines(problem: Exception) -> str:
    import io

    text = io.StringIO()
    sys.print_exception(problem, text)  # type: ignore[attr-defined]  # MicroPython's
    return text.getvalue()
