"""States with answers in them, and what is drawn of them."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.model import queries, reducers, state
from graphile_worker.admin.client.views.jobs import table
from graphile_worker.admin.client.views.shell import page
from tests.client import fakes


def ready(search: str = "", rows: Any = (), **overview: Any) -> Any:
    """A state with answers in it, on the database's clock of the fakes."""
    full = state.new(search)
    full["now_ms"] = fakes.NOW * 1000.0
    reducers.apply_session(full, fakes.session())
    reducers.apply_overview(full, fakes.overview(**overview))
    reducers.apply_jobs(full, fakes.page_of(*rows), "", "")
    return full


def opened(**more: Any) -> Any:
    full = ready("?job=7")
    body = fakes.job(7, payload_text="{}", payload_truncated=False, as_of=fakes.NOW_TEXT)
    body.update(more)
    reducers.apply_detail(full, body)
    return full


def cells(full: dict[str, Any]) -> list[str]:
    """Of every row."""
    base, now = table.base_url(full), state.database_now(full)
    return [table.cells(full, row, base, table.time_text(row, now)) for row in full["jobs"]["rows"]]


def whole(full: dict[str, Any]) -> str:
    """The page, as its first response has it."""
    parts = page.regions(full)
    return page.shell(parts, page.screen(full, parts, cells(full)))


def listed(kind: str, *rows: dict[str, Any], search: str = "", **more: Any) -> str:
    """One of the sampled screens, with these rows."""
    full = ready("?view=" + kind + search)
    reducers.apply_table(full, kind, fakes.table_of(kind, *rows, **more), queries.table_query(full["route"]), "")
    return page.regions(full)["gw-screen"]
