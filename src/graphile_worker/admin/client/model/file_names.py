"""Names of saved files: what they hold, the database, the filters and the date, in plain letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model import url_state
from graphile_worker.admin.client.model.state import database_now
from graphile_worker.admin.client.times.zones import utc

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import State

PART_MAX = 40
NAME_MAX = 120
_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
_NAMED = ("state", "identifier", "queue", "key", "worker", "flag")


def file_name(state: State, form: str) -> str:
    """The name of a file with the jobs that match."""
    session = state["session"]
    database = (session.get("db") or session.get("database") or "") if session else ""
    return jobs_file(database, url_state.filters(state["route"]), database_now(state), form)


def jobs_file(database: str, filters: list[tuple[str, str]], now: float, form: str) -> str:
    """Like "jobs-prod-failed-send_email-2026-11-30.csv"; filters without a name in it count as "filtered"."""
    parts = [database] + [value for name, value in filters if name in _NAMED and value != "all"]
    if [name for name, _ in filters if name not in _NAMED]:
        parts.append("filtered")
    words = [word for word in [_plain(part) for part in parts] if word]
    return "%s-%s.%s" % ("-".join(["jobs"] + words)[:NAME_MAX].rstrip("-"), utc(now)[:10], form)


def _plain(text: str) -> str:
    """Other characters are dashes, one for several."""
    plain = "".join([mark if mark in _PLAIN else " " for mark in text[:PART_MAX]])
    return "-".join([word for word in plain.split(" ") if word])
