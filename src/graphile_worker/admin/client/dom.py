"""The page, as Python sees it. The only file that reaches JavaScript, through a bridge that never throws."""

from __future__ import annotations

import json
import sys
from typing import Any

import bridge


def guarded(work: Any) -> Any:
    """A callback for JavaScript: an error is printed and the program goes on."""

    def run(*values: Any) -> None:
        try:
            work(*values)
        except Exception as error:
            sys.print_exception(error)  # type: ignore[attr-defined]  # MicroPython's own

    return run


def root(name: str) -> str:
    """An attribute `data-NAME` of the page's root element."""
    return bridge.root(name)


def seed() -> str:
    """JSON that came with the page, or nothing."""
    return bridge.seed()


def morph(region: str, html: str) -> None:
    """Turns the content of an element into this HTML, keeping what did not change."""
    bridge.morph(region, html)


def on_event(handler: Any) -> None:
    """Calls the handler with every event of a person, as a dict."""
    work = guarded(lambda text: handler(json.loads(text)))
    bridge.listen(work)


def url() -> str:
    """The query of the address, with its question mark."""
    return bridge.url()


def set_url(search: str, replace: bool = False) -> None:
    """Another query in the address bar."""
    bridge.set_url(search, replace)


def store_get(key: str) -> str:
    """A setting of the look, kept by this browser."""
    return bridge.store_get(key)


def store_set(key: str, value: str) -> None:
    """Keeps a setting of the look; never a secret."""
    bridge.store_set(key, value)


def tab_get(key: str) -> str:
    """What is kept for this tab only."""
    return bridge.tab_get(key)


def tab_set(key: str, value: str) -> None:
    """Keeps something for this tab only; nothing drops it."""
    bridge.tab_set(key, value)


def now_ms() -> float:
    """The browser's clock in milliseconds; text on the way, since integers are cut at 32 bits."""
    return float(bridge.now())


def local_time(iso: str) -> str:
    """A moment in the person's words and zone."""
    return bridge.local_time(iso)


def from_local_input(text: str) -> str:
    """What a date field holds, as RFC 3339 in UTC; nothing when it is no date."""
    return bridge.from_local_input(text)


def copy(text: str) -> str:
    """Puts text on the clipboard; "1" when that could be tried."""
    return bridge.copy(text)


def set_theme(theme: str, accent: str, density: str) -> None:
    """The look of the document."""
    bridge.theme(theme, accent, density)


def focus(css: str) -> None:
    """Puts the focus on the first match."""
    bridge.focus(css)


def open_dialog(element: str) -> None:
    """Opens a modal dialog; focus stays in it."""
    bridge.open_dialog(element)


def close_dialog(element: str) -> None:
    """Closes a dialog; focus goes back."""
    bridge.close_dialog(element)


def set_title(text: str) -> None:
    """The document's title."""
    bridge.title(text)


def hidden() -> bool:
    """Whether nobody can see this tab."""
    return bridge.hidden() == "1"


def scroll_top(css: str) -> float:
    """How far an element (or the document) is scrolled."""
    return float(bridge.scroll_top(css) or 0)


def scroll_up() -> None:
    """Back to the top of the document."""
    bridge.scroll_up()


def timer(name: str, milliseconds: int, handler: Any) -> None:
    """Calls the handler once, later; a timer of the same name is replaced."""
    bridge.timer(name, milliseconds, guarded(handler))
