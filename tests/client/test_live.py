"""The stream of events in the program: when it is open, what its events do, how it is given up and tried again."""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.client.app import App
from tests.client import fakes


class Stream:
    """Keeps what was opened; the test tells its events."""

    def __init__(self) -> None:
        self.opened: list[Any] = []
        self.closed = 0

    def open(self, path: str, headers: dict[str, str], callback: Any) -> None:
        self.opened.append((path, headers, callback))

    def close(self) -> None:
        self.closed += 1

    def tell(self, kind: str, data: Any = "") -> None:
        self.opened[-1][2](kind, data if isinstance(data, str) else json.dumps(data))


def started(search: str = "", roots: dict[str, str] | None = None) -> tuple[App, fakes.Dom, fakes.Server, Stream]:
    """A page that has had its first answers, a second later."""
    dom, server, stream = fakes.Dom(search, roots), fakes.Server(), Stream()
    app = App(dom, server.request, stream)
    app.start()
    if not app.state["auth"]["entered"]:
        return app, dom, server, stream
    server.answer("api/session", fakes.session())
    server.answer("api/jobs", fakes.page_of(fakes.job(2), fakes.job(1)))
    server.answer("api/overview", fakes.overview())
    dom.timers["tick"]()
    return app, dom, server, stream


STATS = {"total": 11, "ready": 5, "scheduled": 3, "locked": 1, "failed": 2, "blocked": 0, "retrying": 0}
COUNTS = {"stats": STATS, "as_of": fakes.NOW_TEXT, "age_ms": 12}


def test_counts_come_by_themselves_and_are_not_asked_for() -> None:
    _app, dom, server, stream = started("?db=two")
    assert [one[0] for one in stream.opened] == ["api/events?db=two"]
    assert "live · " not in dom.shown["gw-bar"]
    stream.tell("open")
    stream.tell("hello", {"listening": True})
    assert "live · " in dom.shown["gw-bar"]
    for _ in range(3):
        stream.tell("counts", COUNTS)
    assert ">11<" not in dom.shown["gw-strip"]  # a burst is drawn once
    dom.timers.pop("draw")()
    assert ">11<" in dom.shown["gw-strip"]
    dom.timers["auto"]()
    assert [path[:8] for path in server.paths()] == ["api/jobs"]
    stream.tell("counts", "{")
    stream.tell("unheard of", "x")
    assert ">11<" in dom.shown["gw-strip"]


def test_jobs_that_are_added_are_looked_at_once_a_second() -> None:
    _app, dom, server, stream = started()
    stream.tell("hello", {"listening": True})
    for _ in range(40):
        stream.tell("jobs", {"added": 3})
    assert server.paths() == []
    dom.timers["live"]()
    assert len(server.paths()) == 1
    stream.tell("jobs", {"added": 1})
    dom.timers["live"]()  # an answer is on its way
    assert len(server.paths()) == 1
    server.answer("api/jobs", fakes.page_of(fakes.job(3), fakes.job(2), fakes.job(1)))
    assert 'data-id="3"' in dom.shown["gw-table"]
    dom.timers["tick"]()  # that answer may be older than the last job: asked again, once
    dom.timers["tick"]()
    assert len(server.paths()) == 1
    server.answer("api/jobs", fakes.page_of(fakes.job(4), fakes.job(3), fakes.job(2), fakes.job(1)))
    dom.timers["tick"]()
    assert server.paths() == [] and 'data-id="4"' in dom.shown["gw-table"]


def test_new_rows_wait_while_scrolled_and_nothing_moves_while_selected() -> None:
    app, dom, server, stream = started()
    stream.tell("hello", {"listening": True})
    dom.scrolled = 500
    stream.tell("jobs", {"added": 1})
    dom.timers["live"]()
    server.answer("api/jobs", fakes.page_of(fakes.job(3), fakes.job(2), fakes.job(1)))
    assert "1 new" in dom.shown["gw-table"]
    app.state["selected"] = {"1": True}
    stream.tell("jobs", {"added": 1})
    dom.timers["live"]()
    dom.timers["tick"]()
    assert server.paths() == [] and list(app.state["selected"]) == ["1"]
    app.on_event({"type": "click", "action": "clear-selection", "data": {}})
    dom.timers["tick"]()
    assert len(server.paths()) == 1  # what was heard meanwhile is not forgotten
    server.answer("api/jobs", fakes.page_of(*[fakes.job(one) for one in (5, 4, 3, 2, 1)]))
    assert "3 new" in dom.shown["gw-table"]
    stream.tell("jobs", {"added": 900})
    dom.timers["live"]()
    server.answer("api/jobs", fakes.page_of(*[fakes.job(one) for one in range(900, 895, -1)], next="older"))
    assert "5+ new" in dom.shown["gw-table"]  # a page full of them
    app.on_event({"type": "change", "action": "select", "data": {"id": "1"}, "checked": True})
    app.on_event({"type": "click", "action": "show-new", "data": {}})
    assert app.state["selected"] == {}  # nobody acts on rows they cannot see


def test_hidden_tabs_and_auto_off_listen_to_nothing() -> None:
    app, dom, server, stream = started()
    stream.tell("hello", {"listening": True})
    dom.away = True
    app.on_event({"type": "visible", "value": ""})
    assert stream.closed == 1 and not app.state["live"]["connected"]
    stream.tell("counts", COUNTS)  # what was under way is nobody's
    assert app.state["overview"]["data"]["stats"]["total"] == 10
    dom.away = False
    app.on_event({"type": "visible", "value": "1"})
    assert len(stream.opened) == 2 and "api/overview?parts=stats" in server.paths()
    app.on_event({"type": "change", "action": "auto", "data": {}, "value": "0"})
    assert stream.closed == 2 and len(stream.opened) == 2
    dom.timers["tick"]()
    assert len(stream.opened) == 2


def test_a_stream_that_breaks_is_tried_again_with_longer_pauses() -> None:
    app, dom, server, stream = started()
    pauses: list[float] = []
    for _ in range(9):
        stream.tell("end", "503")
        begun, tries = dom.now, len(stream.opened)
        while len(stream.opened) == tries:
            dom.now += 1000
            dom.timers["tick"]()
        pauses.append((dom.now - begun) / 1000)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    dom.timers["auto"]()
    assert "api/overview?parts=stats" in server.paths()  # meanwhile the page asks
    stream.tell("hello", {"listening": False})
    stream.tell("end")
    dom.now += 1000
    dom.timers["tick"]()
    assert len(stream.opened) == 11


def test_another_database_is_another_stream() -> None:
    app, _dom, _server, stream = started()
    stream.tell("hello", {"listening": True})
    app.go("?db=two")
    app.tick()
    assert [one[0] for one in stream.opened] == ["api/events", "api/events?db=two"]
    stream.opened[0][2]("counts", json.dumps(COUNTS))
    assert app.state["overview"]["data"] is None


def test_the_token_goes_with_it() -> None:
    roots = {"auth-mode": "bearer", "schema": "", "read-only": "false"}
    app, _dom, server, stream = started("", roots)
    app.tick()
    assert stream.opened == []
    server.answer("api/session", fakes.UNAUTHORIZED, 401)
    app.on_event({"type": "submit", "action": "login", "form": {"token": "secret"}})
    app.tick()
    assert stream.opened == []
    server.answer("api/session", fakes.session())
    app.tick()
    assert stream.opened[0][1]["authorization"] == "Bearer secret"


GONE = {
    "code": "database_unavailable",
    "error": "the database could not be reached",
    "hint": "Check that it runs.",
    "reason_code": "unreachable",
}


def test_a_database_that_does_not_answer_is_shown_by_the_stream_alone() -> None:
    _app, dom, server, stream = started()
    stream.tell("hello", {"listening": True})
    assert "live · " in dom.shown["gw-bar"]
    stream.tell("database", {"available": False, "error": GONE})
    assert "stale · " in dom.shown["gw-bar"] and "live · " not in dom.shown["gw-bar"]
    assert "Database unreachable" in dom.shown["gw-banners"] and server.paths() == []
    stream.tell("database", "{")
    stream.tell("database", {"available": True})
    assert [path.partition("?")[0] for path in server.paths()] == ["api/jobs"]
    server.answer("api/jobs", fakes.page_of(fakes.job(2), fakes.job(1)))
    stream.tell("counts", COUNTS)
    dom.timers["draw"]()
    assert "live · " in dom.shown["gw-bar"]


def test_a_stream_without_notifications_is_not_called_live() -> None:
    _app, dom, _server, stream = started()
    stream.tell("hello", {"listening": False})
    assert "polling · " in dom.shown["gw-bar"] and "live" not in dom.timers
    stream.tell("hello", {"listening": True})  # what was added before is loaded now
    assert "live · " in dom.shown["gw-bar"] and "live" in dom.timers


def test_a_list_from_before_the_job_is_loaded_again_with_longer_pauses() -> None:
    _app, dom, server, stream = started()
    stream.tell("hello", {"listening": True})
    dom.timers.pop("live")()
    server.answer("api/jobs", fakes.page_of(fakes.job(2), fakes.job(1)))
    dom.now += 10000
    stream.tell("jobs", {"added": 1})
    loaded = 0
    while "live" in dom.timers:
        dom.timers.pop("live")()
        server.answer("api/jobs", dict(fakes.page_of(fakes.job(2), fakes.job(1)), age_ms=9000))
        loaded += 1
    assert loaded == 5  # then the polling does it
    dom.now += 10000
    stream.tell("jobs", {"added": 1})
    dom.timers.pop("live")()
    server.answer("api/jobs", dict(fakes.page_of(fakes.job(3), fakes.job(2)), age_ms=0))
    assert "live" not in dom.timers and server.paths() == []
