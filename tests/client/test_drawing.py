"""The list as it is drawn: only what changed, first what a screen shows, and nothing that nobody asked to move."""

from __future__ import annotations

from graphile_worker.admin.client.renderer import REST_MS, TYPING_MS
from graphile_worker.admin.client.views.jobs import table
from tests.client import fakes
from tests.client.program import THREE, click, started, tick_box


def test_rows_appear_with_ids_past_2_53() -> None:
    _app, dom, _server = started(jobs=THREE)
    assert "9007199254740993" in dom.shown["gw-table"]
    assert "cursor=older" in dom.shown["gw-table"]


def test_a_refresh_touches_only_the_rows_that_changed() -> None:
    _app, dom, server = started(jobs=THREE)
    dom.timers["auto"]()
    dom.morphs = []
    later = fakes.page_of(fakes.job(9007199254740993), fakes.job(7), fakes.job(3), next="older")
    server.answer("api/jobs", later)
    assert [name for name in dom.morphs if name[:4] == "row-"] == ["row-7"]
    assert "gw-table" not in dom.morphs


def test_counts_are_drawn_with_the_rows_that_come_meanwhile() -> None:
    _app, dom, server = started(jobs=THREE)
    dom.timers["auto"]()
    dom.morphs = []
    counts = {"total": 11, "ready": 5, "scheduled": 3, "locked": 1, "failed": 2, "blocked": 1, "retrying": 0}
    server.answer("api/overview", fakes.overview(stats=counts))
    assert dom.morphs == []
    server.answer("api/jobs", fakes.page_of(fakes.job(9007199254740993), fakes.job(7), fakes.job(3), next="older"))
    assert "gw-strip" in dom.morphs and "row-7" in dom.morphs
    dom.morphs = []
    dom.timers["draw"]()
    assert dom.morphs == []


def test_rows_of_which_nothing_changed_are_not_looked_through_again() -> None:
    app, dom, _server = started(jobs=THREE)
    app.draw()
    known = app.renderer.cells
    app.draw()
    assert app.renderer.cells is known
    dom.now += 1000
    app.on_event({"type": "key", "key": "Shift"})
    assert app.renderer.cells is not known  # their ages
    known = app.renderer.cells
    tick_box(app, "7")
    assert app.renderer.cells is not known and "checked" in dom.shown["row-7"]


def test_a_right_that_comes_or_goes_is_seen_in_every_row() -> None:
    app, dom, server = started(jobs=fakes.page_of(fakes.job(7, state="failed", attempts=25)))
    click(app, "refresh")
    assert 'data-name="retry"' in app.renderer.rows[0]
    app.state["session"] = fakes.session(offers={"retry": "This role may not."})
    app.draw()
    assert 'data-name="retry"' not in app.renderer.rows[0] and 'data-name="retry"' not in dom.shown["row-7"]


def test_another_list_stands_with_its_first_screenful_and_gets_the_rest_a_moment_later() -> None:
    app, dom, server = started(jobs=THREE)
    app.go("?queue=mailers")
    server.answer("api/jobs", fakes.page_of(*[fakes.job(number) for number in range(500, 400, -1)]))
    assert dom.shown["gw-table"].count("<tr id=") == table.SCREENFUL and 'id="row-500"' in dom.shown["gw-table"]
    dom.timers["rest"]()
    assert dom.shown["gw-rest"].count("<tr id=") == 100 - table.SCREENFUL and 'id="row-401"' in dom.shown["gw-rest"]
    click(app, "refresh")
    server.answer("api/jobs?", fakes.page_of(*[fakes.job(number) for number in range(499, 400, -1)]))
    assert dom.shown["gw-table"].count("<tr id=") == 99, "a refresh of the same list never makes the page shorter"


def test_the_rest_waits_for_somebody_who_types() -> None:
    app, dom, server = started(jobs=THREE)
    hundred = fakes.page_of(*[fakes.job(number) for number in range(500, 400, -1)])
    app.on_event({"type": "input", "action": "search", "data": {}, "value": "s"})
    server.answer("api/jobs?search=s&", hundred)
    assert dom.waits["rest"] == TYPING_MS
    dom.now += 1000
    app.go("?queue=mailers")
    server.answer("api/jobs?queue=mailers", hundred)
    assert dom.waits["rest"] == REST_MS


def test_while_another_list_is_on_its_way_nobody_draws_the_old_rows_again() -> None:
    app, dom, server = started(jobs=THREE)
    dom.morphs = []
    app.go("?queue=mailers")
    app.draw()
    assert "loading" in dom.shown["gw-turning"]
    assert not [name for name in dom.morphs if name == "gw-table" or name[:4] == "row-"]
    server.answer("api/jobs", THREE)
    assert dom.shown["gw-turning"] == "" and "gw-table" in dom.morphs


def test_another_list_that_is_refused_leaves_the_old_rows_marked_as_such() -> None:
    app, dom, server = started(jobs=THREE)
    app.go("?queue=mailers")
    app.draw()
    server.answer("api/jobs", {"error": "the database does not answer", "code": "database_unavailable"}, 503)
    assert dom.shown["gw-turning"] == "" and 'class="table-panel outdated"' in dom.shown["gw-table"]


def test_new_rows_wait_behind_the_pill_while_scrolled() -> None:
    app, dom, server = started(jobs=THREE)
    dom.scrolled = 500
    dom.timers["auto"]()
    server.answer("api/jobs", fakes.page_of(fakes.job(9007199254740994), *THREE["jobs"]))
    assert "1 new" in dom.shown["gw-table"]
    assert "9007199254740994" not in dom.shown["gw-table"]
    click(app, "show-new")
    assert "9007199254740994" in dom.shown["gw-table"]


def test_selected_rows_stop_the_automatic_refresh() -> None:
    app, dom, server = started(jobs=THREE)
    tick_box(app, "7")
    dom.timers["auto"]()
    assert server.paths() == []
    assert "paused" in dom.shown["gw-bar"]
    click(app, "clear-selection")
    dom.timers["auto"]()
    assert len(server.paths()) == 2


def test_a_hidden_tab_asks_nothing() -> None:
    app, dom, server = started(jobs=THREE)
    dom.away = True
    dom.timers["auto"]()
    assert server.paths() == []
    dom.away = False
    app.on_event({"type": "visible"})
    assert len(server.paths()) == 2


def test_a_failed_refresh_keeps_the_rows_and_says_so() -> None:
    app, dom, server = started(jobs=THREE)
    dom.timers["auto"]()
    server.answer("api/jobs", {"error": "the database does not answer", "code": "database_unavailable"}, 503)
    assert "stale" in dom.shown["gw-bar"]
    assert "The database does not answer." in dom.shown["gw-banners"]
    assert app.state["jobs"]["rows"][0]["id"] == "9007199254740993"


def test_the_same_words_said_again_are_announced_again() -> None:
    app, dom, _server = started(jobs=THREE)
    spoken = []
    for text in ("1 job retried", "1 job retried", "1 job retried", "2 jobs retried"):
        dom.morphs = []
        app.say(text)
        assert dom.morphs == ["gw-live"]
        spoken.append(dom.shown["gw-live"])
    assert spoken == ["1 job retried", "1 job retried\u00a0", "1 job retried", "2 jobs retried"]
