"""Rows that keep their places while a person is in the middle of them: what came waits, what left or was not reached says so."""

from __future__ import annotations

from typing import Any


def moves(old: list[dict[str, Any]], new_rows: list[dict[str, Any]]) -> bool:
    """Would anything on the page change its place?"""
    return len(old) > 0 and [row["id"] for row in old] != [row["id"] for row in new_rows]


def hold(part: dict[str, Any], rows: list[dict[str, Any]], body: dict[str, Any], sort: str, before: Any) -> None:
    """Keeps the order that is shown, with new values; `before` is the time of the answer that the page showed so far."""
    shown = {row["id"]: True for row in part["rows"]}
    by_id = {row["id"]: row for row in rows}
    fresh = len([row for row in rows if row["id"] not in shown])
    part["rows"] = [by_id.get(row["id"]) or _left(row, _gone(row, rows, body, sort), before) for row in part["rows"]]
    part["held"] = {
        "rows": rows,
        "next": body.get("next"),
        "prev": body.get("prev"),
        "fresh": fresh,
        "more": fresh > 0 and fresh == len(rows),  # as many as fit on a page: nobody knows how many there are
        "gone": len([row for row in part["rows"] if row.get("gone")]),
    }


def _gone(row: dict[str, Any], rows: list[dict[str, Any]], body: dict[str, Any], sort: str) -> bool:
    """Would the answer have this row if it were still in the list? By other orders than ids only a whole list tells."""
    below, above = body.get("next"), body.get("prev")
    if not below and not above:
        return True
    if sort not in ("id", "-id") or not rows:
        return False
    if sort == "id":
        below, above = above, below
    ids = [int(one["id"]) for one in rows]
    return (int(row["id"]) >= min(ids) or not below) and (int(row["id"]) <= max(ids) or not above)


def _left(row: dict[str, Any], gone: bool, before: Any) -> dict[str, Any]:
    """`past`: as it was then, and nobody has looked since."""
    if row.get("gone") or (row.get("past") and not gone):
        return row
    return dict(row, gone=True) if gone else dict(row, past=before)


def show_held(part: dict[str, Any]) -> None:
    """What waited comes in."""
    held = part["held"]
    if held is not None:
        part.update({"rows": held["rows"], "next": held["next"], "prev": held["prev"], "held": None})
