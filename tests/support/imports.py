"""Programs under test are the code that the tests themselves import, wherever else it may be installed."""

from __future__ import annotations

from pathlib import Path

import graphile_worker

SOURCE = str(Path(graphile_worker.__file__).parents[1])
OURS_FIRST = {"PYTHONPATH": SOURCE}
