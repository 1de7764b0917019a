"""A search in slices, and the columns of the table."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.model import queries, url_state
from tests.client import fakes
from tests.client.program import THREE, click, started


def slice_of(first: int, to: int, *jobs: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = fakes.page_of(*jobs)
    body.update({"partial": True, "searched": {"from": first, "to": to}, "next": "at-%d" % to})
    body.update(more)
    return body


def searching() -> tuple[App, fakes.Dom, fakes.Server]:
    app, dom, server = started("?search=550&limit=50", jobs=slice_of(1000000, 900000))
    return app, dom, server


def test_only_a_search_by_id_and_forwards_comes_in_slices() -> None:
    for address, sliced in (
        ("?search=x", True),
        ("?search=x&sort=id&cursor=abc", True),
        ("?search=x&sort=run_at", False),
        ("?search=x&cursor=WyItaWQiLCJwcmV2IiwiNyIsN10", False),
        ("?search=x&sort=id&cursor=WyJpZCIsInByZXYiLCI3Iiw3XQ", False),
        ("?queue=x", False),
    ):
        route, _ = url_state.parse(address)
        assert ("partial=true" in queries.list_query(route)) == sliced, address


def test_it_says_how_far_it_is_instead_of_waiting() -> None:
    app, dom, server = searching()
    shown = dom.shown["gw-table"]
    assert "Nothing found yet" in shown and "<b>0 found</b> so far; ids 1,000,000 – 900,000 searched" in shown
    assert "Stop" in shown and "0 found so far" in dom.shown["gw-chips"]
    asked = server.answer("api/jobs?", slice_of(899999, 740000, fakes.job(740001)))
    assert asked[1] == "api/jobs?search=550&sort=-id&limit=50&payload=preview&partial=true&cursor=at-900000"
    assert "<b>1 found</b> so far; ids 1,000,000 – 740,000 searched" in dom.shown["gw-table"]
    asked = server.answer("api/jobs?", slice_of(739999, 1, fakes.job(7), partial=False, next=None))
    assert "limit=49" in asked[1] and "cursor=at-740000" in asked[1]
    assert [row["id"] for row in app.state["jobs"]["rows"]] == ["740001", "7"]
    assert "Stop" not in dom.shown["gw-table"] and "Continue" not in dom.shown["gw-table"]
    assert "2 jobs match" in dom.shown["gw-chips"]
    assert [path for path in server.paths() if path[:9] == "api/jobs?"] == []


def test_stop_and_continue() -> None:
    app, dom, server = searching()
    click(app, "search-stop")
    server.answer("api/jobs?", slice_of(899999, 740000, fakes.job(740001)))
    assert "Continue" in dom.shown["gw-table"] and "740,000" in dom.shown["gw-table"]
    assert [path for path in server.paths() if path[:9] == "api/jobs?"] == []
    assert "cursor=at-740000" not in dom.shown["gw-table"]
    click(app, "search-on")
    assert "cursor=at-740000" in server.answer("api/jobs?", slice_of(739999, 1, partial=False, next=None))[1]


def test_a_slice_that_fails_keeps_what_was_found() -> None:
    app, dom, server = searching()
    server.answer("api/jobs?", slice_of(899999, 740000, fakes.job(740001)))
    server.answer("api/jobs?", {"error": "away", "code": "database_unavailable"}, 503)
    assert "Continue" in dom.shown["gw-table"] and 'id="row-740001"' in dom.shown["gw-table"]
    click(app, "search-on")
    server.answer("api/jobs?", slice_of(739999, 1, partial=False, next=None))
    assert app.state["jobs"]["error"] is None


def test_a_long_search_is_not_begun_anew_by_the_clock() -> None:
    app, dom, server = searching()
    server.answer("api/jobs?", slice_of(899999, 1, fakes.job(7), partial=False, next=None))
    server.asked = []
    dom.timers["auto"]()
    assert server.paths() == ["api/overview?parts=stats"]
    click(app, "refresh")
    assert [path for path in server.paths() if path[:9] == "api/jobs?"] != []


def test_another_search_makes_the_slices_void() -> None:
    app, _dom, server = searching()
    click(app, "go", href="?search=other&limit=50")
    server.answer("api/jobs?search=550", slice_of(899999, 740000, fakes.job(740001)))
    assert app.state["jobs"]["rows"] == []


# ── columns ──────────────────────────────────────────────────────────────


def choose(app: App, name: str, checked: bool) -> None:
    app.on_event({"type": "change", "action": "column", "data": {"name": name}, "checked": checked})


def test_columns_are_chosen_and_remembered() -> None:
    app, dom, _server = started(jobs=THREE)
    assert dom.hides == "failed made worker" and "c-made" not in dom.shown["gw-admin"]
    choose(app, "key", False)
    choose(app, "made", True)
    assert dom.stored["gw-columns"] == "queue at made tries pri data err"
    assert dom.hides == "failed worker key"
    assert '<th scope="col" class="c-made"' in dom.shown["gw-table"] and '<td class="c-made">' in dom.shown["gw-table"]
    assert "sort=-created_at" in dom.shown["gw-table"]
    choose(app, "made", False)
    assert "c-made" not in dom.shown["gw-table"]


def test_the_choice_comes_back_and_may_be_nothing() -> None:
    dom = fakes.Dom()
    dom.stored["gw-columns"] = "worker nonsense at"
    App(dom, fakes.Server().request).start()
    assert dom.hides == "queue failed made tries pri key data err"
    dom.stored["gw-columns"] = "none"
    app = App(dom, fakes.Server().request)
    app.start()
    assert app.state["preferences"]["columns"] == ()
