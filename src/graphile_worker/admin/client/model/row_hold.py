"""Rows that keep their places while a person works with them: new rows wait, and rows that left the list are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import JobPage, JobRow, JobsPart, Time


def moves(old: list[JobRow], new_rows: list[JobRow]) -> bool:
    """Would a row on the page change its place?"""
    return len(old) > 0 and [row["id"] for row in old] != [row["id"] for row in new_rows]


def hold(part: JobsPart, rows: list[JobRow], body: JobPage, sort: str, before: Time | None) -> None:
    """Keeps the order of the page, with new values; `before` is the time of the answer on the page."""
    shown = {row["id"]: True for row in part["rows"]}
    by_id = {row["id"]: row for row in rows}
    fresh = len([row for row in rows if row["id"] not in shown])
    part["rows"] = [by_id.get(row["id"]) or _left(row, _gone(row, rows, body, sort), before) for row in part["rows"]]
    part["held"] = {
        "rows": rows,
        "next": body.get("next"),
        "prev": body.get("prev"),
        "fresh": fresh,
        "more": fresh > 0 and fresh == len(rows),  # a full page of new rows: there may be more
        "gone": len([row for row in part["rows"] if row.get("gone")]),
    }


def _gone(row: JobRow, rows: list[JobRow], body: JobPage, sort: str) -> bool:
    """Has the row left the list? Of a part of a list, only the order by id can tell."""
    below, above = body.get("next"), body.get("prev")
    if not below and not above:
        return True
    if sort not in ("id", "-id") or not rows:
        return False
    if sort == "id":
        below, above = above, below
    ids = [int(one["id"]) for one in rows]
    return (int(row["id"]) >= min(ids) or not below) and (int(row["id"]) <= max(ids) or not above)


def _left(row: JobRow, gone: bool, before: Time | None) -> JobRow:
    """A row that is not in the answer, marked as `gone`, or by `past` as older than the answer."""
    if row.get("gone") or (row.get("past") and not gone):
        return row
    marked = row.copy()
    if gone:
        marked["gone"] = True
    else:
        marked["past"] = before
    return marked


def show_held(part: JobsPart) -> None:
    """Shows the answer that waits."""
    held = part["held"]
    if held is not None:
        part.update({"rows": held["rows"], "next": held["next"], "prev": held["prev"], "held": None})
