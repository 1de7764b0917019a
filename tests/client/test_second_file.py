"""Events and screens that need the second file before it has come."""

from __future__ import annotations

from tests.client import fakes
from tests.client.program import THREE, click, press, started

NAMES = "graphile_worker.admin.client.events"


def test_events_wait_in_order_and_a_second_click_is_dropped() -> None:
    app, dom, _ = started(jobs=THREE)
    app.state["second"]["here"] = False
    click(app, "keys")
    click(app, "keys")
    click(app, "open", id="7")
    click(app, "open", id="3")
    assert dom.loads == 1 and app.state["dialog"] is None and app.state["route"]["job"] == ""
    dom.arrived(200, fakes.BUILD, NAMES)
    assert app.state["dialog"] is not None and app.state["dialog"]["kind"] == "keys"
    assert app.state["route"]["job"] == "3" and [one[1] for one in dom.history] == ["?job=7", "?job=3"]
    assert app.state["second"]["here"]


def test_text_typed_after_the_palette_goes_into_its_field() -> None:
    app, dom, _ = started(jobs=THREE)
    app.state["second"]["here"] = False
    app.on_event({"type": "key", "key": "k", "ctrl": True})
    for letter in ("b", "Ж", "ll"[0], "ll"[1]):
        app.on_event({"type": "key", "key": "x", "value": letter})
    for key in ("Backspace", "Enter", "ArrowDown"):
        press(app, key)
    dom.arrived(200, fakes.BUILD, NAMES)
    assert app.state["dialog"] is not None and app.state["dialog"]["kind"] == "palette"
    assert dom.typed_text == "bЖl" and app.state["selected"] == {}


def test_what_the_first_file_can_do_does_not_load_the_second() -> None:
    app, dom, _ = started(jobs=THREE)
    app.state["second"]["here"] = False
    for key in ("j", "x", "/", "r", "Enter", "Escape"):
        press(app, key)
    click(app, "activity")
    assert dom.loads == 0
    press(app, "?")
    assert dom.loads == 1


def test_another_screen_is_drawn_when_the_file_has_come() -> None:
    app, dom, server = started(jobs=THREE)
    app.state["second"]["here"] = False
    before = dom.morphs.count("gw-screen")
    click(app, "go", href="?view=queues")
    server.answer("api/queues", {"queues": [], "total": 0, "as_of": fakes.NOW_TEXT, "age_ms": 0})
    assert dom.loads == 1 and dom.morphs.count("gw-screen") == before
    dom.arrived(200, fakes.BUILD, NAMES)
    assert dom.morphs.count("gw-screen") == before + 1 and "queues" in dom.shown["gw-screen"]


def test_a_file_that_does_not_come_is_an_error_and_the_rest_goes_on() -> None:
    app, dom, _ = started(jobs=THREE)
    app.state["second"]["here"] = False
    click(app, "keys")
    click(app, "open", id="7")
    dom.arrived(0, "", "")
    assert app.state["dialog"] is None and app.state["route"]["job"] == "7"
    assert "does not answer" in dom.shown["gw-toasts"] and "load-again" in dom.shown["gw-toasts"]
    click(app, "load-again")
    assert dom.loads == 2 and "load-again" not in dom.shown["gw-toasts"]
    dom.arrived(200, fakes.BUILD, NAMES)
    assert app.state["dialog"] is not None


def test_a_screen_that_does_not_come() -> None:
    app, dom, _ = started(jobs=THREE)
    app.state["second"]["here"] = False
    click(app, "go", href="?view=tasks")
    dom.arrived(404, fakes.BUILD, "")
    assert "This screen is not loaded" in dom.shown["gw-screen"] and "404" in dom.shown["gw-screen"]
    click(app, "load-again")
    dom.arrived(200, fakes.BUILD, NAMES)
    assert "This screen is not loaded" not in dom.shown["gw-screen"]


def test_another_build_is_not_tried_again() -> None:
    app, dom, _ = started(jobs=THREE)
    app.state["second"]["here"] = False
    click(app, "keys")
    dom.arrived(200, "another", "")
    assert "has been updated" in dom.shown["gw-toasts"] and "load-again" not in dom.shown["gw-toasts"]


def test_a_file_that_comes_before_its_use_is_no_error_where_it_fails() -> None:
    app, dom, _ = started(jobs=THREE)
    app.state["second"]["here"] = False
    dom.arrived(0, "", "")
    assert app.state["toasts"] == []
    dom.arrived(200, fakes.BUILD, NAMES)
    click(app, "keys")
    assert dom.loads == 0 and app.state["dialog"] is not None


def test_a_slow_file_has_a_notice() -> None:
    app, dom, _ = started(jobs=THREE)
    app.state["second"]["here"] = False
    click(app, "keys")
    dom.timers["second-file"]()
    assert "Loading this part of the page" in dom.shown["gw-toasts"]
    dom.arrived(200, fakes.BUILD, NAMES)
    assert "Loading this part of the page" not in dom.shown["gw-toasts"]
