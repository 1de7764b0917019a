"""The program without a browser: the server runs it once, so that the first response arrives drawn."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.app import App

WHOLE = "gw-admin"


class Still:
    """A page that nobody touches: it knows its address and attributes, and keeps what is drawn.

    It has the functions of the browser's page that the first drawing calls.
    """

    def __init__(self, search: str, roots: dict[str, str], seed: str = "") -> None:
        self._search = search
        self._roots = roots
        self._seed = seed
        self.html = ""
        self.title = ""

    def url(self) -> str:
        """The address from "?" on."""
        return self._search

    def root(self, name: str) -> str:
        """An attribute of the root element."""
        return self._roots.get(name, "")

    def seed(self) -> str:
        """The answers that travel with the page."""
        return self._seed

    def now_ms(self) -> float:
        """No time passes: what is shown is as old as the answers say, by the database's clock."""
        return 0.0

    def morph(self, region: str, html: str) -> None:
        """Keeps the drawing of the whole page."""
        if region == WHOLE:
            self.html = html

    def set_title(self, text: str) -> None:
        """Name of the tab."""
        self.title = text

    def tab_get(self, name: str) -> str:
        """What a tab keeps, only the browser knows."""
        return ""

    def store_get(self, name: str) -> str:
        """Nothing is remembered here."""
        return ""

    def local_input(self, iso: str) -> str:
        """A time for an input, by the clock everybody knows."""
        return iso[:16]

    def zone(self) -> str:
        """The zone of those."""
        return "UTC"

    def offsets(self) -> str:
        """No others."""
        return ""

    def scroll_top(self, css: str) -> float:
        """At the top."""
        return 0.0

    def set_theme(self, theme: str, accent: str, density: str, hidden: str) -> None:
        """The look belongs to the browser."""

    def on_event(self, callback: Any) -> None:
        """Nothing ever happens."""

    def timer(self, name: str, ms: int, callback: Any) -> None:
        """No time passes."""


def questions(search: str, roots: dict[str, str]) -> list[str]:
    """The paths that the program would ask for first at this address."""
    asked: list[str] = []
    page = Still(search, roots)
    App(page, lambda method, path, *rest: asked.append(path)).load()  # type: ignore[arg-type]  # see Still
    return asked


def drawn(search: str, roots: dict[str, str], seed: str) -> Still:
    """The page at this address with these answers; what has no answer is drawn as on its way."""
    page = Still(search, roots, seed)
    App(page, lambda *unanswered: None).start()  # type: ignore[arg-type]  # see Still
    return page
