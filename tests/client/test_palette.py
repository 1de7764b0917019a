"""The command palette: what it offers for what is typed, and what Enter does."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.app import App
from tests.client import fakes
from tests.client.program import THREE, click, started


def opened(search: str = "") -> tuple[App, fakes.Dom, fakes.Server]:
    app, dom, server = started(search, jobs=THREE)
    app.on_event({"type": "key", "key": "k", "ctrl": True})
    return app, dom, server


def typed(app: App, text: str) -> None:
    app.on_event({"type": "input", "action": "palette-type", "data": {}, "value": text})


def enter(app: App) -> None:
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": {}})


def test_a_number_is_a_job() -> None:
    app, dom, _server = opened()
    typed(app, "9007199254740993")
    enter(app)
    assert dom.search == "?job=9007199254740993" and app.state["dialog"] is None


def test_names_come_from_the_whole_table_and_late_ones_are_void() -> None:
    app, dom, server = opened("?db=archive")
    typed(app, "mai l")
    dom.timers["palette"]()
    assert [path for path in server.paths() if "suggest" in path] == [
        "api/suggest?field=queue&prefix=mai%20l&limit=5&db=archive",
        "api/suggest?field=identifier&prefix=mai%20l&limit=5&db=archive",
    ]
    server.answer("api/suggest?field=queue", {"values": ["mai l<b>"]})
    assert "mai l&lt;b&gt;" in dom.shown["gw-dialog"]
    typed(app, "x")
    server.answer("api/suggest?field=identifier", {"values": ["mailer"]})
    assert "mailer" not in dom.shown["gw-dialog"]


def test_the_arrows_walk_and_enter_goes() -> None:
    app, dom, _server = opened()
    typed(app, "er")  # Errors, Workers, …
    app.on_event({"type": "key", "key": "ArrowDown"})
    assert 'aria-activedescendant="gw-found-1"' in dom.shown["gw-dialog"]
    enter(app)
    assert dom.search == "?view=workers"
    app.on_event({"type": "key", "key": "k", "ctrl": True})
    app.on_event({"type": "key", "key": "ArrowUp"})
    assert app.state["dialog"]["position"] > 0


def test_what_nothing_fits_is_searched_for() -> None:
    app, dom, _server = opened()
    typed(app, "no such thing")
    enter(app)
    assert dom.search == "?search=no%20such%20thing"


def test_verbs_are_those_of_the_selection_and_as_careful_as_ever() -> None:
    app, dom, _server = started(jobs=THREE)
    app.on_event({"type": "change", "action": "select", "data": {"id": "7"}, "checked": True})
    app.on_event({"type": "key", "key": "k", "ctrl": True})
    typed(app, "comp")
    assert "1 selected" not in dom.shown["gw-dialog"] and "job 7" in dom.shown["gw-dialog"]
    click(app, "palette-choose", position="0")
    box: Any = app.state["dialog"]
    assert box["kind"] == "action" and box["action"] == "complete"


def test_what_is_refused_is_not_offered() -> None:
    app, dom, _server = started(jobs=THREE)
    app.state["read_only"] = True
    app.on_event({"type": "key", "key": "k", "ctrl": True})
    typed(app, "a")
    assert "Add job" not in dom.shown["gw-dialog"]


def test_filters_themes_databases_and_the_whole_selection() -> None:
    app, dom, server = started(jobs=THREE)
    app.state["session"]["databases"] = [{"name": "main"}, {"name": "archive"}]
    for text, address in (
        ("failed jobs", "?state=failed"), ("retrying jobs", "?state=retrying"), ("archive", "?db=archive"),
    ):  # fmt: skip
        app.on_event({"type": "key", "key": "k", "ctrl": True})
        typed(app, text)
        enter(app)
        assert dom.search == address
        click(app, "go", href="?")
    server.answer("api/jobs", THREE)
    app.on_event({"type": "key", "key": "k", "ctrl": True})
    typed(app, "theme: d")
    enter(app)
    assert dom.theme == ("dark", "cyan", "comfortable")


def test_an_action_of_the_palette_is_for_all_that_match() -> None:
    app, dom, server = started(jobs=THREE)
    app.on_event({"type": "key", "key": "X"})
    app.on_event({"type": "key", "key": "k", "ctrl": True})
    typed(app, "retry")
    count = app.state["overview"]["data"]["stats"]["total"]
    assert "%d selected" % count in dom.shown["gw-dialog"] and "3 selected" not in dom.shown["gw-dialog"]
    enter(app)
    box: Any = app.state["dialog"]
    assert box["kind"] == "bulk" and box["action"] == "retry"
    assert any(path == "api/jobs/bulk" for path in server.paths())


def test_the_lines_found_are_announced() -> None:
    app, dom, _server = opened()
    typed(app, "maintenance")
    assert 'role="status">2 lines, first: Maintenance screen<' in dom.shown["gw-dialog"]
