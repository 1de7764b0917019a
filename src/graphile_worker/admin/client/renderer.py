"""Draws the state into the page: the only module that imports views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model.state import database_now
from graphile_worker.admin.client.views.jobs import screen, table
from graphile_worker.admin.client.views.shell import frame, page

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Dom, JobRow, State

REST_MS = 30  # from the first rows of a list to the rest: the browser paints meanwhile
TYPING_MS = 300  # the same while somebody types, when another list is likely


class Renderer:
    """Morphs the regions of the page whose HTML changed, and the rows of the table of jobs one by one."""

    def __init__(self, dom: Dom) -> None:
        self.dom = dom
        self.kind = ""  # of the screen
        self.regions: dict[str, str] = {}  # HTML by id
        self.pending = False  # a drawing is scheduled
        self.rows: list[str] = []  # HTML of the rows
        self.rows_query = ""  # the query of the list
        self.rows_key: tuple[object, ...] | None = None  # what the rows were drawn from
        self.cells: dict[str, tuple[JobRow, str, str]] = {}  # (row, key, HTML) by job id

    def first(self, state: State) -> None:
        """Draws the whole page in one morph, which changes nothing where the server has drawn the same.

        Of a screen that is not loaded, the server's HTML stays.
        """
        regions = page.regions(state)
        if page.waits(state):
            self.kind = page.screen_name(state)
            self._draw_regions(regions)
            self._title(state)
            return
        self._start_screen(state, page.screen_name(state), regions)
        self.dom.morph("gw-admin", page.shell(regions, page.screen(state, regions, self.rows)))
        self._title(state)

    def draw(self, state: State) -> None:
        """Morphs what changed."""
        self.pending = False
        kind, regions = page.screen_name(state), page.regions(state)
        if kind != self.kind and not page.waits(state):
            outside = {name: html for name, html in self.regions.items() if name in page.OUTSIDE}
            self._start_screen(state, kind, regions)
            self.regions.update(outside)
            self.dom.morph("gw-screen", page.screen(state, regions, self.rows))
        self._draw_regions(regions)
        if kind == "jobs":
            self._draw_table(state)
        self._title(state)

    def draw_within(self, state: State, ms: int) -> None:
        """Schedules one drawing for everything that changes in this time."""
        if not self.pending:
            self.pending = True
            self.dom.timer("draw", ms, lambda *_: self._draw_pending(state))

    def _draw_pending(self, state: State) -> None:
        if self.pending:
            state["now_ms"] = self.dom.now_ms()
            self.draw(state)

    def draw_bar(self, state: State) -> None:
        """The bar alone, with the age of the screen."""
        self._morph("gw-bar", frame.bar(state))

    def say(self, text: str) -> None:
        """Writes for screen readers; a space is added where the text is the same, which is not read out otherwise."""
        html = page.live(text)
        self._morph("gw-live", html + "\u00a0" if self.regions.get("gw-live") == html else html)

    def _draw_regions(self, regions: dict[str, str]) -> None:
        for region, html in regions.items():
            self._morph(region, html)

    def _morph(self, region: str, html: str) -> None:
        if self.regions.get(region) != html:
            self.regions[region] = html
            self.dom.morph(region, html)

    def _title(self, state: State) -> None:
        self.dom.set_title(frame.document_title(state))

    # ── the table of jobs ────────────────────────────────────────────────

    def _start_screen(self, state: State, kind: str, regions: dict[str, str]) -> None:
        """Another screen: the regions are those that are drawn next."""
        self.kind, self.regions = kind, dict(regions)
        if kind == "jobs":
            self.rows, self.rows_key = self._draw_rows(state), _rows_key(state)
            self.regions["gw-table"], self.rows_query = screen.outline(state), state["jobs"]["query"]

    def _draw_table(self, state: State) -> None:
        """Morphs the rows that changed. Of another list, the first screenful is drawn at once and the rest after it."""
        if screen.shows_other_list(state):
            return
        outer, key, query = screen.outline(state), _rows_key(state), state["jobs"]["query"]
        same = self.regions["gw-table"] == outer
        if same and self.rows_key == key:
            return
        self.rows_key = key
        if same:
            rows = self._draw_rows(state, len(self.rows))
            for index in range(len(rows)):
                if self.rows[index] != rows[index]:
                    self.dom.morph("row-" + state["jobs"]["rows"][index]["id"], rows[index])
            self.rows = rows
            return
        another = self.rows_query != query
        self.rows = self._draw_rows(state, table.SCREENFUL if another else None)
        show = self.dom.replace if another else self.dom.morph
        show("gw-table", screen.body(state, self.rows))
        self.regions["gw-table"], self.rows_query = outer, query
        if another:
            typing = state["now_ms"] - state["typed_ms"] < TYPING_MS
            self.dom.timer("rest", TYPING_MS if typing else REST_MS, lambda *_: self._draw_rest(state))

    def _draw_rest(self, state: State) -> None:
        if self.kind == "jobs":
            self.rows = self._draw_rows(state)
            self.dom.replace("gw-rest", table.row_tags(state["jobs"]["rows"], self.rows, table.SCREENFUL))

    def _draw_rows(self, state: State, most: int | None = None) -> list[str]:
        """The HTML of the first rows, or of all; a row is drawn again where it, or what it depends on, changed."""
        rows = state["jobs"]["rows"][:most] if screen.has_rows(state) else []
        base, now, before = table.base_url(state), database_now(state), self.cells
        common = table.shared_key(state, base)
        self.cells = {}
        out = []
        for row in rows:
            when = table.time_text(row, now)
            key = table.row_key(state, row, common, when)
            old = before.get(row["id"])
            html = old[2] if old and old[0] is row and old[1] == key else table.cells(state, row, base, when)
            self.cells[row["id"]] = (row, key, html)
            out.append(html)
        return out


def _rows_key(state: State) -> tuple[object, ...]:
    """What all rows are drawn from, with their ages to the second."""
    now, selected = int(database_now(state)), list(state["selected"])
    return state["jobs"]["rows"], now, state["focused_id"], selected, table.shared_key(state, table.base_url(state))
