"""The browser program: it holds the state, handles events, and follows the address."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from graphile_worker.admin.client import later
from graphile_worker.admin.client.handlers import dispatch, filtering
from graphile_worker.admin.client.io import live, loaders
from graphile_worker.admin.client.model import preferences, queries, state, url_state
from graphile_worker.admin.client.renderer import Renderer
from graphile_worker.admin.client.second_file import SecondFile
from graphile_worker.admin.client.times import zones
from graphile_worker.admin.client.toasts import Toasts

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Dom, Event, Request, State, Stream

TICK_MS = 1000
TICKS_PER_DRAW = 5


class App:
    """The program over a page (`dom`), HTTP (`request`) and, where there is one, a `stream` of events."""

    def __init__(self, dom: Dom, request: Request, stream: Stream | None = None) -> None:
        self.dom = dom
        self.request = request
        self.stream = stream
        self.state: State = state.new()
        self.renderer = Renderer(dom)
        self.say = self.renderer.say
        toasts = Toasts(self)
        self.toast, self.drop_toast = toasts.show, toasts.drop
        self.second = SecondFile(self)
        self.load_again = self.second.load_again
        self.ticket = 0  # of the last request that loads a part of the state
        self.tickets: dict[str, int] = {}  # by part
        self.ticks = 0
        self.seeds: dict[str, tuple[int, object]] = {}  # (status, answer) by path, of answers that came with the page

    def start(self) -> None:
        """Takes over the page that the server has drawn, and handles its events."""
        self.dom.on_second_file(self.second.arrived)
        self.load()
        self.renderer.first(self.state)
        self.second.load_screen()
        self.dom.on_event(self.on_event)
        self.dom.timer("tick", TICK_MS, self.tick)

    def load(self) -> None:
        """Reads what the server wrote into the page, and requests the rest."""
        dom = self.dom
        mode = dom.root("auth-mode") or "none"
        self.state = state.new(dom.url(), mode, dom.root("auth-header"), dom.root("read-only") == "true")
        self.state["second"]["here"] = later.is_here()
        self.state["schema"] = dom.root("schema")
        self.state["base"] = dom.base()
        self.state["environment"] = dom.root("environment")
        self.state["environment_color"] = dom.root("environment-color")
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
        """Sets theme, accent, density and hidden columns of the document."""
        current = self.state["preferences"]
        self.dom.set_theme(current["theme"], current["accent"], current["density"], preferences.hidden(current))

    def set_zone(self) -> None:
        """Sets the time zone: UTC, or that of this computer."""
        local = self.state["preferences"]["zone"] == "local"
        self.state["zone"] = (self.dom.zone() or "local time") if local else zones.UTC
        self.state["offsets"] = json.loads(self.dom.offsets() or "[]") if local else []
        filtering.localize(self)

    def on_event(self, event: Event) -> None:
        """Handles an event and draws the state."""
        self.state["now_ms"] = self.dom.now_ms()
        if not self.second.postponed(event):
            dispatch.dispatch(self, event)
        self.draw()

    def tick(self, *_: object) -> None:
        """Every second: the age in the bar, and every few seconds the times in the rows."""
        self.dom.timer("tick", TICK_MS, self.tick)
        self.state["now_ms"] = self.dom.now_ms()
        live.follow(self)
        if self.dom.hidden():
            return
        self.ticks += 1
        if self.ticks % TICKS_PER_DRAW == 0:
            self.draw()
        else:
            self.renderer.draw_bar(self.state)

    def draw(self) -> None:
        """Draws what changed, and loads the second file where the screen is in it."""
        self.second.load_screen()
        self.renderer.draw(self.state)

    def draw_within(self, ms: int) -> None:
        """Draws once for everything that changes in this time."""
        self.renderer.draw_within(self.state, ms)

    def go(self, url: str, replace: bool = False) -> None:
        """Goes to another address of the page."""
        self.dom.set_url(url, replace)
        self.follow(url)

    def follow(self, url: str) -> None:
        """Makes the route that of the address, and loads what it needs."""
        before = self.state["route"]
        route, dropped = url_state.parse(url)
        self.state["route"], self.state["dropped"] = route, dropped
        filtering.localize(self)
        if before["db"] != route["db"]:
            state.reset_database(self.state)
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
