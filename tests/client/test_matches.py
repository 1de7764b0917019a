"""A search shows in the list where it has matched."""

from __future__ import annotations

from typing import Any

from tests.client import fakes
from tests.client.program import started


def drawn(**more: Any) -> str:
    """The table of a search that has found one job."""
    _, dom, _ = started("?search=x", jobs=fakes.page_of(fakes.job(7, **more)))
    return dom.shown["gw-table"]


def match(field: str, before: str, text: str, after: str, *cut: str) -> dict[str, Any]:
    return {"field": field, "before": before, "text": text, "after": after, "cut": list(cut)}


def test_an_excerpt_has_an_ellipsis_where_the_server_cut_it() -> None:
    whole, cut = "e" * 40, "f" * 3
    shown = drawn(last_error="x", matched=[match("error", whole, "x", "<b>")])
    assert "<span>%s</span><mark>x</mark><span>&lt;b&gt;</span>" % whole in shown and "…" not in shown
    shown = drawn(last_error="x", matched=[match("error", cut, "x", "y", "before", "after")])
    assert "<span>…fff</span><mark>x</mark><span>y…</span>" in shown
    assert "<mark>x…</mark>" in drawn(last_error="x", matched=[match("error", "", "x", "", "text")])


def test_the_column_with_a_match_has_the_room() -> None:
    found = match("payload", "", "x", ""), match("error", "", "x", "")
    assert "in-payload" in drawn(matched=[found[0]]) and "in-error" not in drawn(matched=[found[0]])
    assert " in-payload in-error" in drawn(last_error="x", matched=list(found))
    assert "in-payload" not in drawn()


def test_a_match_in_a_name_is_marked() -> None:
    row: dict[str, Any] = {"task_identifier": "send_mail", "queue_name": "out<box", "key": "k-1"}
    found = [match("task", "send_", "mail", ""), match("queue", "out", "<", "box"), match("key", "", "k", "-1")]
    shown = drawn(**row, matched=found)
    assert "send_<mark>mail</mark></a>" in shown and ">out<mark>&lt;</mark>box</a>" in shown
    assert "<mark>k</mark>-1</td>" in shown
    assert "<mark>7</mark></td>" in drawn(matched=[match("id", "", "7", "")])
    assert "<mark>" not in drawn(**row, matched=[match("task", "d", "_m", "a", "before", "after")])  # not the name
