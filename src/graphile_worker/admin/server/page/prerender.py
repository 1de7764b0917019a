"""Run the browser program on the server, so that the first response has the rendered page."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.app import App
from graphile_worker.admin.client.views.shell.page import is_later

ROOT_ID = "gw-admin"


class ServerDom:
    """The DOM interface of the browser program, without a browser: it has an address, and keeps the rendered HTML.

    It has those functions of the interface that the first rendering calls.
    """

    def __init__(self, search: str, roots: dict[str, str], seed: str = "") -> None:
        self._search = search
        self._roots = roots
        self._seed = seed
        self.html = ""
        self.second_file = False  # the browser needs the second file for this screen
        self.title = ""

    def url(self) -> str:
        """The address from "?" on."""
        return self._search

    def base(self) -> str:
        """The address of the page: only the browser has it."""
        return ""

    def root(self, name: str) -> str:
        """An attribute of the root element."""
        return self._roots.get(name, "")

    def seed(self) -> str:
        """The responses that are embedded in the page."""
        return self._seed

    def now_ms(self) -> float:
        """The clock stands still: ages are those of the responses, by the clock of the database."""
        return 0.0

    def morph(self, region: str, html: str) -> None:
        """Keeps the HTML of the root region, which holds the whole page. Calls for other regions do nothing."""
        if region == ROOT_ID:
            self.html = html

    def set_title(self, text: str) -> None:
        """The title of the document."""
        self.title = text

    def tab_get(self, name: str) -> str:
        """The session storage of a browser: empty."""
        return ""

    def store_get(self, name: str) -> str:
        """The local storage of a browser: empty."""
        return ""

    def local_input(self, iso: str) -> str:
        """The value of a time input, in UTC."""
        return iso[:16]

    def zone(self) -> str:
        """The time zone."""
        return "UTC"

    def offsets(self) -> str:
        """The offsets of other time zones: none."""
        return ""

    def scroll_top(self, css: str) -> float:
        """The scroll position: the top."""
        return 0.0

    def set_theme(self, theme: str, accent: str, density: str, hidden: str) -> None:
        """Only a browser has a theme."""

    def on_event(self, callback: Any) -> None:
        """There are no events."""

    def on_second_file(self, callback: Any) -> None:
        """All modules are here."""

    def timer(self, name: str, ms: int, callback: Any) -> None:
        """There are no timers."""


def initial_requests(search: str, roots: dict[str, str]) -> list[str]:
    """The paths that the program requests first at this address."""
    paths: list[str] = []
    page = ServerDom(search, roots)
    App(page, lambda method, path, *rest: paths.append(path)).load()  # type: ignore[arg-type]  # see ServerDom
    return paths


def render(search: str, roots: dict[str, str], seed: str) -> ServerDom:
    """The page at this address with these responses. Parts without a response are rendered as loading."""
    page = ServerDom(search, roots, seed)
    app = App(page, lambda *unanswered: None)  # type: ignore[arg-type]  # see ServerDom
    app.start()
    page.second_file = is_later(app.state)
    return page
