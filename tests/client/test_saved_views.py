"""Saved views: kept by the browser for each database, listed in the menu and the palette, shared as links."""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.model.filters import saved_views
from tests.client import fakes
from tests.client.program import THREE, click, started

KEY = "gw-views:graphile_worker:shop"


def saved(app: App, name: str) -> None:
    app.on_event({"type": "submit", "action": "view-save", "data": {}, "form": {"name": name}})


def renamed(app: App, old: str, name: str) -> None:
    app.on_event({"type": "submit", "action": "view-rename", "data": {"name": old}, "form": {"name": name}})


def with_views(*views: tuple[str, str], search: str = "") -> tuple[App, fakes.Dom, fakes.Server]:
    app, dom, server = started(search)
    dom.stored[KEY] = json.dumps([{"name": name, "query": query} for name, query in views])
    server.answer("api/session", fakes.session())
    server.answer("api/jobs", THREE)
    server.answer("api/overview", fakes.overview())
    return app, dom, server


def test_a_view_is_saved_listed_and_opened() -> None:
    app, dom, _ = started("?state=failed&queue=a%26b&payload_path=x&sort=id&job=7&cursor=c", jobs=THREE)
    saved(app, "  <b>mine\u202e ")
    query = "?payload_path=x&state=failed&queue=a%26b&sort=id"
    assert json.loads(dom.stored[KEY]) == [{"name": "<b>mine\u202e", "query": query}]
    shown = dom.shown["gw-tools"]
    assert '<a class="view" href="?payload_path=x&amp;state=failed&amp;queue=a%26b&amp;sort=id"' in shown
    assert "&lt;b&gt;mine⟨U+202E⟩</a>" in shown and "<b>mine" not in shown
    assert "These filters are saved as &lt;b&gt;mine" in shown
    click(app, "palette")
    app.on_event({"type": "input", "action": "palette-type", "value": "MINE"})
    assert '&lt;b&gt;mine⟨U+202E⟩</span><span class="soft">saved view' in dom.shown["gw-dialog"]


def test_the_same_name_is_changed() -> None:
    app, dom, _ = with_views(("a", "?state=ready"), ("b", "?state=failed"), search="?queue=q")
    saved(app, "a")
    assert json.loads(dom.stored[KEY]) == [{"name": "a", "query": "?queue=q"}, {"name": "b", "query": "?state=failed"}]
    assert "Changed the view a" in dom.shown["gw-toasts"]


def test_rename_delete_and_copy_a_link() -> None:
    app, dom, _ = with_views(("a", "?state=ready"), ("b", "?state=failed"))
    click(app, "view-edit", name="a")
    assert 'data-action="view-rename" data-name="a"' in dom.shown["gw-tools"]
    renamed(app, "a", "b")
    assert 'role="alert">Another view is called b' in dom.shown["gw-tools"]
    assert 'data-action="view-rename" data-name="a"' in dom.shown["gw-tools"]
    renamed(app, "a", "c")
    renamed(app, "gone", "d")
    assert [view["name"] for view in json.loads(dom.stored[KEY])] == ["c", "b"]
    click(app, "view-copy", name="b")
    assert dom.copied == ["http://admin.test/?state=failed"]
    click(app, "view-delete", name="c")
    assert [view["name"] for view in json.loads(dom.stored[KEY])] == ["b"]
    assert "Deleted the view c" in dom.shown["gw-toasts"]


def test_escape_leaves_the_field_of_a_name_and_the_menu_stays() -> None:
    app, dom, _ = with_views(("a", "?state=ready"), ("b", "?state=failed"))
    click(app, "view-edit", name="b")
    renamed(app, "b", "a")
    app.on_event({"type": "key", "key": "Escape", "data": {"keys": "Escape"}})
    assert "view-rename" not in dom.shown["gw-tools"] and "Another view" not in dom.shown["gw-tools"]
    assert dom.focused[-1] == "#gw-view-edit-1"
    click(app, "view-edit", name="b")
    renamed(app, "b", "c")
    assert dom.focused[-1] == "#gw-view-edit-1"
    saved(app, "d")
    assert dom.focused[-1] == "#gw-views .view-name"


def test_what_another_tab_saved_is_kept() -> None:
    app, dom, _ = with_views(("a", "?state=ready"))
    dom.stored[KEY] = json.dumps([{"name": "theirs", "query": "?queue=x"}])
    saved(app, "mine")
    assert [view["name"] for view in json.loads(dom.stored[KEY])] == ["theirs", "mine"]


def test_limits() -> None:
    app, dom, _ = with_views(*[("v%d" % number, "?queue=%d" % number) for number in range(50)])
    for name, words in {
        "": "Enter a name", " ": "Enter a name", "x" * 61: "at most 60 characters", "new": "keeps 50 views of a database",
    }.items():  # fmt: skip
        saved(app, name)
        assert words in dom.shown["gw-tools"], name
    saved(app, "v7")
    assert len(json.loads(dom.stored[KEY])) == 50
    route = app.state["route"].copy()
    route["key"] = ["x" * 100] * 100
    assert "too long" in saved_views.refused([], "long", saved_views.query_of(route))


class Full(fakes.Dom):
    """A browser that stores nothing."""

    def store_set(self, key: str, value: str) -> None:
        """As bridge.js: no exception arrives here."""


def test_storage_that_is_full_is_a_sentence() -> None:
    dom, server = Full(), fakes.Server()
    app = App(dom, server.request)
    app.start()
    server.answer("api/session", fakes.session())
    server.answer("api/jobs", THREE)
    saved(app, "mine")
    assert "Not saved: the storage of this browser is full, or not allowed for this page" in dom.shown["gw-toasts"]
    assert app.state["views"]["saved"] == []


def test_what_is_stored_may_be_anything() -> None:
    texts: dict[str, Any] = {
        "": [], "{": [], "[[[": [], "7": [], "{}": [], '["a"]': [], '[{"name": 1, "query": "?"}]': [], "null": [],
        '[{"name": "a", "query": "https://evil.example/"}, {"name": "a", "query": "//evil"}, {"name": ""}]': [],
        '[{"name": "a", "query": "?x=1"}, {"name": "a", "query": "?y=2"}]': [{"name": "a", "query": "?y=2"}],
        "[" * 5000: [],
    }  # fmt: skip
    for text, views in texts.items():
        assert saved_views.parse(text) == views, text[:50]
    many = json.dumps([{"name": str(number), "query": "?"} for number in range(80)])
    assert len(saved_views.parse(many)) == 50


def test_a_filter_that_is_not_valid_any_more_is_dropped_and_named() -> None:
    app, dom, _ = with_views(("old", "?state=sleeping&queue=q&shape=round"))
    click(app, "view-open", href=saved_views.url(app.state["views"]["saved"][0], ""))
    assert app.state["route"]["queue"] == ["q"] and app.state["route"]["state"] == []
    assert app.state["dropped"] == ["state=sleeping", "shape=round"]
    assert "state=sleeping" in dom.shown["gw-banners"]


def test_each_database_has_its_own() -> None:
    names = fakes.session(databases=[{"name": "one"}, {"name": "two"}])
    app, dom, server = started("?state=ready")
    server.answer("api/session", names)
    server.answer("api/jobs", THREE)
    saved(app, "first")
    assert list(dom.stored) == ["gw-views:graphile_worker:one"]
    app.go("?db=two&queue=x")
    assert app.state["views"]["saved"] == []
    server.answer("api/session", names)
    saved(app, "second")
    assert json.loads(dom.stored["gw-views:graphile_worker:two"]) == [{"name": "second", "query": "?queue=x"}]
    assert 'href="?db=two&amp;queue=x"' in dom.shown["gw-tools"]
    assert saved_views.url({"name": "a", "query": "?"}, "two") == "?db=two"


def test_without_a_database_nothing_is_saved() -> None:
    app, dom, _ = started()
    saved(app, "mine")
    assert dom.stored == {}
    assert "Not saved" in dom.shown["gw-toasts"]


def test_the_palette_opens_the_menu() -> None:
    app, dom, _ = started(jobs=THREE)
    click(app, "palette")
    app.on_event({"type": "input", "action": "palette-type", "value": "save v"})
    click(app, "palette-choose", position="0")
    assert dom.dialogs[-1] == "open gw-views" or "gw-views" in dom.dialogs[-1]
