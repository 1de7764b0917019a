"""Times in the zone that a person chose: their own, as the browser tells its offsets, or UTC."""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.text import format
from graphile_worker.admin.client.times import zones
from tests.client import fakes
from tests.client.program import click, started

SUMMER, WINTER = 1774746000, 1792890000  # the nights of 2026 in which Berlin's clocks change
BERLIN = [[946684800, 60], [SUMMER, 120], [WINTER, 60]]
NEWFOUNDLAND = [[946684800, -210]]


def abroad(table: Any, jobs: Any = None, **stored: str) -> tuple[App, fakes.Dom, fakes.Server]:
    """The program on a computer with these offsets, in a browser that remembers this."""
    dom, server = fakes.Dom(), fakes.Server()
    dom.table = json.dumps(table)
    dom.stored = {"gw-" + name: stored[name] for name in stored}
    app = App(dom, server.request)
    app.start()
    server.answer("api/session", fakes.session())
    server.answer("api/jobs", fakes.page_of(fakes.job(1)) if jobs is None else jobs)
    return app, dom, server


def test_the_offset_is_that_of_the_moment_and_not_of_today() -> None:
    for text, shown in (
        ("2026-01-31T23:30:00Z", "2026-02-01 00:30:00 UTC+01:00"),
        ("2026-03-29T00:59:59.999Z", "2026-03-29 01:59:59 UTC+01:00"),
        ("2026-03-29T01:00:00Z", "2026-03-29 03:00:00 UTC+02:00"),
        ("2026-12-31T23:30:00Z", "2027-01-01 00:30:00 UTC+01:00"),
        ("1999-12-31T23:30:00Z", "2000-01-01 00:30:00 UTC+01:00"),
        ("2999-06-30T22:00:00Z", "2999-06-30 23:00:00 UTC+01:00"),
        ("infinity", "infinity"),
    ):
        assert zones.full(text, BERLIN) == shown
    assert zones.full("2026-03-01T02:00:00Z", NEWFOUNDLAND) == "2026-02-28 22:30:00 UTC-03:30"
    assert zones.full("2024-03-01T02:00:00Z", NEWFOUNDLAND) == "2024-02-29 22:30:00 UTC-03:30"
    assert zones.clock("2026-07-01T22:30:05Z", BERLIN) == "00:30:05"


def test_without_a_table_it_is_utc_and_says_so() -> None:
    assert zones.full("2026-11-24T09:08:12.5Z", []) == "2026-11-24 09:08:12 UTC"
    assert zones.full("2026-11-24T09:08:12Z", [(0, 0)]) == "2026-11-24 09:08:12 UTC"


def test_days_become_dates_and_back() -> None:
    for days in list(range(-800, 800)) + [-719162, 11016, 20000, 2932896]:
        assert format.days_before(*zones.calendar(days)) == days


def test_a_time_carries_the_full_one() -> None:
    html = zones.time_tag("2026-11-24T09:08:12Z", 1795511052.0, BERLIN)
    assert 'datetime="2026-11-24T09:08:12Z"' in html
    assert "2026-11-24 10:08:12 UTC+01:00" in html
    assert ">in 4 min<" in html
    assert zones.time_tag(None, 0.0, []) == "" and zones.time_tag("infinity", 0.0, []) == "never"


def test_the_zone_is_chosen_named_and_remembered() -> None:
    app, dom, _server = abroad(BERLIN)
    assert "2026-11-24 10:00:12 UTC+01:00" in dom.shown["gw-table"]
    assert "Time zone: UTC+01:00" in dom.shown["gw-admin"]
    click(app, "look", name="zone", value="utc")
    assert dom.stored["gw-zone"] == "utc" and "Time zone: UTC<" in dom.shown["gw-bar"]
    assert "2026-11-24 09:00:12 UTC" in dom.shown["row-1"] and "+01:00" not in dom.shown["row-1"]
    _app, dom, _server = abroad(BERLIN, zone="utc")
    assert "2026-11-24 09:00:12 UTC" in dom.shown["gw-table"]
    _app, dom, _server = abroad(BERLIN, zone="Mars")
    assert "2026-11-24 10:00:12 UTC+01:00" in dom.shown["gw-table"]


def test_what_is_typed_is_meant_in_the_zone_that_stands_beside_it() -> None:
    app, dom, server = abroad(BERLIN, zone="utc")
    click(app, "add-job")
    assert "UTC. Empty: now." in dom.shown["gw-dialog"]
    form = {"identifier": "t", "payload": "{}", "run_at": "2026-12-01T08:00"}
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": form})
    assert (
        json.loads(server.answer("api/jobs", {"error": "away", "code": "x"}, 503)[2])["run_at"]
        == "2026-12-01T08:00:00Z"
    )
    app.on_event({"type": "submit", "action": "confirm", "data": {}, "form": dict(form, run_at="+12026-12-01T08:00")})
    assert (
        json.loads(server.answer("api/jobs", {"error": "away", "code": "x"}, 503)[2])["run_at"] == "+12026-12-01T08:00"
    )  # refused at its field
    click(app, "close-dialog")
    app.go("?run_at_from=2026-11-24T09:00:12.5Z")
    assert app.state["local_times"] == {"2026-11-24T09:00:12.5Z": "2026-11-24T09:00"}


def test_a_filter_by_time_is_shown_in_another_zone_as_soon_as_it_is_chosen() -> None:
    app, _dom, _server = started("?run_at_from=2026-11-24T09:00:12Z")
    assert app.state["local_times"] == {"2026-11-24T09:00:12Z": "2026-11-24T09:00"}
    app.state["local_times"] = {}
    click(app, "look", name="zone", value="utc")
    assert app.state["local_times"] == {"2026-11-24T09:00:12Z": "2026-11-24T09:00"}
