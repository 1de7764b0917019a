"""What schemathesis is told (SCHEMATHESIS_HOOKS): ids and cursors that exist, and a count of what was answered.

Runs in the environment of requirements/api.txt, where nothing of ours is installed. Requests made to be wrong stay as
they are.
"""

from __future__ import annotations

import atexit
import json
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis  # type: ignore[import-not-found,unused-ignore]

COUNTS = Path(os.environ["API_COUNTS"])  # where the counts are written at the end
IDS = 400  # ids 1 to this one are likely to exist
_random = random.Random(int(os.environ["API_SEED"]))
_cursors: dict[str, list[tuple[str, str]]] = {}  # path -> (sort, cursor) of earlier answers
_counts: Counter[str] = Counter()


def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Half of the right requests are about what is there."""
    if case.meta is None or case.meta.generation.mode.is_negative or _random.random() < 0.5:
        return
    if "id" in (case.path_parameters or {}):
        case.path_parameters["id"] = _random.randint(1, IDS)
    if isinstance(case.body, dict) and isinstance(case.body.get("ids"), list):
        case.body["ids"] = _random.sample(range(1, IDS), _random.randint(1, 60))
        case.body.pop("revisions", None)
        case.body.pop("expected", None)
    if isinstance(case.body, dict) and case.body.get("cursor"):
        case.body["cursor"] = f"{_random.randint(0, IDS)}-{_random.randint(0, IDS)}"
    if isinstance(case.query, dict) and _cursors.get(case.path):
        case.query.pop("offset", None)
        case.query["sort"], case.query["cursor"] = _random.choice(_cursors[case.path])


def after_call(context: Any, case: Any, response: Any) -> None:
    """Counts, and keeps cursors."""
    _counts[f"{case.method} {case.path} {response.status_code}"] += 1
    if response.status_code == 200 and case.path == "/api/jobs" and case.method == "GET":
        sort = (case.query or {}).get("sort") or "id"
        page = response.json()
        found = [(sort, page[way]) for way in ("next", "prev") if page[way]]
        _cursors[case.path] = (_cursors.get(case.path, []) + found)[-50:]


def _write() -> None:
    COUNTS.write_text(json.dumps(_counts), "utf-8")


for _hook in (before_call, after_call):
    schemathesis.hook(_hook)
atexit.register(_write)
