"""Filters: what a box suggests, what typing, picking and pasting put into the address, what is said to match."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.handlers.filtering import split
from tests.client import fakes
from tests.client.program import THREE, click, started


def typed(app: App, name: str, text: str, **more: Any) -> None:
    data = {"name": name, "action": "filter"}
    app.on_event(dict({"type": "input", "action": "suggest", "data": data, "value": text}, **more))


def entered(app: App, name: str, text: str) -> None:
    app.on_event({"type": "change", "action": "filter", "data": {"name": name}, "value": text})


def test_commas_and_lines_separate() -> None:
    assert split("a, b\r\nc\n\n, a,") == ["a", "b", "c"]


def test_a_box_suggests_what_begins_so() -> None:
    app, dom, server = started(jobs=THREE)
    typed(app, "identifier", "se")
    assert server.paths() == []
    typed(app, "identifier", "sen")
    dom.timers["suggest"]()
    assert server.paths() == ["api/suggest?field=identifier&prefix=sen"]
    server.answer("api/suggest", {"field": "identifier", "values": ["send_<i>", "send_email"], "more": False})
    assert '<option value="send_&lt;i&gt;"></option><option value="send_email"></option>' in dom.shown["gw-lists"]
    typed(app, "identifier", "sen")
    assert server.paths() == []


def test_an_older_suggestion_does_not_win() -> None:
    app, dom, server = started(jobs=THREE)
    typed(app, "queue", "a")
    dom.timers["suggest"]()
    typed(app, "queue", "ab")
    dom.timers["suggest"]()
    server.answer("api/suggest?field=queue&prefix=ab", {"values": ["abacus"]})
    server.answer("api/suggest?field=queue&prefix=a", {"values": ["aardvark"]})
    assert "abacus" in dom.shown["gw-lists"] and "aardvark" not in dom.shown["gw-lists"]


def test_a_failed_suggestion_suggests_the_rows() -> None:
    app, dom, server = started(jobs=THREE)
    typed(app, "identifier", "x")
    dom.timers["suggest"]()
    server.answer("api/suggest", {"error": "too slow", "code": "query_timeout"}, 503)
    assert 'value="send_email"' in dom.shown["gw-lists"]


def test_keys_and_flags_suggest_nothing() -> None:
    app, dom, server = started(jobs=THREE)
    typed(app, "key", "a")
    assert "suggest" not in dom.timers


def test_what_is_picked_is_a_filter_at_once() -> None:
    app, dom, _server = started("?identifier=one", jobs=THREE)
    typed(app, "identifier", "two", picked=True)
    assert dom.search == "?identifier=one&identifier=two"


def test_a_list_is_several_values_and_two_hundred_at_most() -> None:
    app, dom, _server = started(jobs=THREE)
    entered(app, "key", "\n".join(["k%d" % number for number in range(203)]))
    assert len(app.state["route"]["key"]) == 200
    assert "A filter takes 200 values: 3 were left out" in dom.shown["gw-toasts"]
    assert "key: k4<" in dom.shown["gw-chips"] and "key: 195 more" in dom.shown["gw-chips"]


def bounds(app: App, **form: str) -> None:
    app.on_event({"type": "submit", "action": "range", "data": {}, "form": form})


def test_bounds_go_into_the_address_together() -> None:
    app, dom, _server = started(jobs=THREE)
    bounds(app, priority_min="-5", attempts_max=" 3 ", run_at_from="2026-11-24T10:30", created_to="")
    assert dom.search == "?priority_min=-5&attempts_max=3&run_at_from=2026-11-24T10%3A30%3A00Z"
    assert "priority from: -5" in dom.shown["gw-chips"]
    assert "run at from: 2026-11-24 10:30" in dom.shown["gw-chips"]
    assert '<b class="filter-count">3</b>' in dom.shown["gw-tools"]
    assert "Times are in UTC+01:00" in dom.shown["gw-tools"]


def test_a_time_that_nobody_touched_keeps_its_fractions() -> None:
    app, dom, _server = started("?created_from=2026-11-24T10:30:12.123456Z", jobs=THREE)
    bounds(app, created_from="2026-11-24T10:30", priority_max="9")
    assert dom.search == "?priority_max=9&created_from=2026-11-24T10%3A30%3A12.123456Z"
    dom.history = []
    bounds(app, created_from="2026-11-24T10:30", priority_max="9")
    assert dom.history == []


def test_a_box_in_use_is_another_one_when_its_value_is() -> None:
    app, dom, _server = started("?priority_min=4", jobs=THREE)
    assert 'id="gw-r-priority_min-4" value="4"' in dom.shown["gw-admin"]
    click(app, "go", href="?")
    assert 'id="gw-r-priority_min-" value=""' in dom.shown["gw-tools"]


# ── the count ────────────────────────────────────────────────────────────


def test_one_state_is_counted_by_the_overview() -> None:
    _app, dom, server = started("?state=failed", jobs=THREE)
    assert server.paths() == []
    dom.timers["draw"]()
    assert "2 jobs ·" in dom.shown["gw-chips"]


def test_a_filtered_set_has_its_own_count_with_its_age() -> None:
    app, dom, server = started("?state=failed&queue=mailers", jobs=THREE)
    assert "counting …" in dom.shown["gw-admin"]
    server.answer("api/jobs/count?state=failed&queue=mailers", {"count": 1234, "more": False, "as_of": fakes.NOW_TEXT})
    dom.timers["draw"]()
    assert "1,234 jobs match · now" in dom.shown["gw-chips"]
    dom.now += 2000
    app.ticks = 4
    app.tick()
    assert "1,234 jobs match · 2 s ago" in dom.shown["gw-chips"]


STATS = {"total": 200, "ready": 1, "scheduled": 0, "locked": 0, "failed": 199, "blocked": 1, "retrying": 0}


def numbers(dom: fakes.Dom) -> list[str]:
    """The numbers of the cards, from All on."""
    cards = [
        card.partition('<span class="detail">')[0] for card in dom.shown["gw-strip"].split('<span class="number')[1:]
    ]
    return [card.partition('desktop-only">')[2].partition("<")[0] for card in cards if "desktop-only" in card]


UNCOUNTED = '<span class="number unknown" title="The jobs of these filters are not counted">–</span>'


def test_the_number_of_a_card_is_the_count_of_its_click() -> None:
    app, dom, server = started("?state=failed&queue=mailers", jobs=THREE)
    assert dom.shown["gw-admin"].count("skeleton-count") == 5
    assert server.paths()[-1] == "api/jobs/count?state=failed&queue=mailers&stats=true"
    answer = {"count": 199, "more": False, "as_of": fakes.NOW_TEXT, "stats": STATS}
    server.answer("api/jobs/count", answer)
    dom.timers["draw"]()
    assert numbers(dom) == ["200", "1", "0", "0", "199"]
    assert "filtered · now" in dom.shown["gw-strip"] and "1 blocked" in dom.shown["gw-strip"]
    assert "over 99 %" in dom.shown["gw-strip"] and ">1 %<" not in dom.shown["gw-strip"]
    click(app, "go", href="?state=ready&queue=mailers")
    assert numbers(dom) == ["200", "1", "0", "0", "199"] and "1 job matches" in dom.shown["gw-chips"]
    click(app, "go", href="?state=ready&queue=billing")
    assert numbers(dom) == [] and dom.shown["gw-strip"].count("skeleton-count") == 5


def test_a_card_that_is_not_counted_has_a_dash_and_the_number_of_the_whole_table() -> None:
    _app, dom, server = started("?search=lost", jobs=THREE)
    dom.timers["draw"]()
    assert dom.shown["gw-strip"].count(UNCOUNTED) == 5 and dom.shown["gw-strip"].count("whole table: ") == 5
    assert "whole table: 10<" in dom.shown["gw-strip"] and numbers(dom) == []
    assert "blocked</span>" not in dom.shown["gw-strip"] and "%<" not in dom.shown["gw-strip"]
    _app, dom, server = started("?queue=mailers", jobs=THREE)
    server.answer("api/jobs/count", {"count": 10000, "more": True, "as_of": fakes.NOW_TEXT, "stats": None})
    dom.timers["draw"]()
    assert "whole table: 10<" in dom.shown["gw-strip"] and "more than 10,000 jobs match" in dom.shown["gw-chips"]
    _app, dom, server = started("?queue=mailers", jobs=THREE)
    server.answer("api/jobs/count", {"error": "took too long", "code": "query_timeout"}, 503)
    dom.timers["draw"]()
    assert dom.shown["gw-strip"].count(UNCOUNTED) == 5 and "whole table: 10<" in dom.shown["gw-strip"]


def test_shares_are_rounded() -> None:
    _app, dom, server = started("?queue=mailers", jobs=THREE)
    stats = dict(STATS, total=1000, ready=129, scheduled=5, failed=866)
    server.answer("api/jobs/count", {"count": 1000, "more": False, "as_of": fakes.NOW_TEXT, "stats": stats})
    dom.timers["draw"]()
    assert ">under 1 %<" in dom.shown["gw-strip"] and ">87 %<" in dom.shown["gw-strip"]


def test_more_than_is_counted_is_more_than() -> None:
    _app, dom, server = started("?queue=mailers", jobs=THREE)
    server.answer("api/jobs/count", {"count": 10000, "more": True, "as_of": fakes.NOW_TEXT})
    dom.timers["draw"]()
    assert "more than 10,000 jobs match" in dom.shown["gw-chips"]


def test_a_count_of_other_filters_is_not_shown() -> None:
    app, dom, server = started("?queue=mailers", jobs=THREE)
    server.answer("api/jobs/count", {"count": 7, "more": False, "as_of": fakes.NOW_TEXT})
    dom.timers["draw"]()
    click(app, "go", href="?queue=billing")
    assert "7 jobs match" not in dom.shown["gw-chips"] and "counting …" in dom.shown["gw-chips"]
    server.answer("api/jobs/count", {"error": "took too long", "code": "query_timeout"}, 503)
    dom.timers["draw"]()
    assert "too many to count in time" in dom.shown["gw-chips"]
    click(app, "go", href="?queue=cron")
    assert "counting …" in dom.shown["gw-chips"]


def test_suggestions_have_their_counts() -> None:
    app, dom, server = started(jobs=THREE)
    typed(app, "identifier", "se")
    dom.timers["suggest"]()
    counts = {"counts": [1234, None], "counts_as_of": fakes.NOW_TEXT}
    server.answer("api/suggest", dict(counts, values=["send_<i>", "send_x"], more=False))
    shown = dom.shown["gw-lists"]
    assert '<option value="send_&lt;i&gt;" label="1,234 jobs"></option><option value="send_x"></option>' in shown
    assert "2 suggestions, first: send_&lt;i&gt;, 1,234 jobs" in dom.shown["gw-live"]
    assert "Commas separate several. Jobs counted at 2026-11-24" in dom.shown["gw-tools"]
    dom.roots["labels-alone"] = "1"  # Firefox
    typed(app, "identifier", "sen")
    dom.timers["suggest"]()
    server.answer("api/suggest", dict(counts, values=["send_y"], more=False))
    assert '<option value="send_y" label="send_y · 1,234 jobs"></option>' in dom.shown["gw-lists"]


NOTHING: dict[str, Any] = fakes.page_of()


def test_a_name_that_does_not_exist_has_a_link_to_similar_ones() -> None:
    app, dom, server = started("?identifier=send_emial&queue=mails&state=ready", jobs=NOTHING)
    assert server.paths()[-2:] == [
        "api/suggest?field=identifier&prefix=send_emial&limit=0&near=true",
        "api/suggest?field=queue&prefix=mails&limit=0&near=true",
    ]
    server.answer("api/suggest?field=queue", {"values": [], "known": True, "near": []})
    assert "Did you mean" not in dom.shown["gw-table"]
    server.answer("api/suggest?field=identifier", {"values": [], "known": False, "near": ["send_<b>", "send_mail"]})
    shown = dom.shown["gw-table"]
    assert "No task is called send_emial. Did you mean <a " in shown
    assert (
        'href="?state=ready&amp;identifier=send_%3Cb%3E&amp;queue=mails" data-action="go">send_&lt;b&gt;</a> or <a '
        in shown
    )
    assert "No task is called send_emial. Did you mean send_&lt;b&gt; or send_mail?" in dom.shown["gw-live"]
    click(app, "refresh")
    server.answer("api/jobs?", NOTHING)
    assert not [path for path in server.paths() if "near=true" in path]
    click(app, "refresh")
    server.answer("api/jobs?", THREE)
    assert app.state["near"] == {}


def test_a_name_without_a_similar_one_and_a_failed_request() -> None:
    app, dom, server = started("?worker=w&worker=x", jobs=NOTHING)
    server.answer("api/suggest?field=worker&prefix=w", {"values": [], "known": False, "near": []})
    server.answer("api/suggest?field=worker&prefix=x", {"error": "too slow", "code": "query_timeout"}, 503)
    assert "No worker called w holds a lock or sends heartbeats.</span>" in dom.shown["gw-table"]
    assert "called x" not in dom.shown["gw-table"]
