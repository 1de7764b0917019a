"""bandit over the source. At full volume only (conftest.py): scripts/tools audit makes its environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scripts.supply import audit

ROOT = Path(__file__).resolve().parents[2]


def test_bandit_finds_nothing_of_weight_in_the_source(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    assert audit.bandit(ROOT / "src", audit.TOOLS) == []
    (tmp_path / "evil.py").write_text("import subprocess\nsubprocess.run('ls ' + input(), shell=True)\n")
    (found,) = audit.bandit(tmp_path, audit.TOOLS)
    assert "evil.py:2: B602 high" in found
    record_property("figures", "bandit: 0 high, 0 medium")
