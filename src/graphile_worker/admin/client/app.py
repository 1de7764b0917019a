"""The browser program: one state, one way to draw it, one place where events come in."""

from __future__ import annotations

import json
from typing import Any

from graphile_worker.admin.client.handlers import dispatch, filtering
from graphile_worker.admin.client.io import live, loaders, queries
from graphile_worker.admin.client.model import preferences, state, url_state
from graphile_worker.admin.client.text import zones
from graphile_worker.admin.client.views.jobs import screen, table
from graphile_worker.admin.client.views.shell import frame, page

TOAST_MS = 6000
TICK_MS = 1000
REST_MS = 30  # the browser paints the first rows meanwhile
TYPING_MS = 300  # and somebody who types has most likely another list on the way
TICKS_PER_ROWS = 5


class App:
    """Holds the state and the doors to the browser: `dom` (page), `request` (HTTP) and, where there is one, `stream`."""

    def __init__(self, dom: Any, request: Any, stream: Any = None) -> None:
        self.dom = dom
        self.request = request
        self.stream = stream
        self.state: dict[str, Any] = {}
        self.drawn: dict[str, str] = {}
        self.drawn_kind = ""
        self.owed = False  # a drawing that waits for what else changes
        self.rows: list[str] = []
        self.listed = ""  # the query whose rows are drawn
        self.rows_of: tuple[Any, ...] | None = None
        self.known: dict[str, Any] = {}
        self.ticket = 0
        self.tickets: dict[str, int] = {}
        self.ticks = 0
        self.seeds: dict[str, list[Any]] = {}  # (status, answer) by path, of what came with the page

    def start(self) -> None:
        """Takes over what the server has drawn, asks for the rest, and lives."""
        self.ask()
        self._first()
        self.dom.on_event(self.on_event)
        self.dom.timer("tick", TICK_MS, self.tick)

    def ask(self) -> None:
        """Reads what the server wrote into the page and asks for what did not come with it."""
        dom = self.dom
        mode = dom.root("auth-mode") or "none"
        self.state = state.new(dom.url(), mode, dom.root("auth-header"), dom.root("read-only") == "true")
        self.state["schema"] = dom.root("schema")
        self.state["now_ms"] = dom.now_ms()
        self.state["preferences"] = preferences.remembered(dom.store_get)
        self.apply_preferences()
        self.set_zone()
        self.state["page_build"] = dom.root("build")
        token = dom.tab_get("gw-token") or ""
        self.state["auth"].update({"token": token, "entered": token != "" or dom.root("csrf") != ""})
        self.seeds = json.loads(dom.seed() or "{}")
        loaders.everything(self)
        self.seeds = {}

    def apply_preferences(self) -> None:
        """Theme, accent, density and hidden columns onto the document."""
        look = self.state["preferences"]
        self.dom.set_theme(look["theme"], look["accent"], look["density"], preferences.hidden(look))

    def set_zone(self) -> None:
        """UTC or the zone of this computer, as chosen."""
        local = self.state["preferences"]["zone"] == "local"
        self.state["zone"] = (self.dom.zone() or "local time") if local else zones.UTC
        self.state["offsets"] = json.loads(self.dom.offsets() or "[]") if local else []
        filtering.localize(self)

    def on_event(self, event: dict[str, Any]) -> None:
        """Every event of a person; afterwards the page shows the state."""
        self.state["now_ms"] = self.dom.now_ms()
        dispatch.dispatch(self, event)
        self.draw()

    def tick(self, *_: Any) -> None:
        """Ages every second, relative times of the rows every few."""
        self.dom.timer("tick", TICK_MS, self.tick)
        self.state["now_ms"] = self.dom.now_ms()
        live.follow(self)
        if self.dom.hidden():
            return
        self.ticks += 1
        if self.ticks % TICKS_PER_ROWS == 0:
            self.draw()
        else:
            self.put("gw-bar", frame.bar(self.state))

    # ── drawing ──────────────────────────────────────────────────────────

    def _first(self) -> None:
        """The whole page in one morph: nothing changes where the server has drawn the same."""
        parts = page.regions(self.state)
        self._begun(page.kind(self.state), parts)
        self.dom.morph("gw-admin", page.shell(parts, page.screen(self.state, parts, self.rows)))
        self._title()

    def _begun(self, kind: str, parts: dict[str, str]) -> None:
        """Another screen is about to be drawn out of these parts."""
        self.drawn_kind, self.drawn = kind, dict(parts)
        if kind == "jobs":
            self.rows, self.rows_of = self._cells(), self._made_of()
            self.drawn["gw-table"], self.listed = screen.hollow(self.state), self.state["jobs"]["query"]

    def draw_within(self, ms: int) -> None:
        """Draws once for all that changes in this time."""
        if not self.owed:
            self.owed = True
            self.dom.timer("draw", ms, self._draw_owed)

    def _draw_owed(self, *_: Any) -> None:
        if self.owed:
            self.state["now_ms"] = self.dom.now_ms()
            self.draw()

    def draw(self) -> None:
        """Morphs the regions whose HTML changed; rows of the table one by one."""
        self.owed = False
        kind, parts = page.kind(self.state), page.regions(self.state)
        if kind != self.drawn_kind:
            self._new_screen(kind, parts)
        for region, html in parts.items():
            self.put(region, html)
        if kind == "jobs":
            self._table()
        self._title()

    def _title(self) -> None:
        self.dom.set_title("%s · %s" % (frame.title(self.state), self.state["schema"] or "Graphile Worker"))

    def _new_screen(self, kind: str, parts: dict[str, str]) -> None:
        outside = {name: html for name, html in self.drawn.items() if name in page.OUTSIDE}
        self._begun(kind, parts)
        self.drawn.update(outside)
        self.dom.morph("gw-screen", page.screen(self.state, parts, self.rows))

    def _table(self) -> None:
        """The rows that changed; of another list the first screenful, and the rest when the browser has painted it."""
        if screen.turning(self.state):
            return
        outer, made_of, query = screen.hollow(self.state), self._made_of(), self.state["jobs"]["query"]
        same = self.drawn["gw-table"] == outer
        if same and self.rows_of == made_of:
            return
        self.rows_of = made_of
        if same:
            inner = self._cells(len(self.rows))
            for place in range(len(inner)):
                if self.rows[place] != inner[place]:
                    self.dom.morph("row-" + self.state["jobs"]["rows"][place]["id"], inner[place])
            self.rows = inner
            return
        another = self.listed != query
        self.rows = self._cells(table.SCREENFUL if another else None)
        show = self.dom.replace if another else self.dom.morph
        show("gw-table", screen.body(self.state, self.rows))
        self.drawn["gw-table"], self.listed = outer, query
        if another:
            typing = self.state["now_ms"] - self.state["typed_ms"] < TYPING_MS
            self.dom.timer("rest", TYPING_MS if typing else REST_MS, self._rest)

    def _made_of(self) -> tuple[Any, ...]:
        """What the rows are drawn from: as long as it is the same, so are they, their ages to the second."""
        known = self.state
        now, chosen = int(state.database_now(known)), list(known["selected"])
        return known["jobs"]["rows"], now, known["focused_id"], chosen, table.common(known, table.base_url(known))

    def _rest(self, *_: Any) -> None:
        """The rows below the first screenful."""
        if self.drawn_kind == "jobs":
            self.rows = self._cells()
            self.dom.replace("gw-rest", table.lines(self.state["jobs"]["rows"], self.rows, table.SCREENFUL))

    def _cells(self, most: int | None = None) -> list[str]:
        """The cells of the first rows, or of all, built anew only where the row or what it depends on changed."""
        rows = self.state["jobs"]["rows"][:most] if screen.has_rows(self.state) else []
        base, now, known = table.base_url(self.state), state.database_now(self.state), self.known
        common = table.common(self.state, base)
        self.known = {}
        out = []
        for row in rows:
            when = table.moment(row, now)
            key = table.key(self.state, row, common, when)
            old = known.get(row["id"])
            html = old[2] if old and old[0] is row and old[1] == key else table.cells(self.state, row, base, when)
            self.known[row["id"]] = (row, key, html)
            out.append(html)
        return out

    def put(self, region: str, html: str) -> None:
        """Morphs one region if its HTML changed."""
        if self.drawn.get(region) != html:
            self.drawn[region] = html
            self.dom.morph(region, html)

    # ── small things said to the person ──────────────────────────────────

    def say(self, text: str) -> None:
        """For screen readers: results and counts; the same words once more differ by a space, else nobody hears them."""
        html = page.live(text)
        self.put("gw-live", html + "\u00a0" if self.drawn.get("gw-live") == html else html)

    def toast(self, text: str, kind: str = "good", error: Any = None) -> None:
        """A notice that goes by itself; errors and warnings stay until dismissed. Of an `error`, with the way to a login
        that helps."""
        self.ticket += 1
        name = str(self.ticket)
        self.state["toasts"] = (self.state["toasts"] + [{"id": name, "kind": kind, "text": text, "error": error}])[-4:]
        self.say(text)
        if kind not in ("bad", "warn"):
            self.dom.timer("toast-" + name, TOAST_MS, lambda *_: self.drop_toast(name))

    def drop_toast(self, name: str) -> None:
        """Takes one notice away."""
        self.state["toasts"] = [one for one in self.state["toasts"] if one["id"] != name]
        self.draw()

    def go(self, url: str, replace: bool = False) -> None:
        """Another address: history, state, and whatever it needs from the server."""
        self.dom.set_url(url, replace)
        self.follow(url)

    def follow(self, url: str) -> None:
        """Makes the state that of an address already in the bar (back, forward, a link)."""
        before = self.state["route"]
        route, dropped = url_state.parse(url)
        self.state["route"], self.state["dropped"] = route, dropped
        filtering.localize(self)
        if before["db"] != route["db"]:
            state.other_database(self.state)
            loaders.everything(self)
            return
        if queries.list_query(before) != queries.list_query(route):
            self.state.update({"selected": {}, "all_matching": False, "focused_id": ""})
            self.state["jobs"]["held"] = None
        if before["search"] != route["search"] or before["view"] != route["view"]:
            self.state["input_version"] += 1
        if before["cursor"] != route["cursor"] or before["view"] != route["view"]:
            self.dom.scroll_up()
        loaders.after_route(self, before)
