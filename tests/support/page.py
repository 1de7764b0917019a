"""What the page's first response holds."""

from __future__ import annotations

import json
import re
from typing import Any


def seed_of(page: str) -> dict[str, list[Any]]:
    """The answers that travel with a page: status and body by the address that the browser's program would ask."""
    found = re.search(r'<script type="application/json" id="gw-seed">(.*?)</script>', page, re.DOTALL)
    assert found
    parsed: dict[str, list[Any]] = json.loads(found[1])
    return parsed
