"""Two suites need environments of their own, which `scripts/test-hardening` makes."""

from __future__ import annotations

from tests.hardening.volume import FULL

collect_ignore = [] if FULL else ["test_bandit.py", "test_contract_run.py"]
