"""Types of single values in responses."""

from __future__ import annotations

from typing import Literal

Time = str  # RFC 3339 in UTC; PostgreSQL's own text for what has no such form, as `infinity`
Flags = dict[str, bool] | None
State = Literal["ready", "scheduled", "locked", "failed"]
Outcome = Literal["done", "not_found", "running", "busy", "changed", "used_up", "refused", "unknown"]
