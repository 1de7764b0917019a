"""The table of guards names code and tests that exist; `scripts/test-guards` disables each guard."""

from __future__ import annotations

import re

from tests.guards.table import ROOT, SOURCE, guards


def test_every_guard_names_code_that_stands_once_and_tests_that_exist() -> None:
    found = guards()
    assert len({guard.name for guard in found}) == len(found) >= 12
    for guard in found:
        assert (SOURCE / guard.file).read_text("utf-8").count(guard.code) == 1, guard.name
        assert guard.instead != guard.code and guard.tests and guard.threat, guard.name
        for test in guard.tests:
            file, _, name = test.partition("::")
            function = re.escape(name.partition("[")[0])
            assert re.search(rf"def {function}\(", (ROOT / file).read_text("utf-8")), test
