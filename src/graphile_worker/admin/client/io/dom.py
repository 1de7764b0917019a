"""The browser, for the program: the only module that touches `bridge`. No function raises; see bridge.js."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import bridge

if TYPE_CHECKING:
    from collections.abc import Callable

_timers: dict[str, Any] = {}
_copies: dict[str, Any] = {}
_count = [0]

root = bridge.root  # (name) -> str: data-NAME of the page's root element
seed = bridge.seed  # () -> str: the JSON that came with the page, or ""
url = bridge.url  # () -> str: the address from "?" on
store_get = bridge.store_get  # (key) -> str: of this browser
store_set = bridge.store_set
tab_get = bridge.tab_get  # (key) -> str: of this tab
tab_set = bridge.tab_set
now_ms = bridge.now_ms  # () -> float: milliseconds since 1970, this computer's clock
local_input = bridge.local_input  # (RFC 3339) -> str: for <input type=datetime-local>
zone = bridge.zone  # () -> str: of this computer, like "Europe/Berlin, UTC+01:00"
offsets = bridge.offsets  # () -> str: JSON, [[seconds since 1970, minutes east of UTC since], …] of this computer
from_local_input = bridge.from_local_input  # its value -> RFC 3339
download = bridge.download  # (name, text, media type)
follow = bridge.follow  # (path): as a click on a link, for a file that the server sends
set_theme = bridge.set_theme
focus = bridge.focus  # (CSS selector)
open_dialog = bridge.open_dialog  # (id), modal
close_dialog = bridge.close_dialog  # (id), or a popover
set_title = bridge.set_title
scroll_top = bridge.scroll_top  # (CSS selector) -> pixels
scroll_up = bridge.scroll_up


def morph(region: str, html: str) -> None:
    """Changes the inside of the element with this id to the HTML, keeping focus, scroll and what was typed."""
    bridge.morph(region, html)


def replace(region: str, html: str) -> None:
    """Puts HTML that has little in common with the old one inside the element: faster, and keeps only the focus, by id."""
    bridge.replace(region, html)


def set_url(search: str, replace: bool = False) -> None:
    """Puts "?…" into the address bar, as a new entry of the history unless `replace`."""
    bridge.set_url(search, "1" if replace else "")


def hidden() -> bool:
    """Whether nobody can see the page."""
    return bridge.hidden() != ""


def on_event(callback: Callable[[dict[str, Any]], None]) -> None:
    """Calls back with every event of a person, as the table in events.js has them."""
    bridge.listen(lambda text: guarded(callback, json.loads(text)))


def copy(text: str, callback: Callable[[bool, str], None]) -> None:
    """To the clipboard; calls back with whether it is there, and why not where somebody else than the browser refused."""
    bridge.copy(_copying(callback), text)


def copy_answer(path: str, headers: dict[str, str], member: str, callback: Callable[[bool, str], None]) -> None:
    """As `copy`, one member of the answer of GET `path`: megabytes of it never enter the interpreter."""
    bridge.copy_answer(_copying(callback), path, json.dumps(headers), member)


def _copying(callback: Callable[[bool, str], None]) -> str:
    _count[0] += 1
    _copies[str(_count[0])] = callback
    return str(_count[0])


def _copied(ticket: str, done: str, why: str) -> None:
    callback = _copies.pop(ticket, None)
    if callback is not None:
        guarded(callback, done != "", why)


def timer(name: str, ms: int, callback: Callable[[], None]) -> None:
    """Calls back once after `ms`; the same name replaces."""
    _timers[name] = callback
    bridge.timer(name, int(ms))


def _rang(name: str) -> None:
    callback = _timers.pop(name, None)
    if callback is not None:
        guarded(callback)


def guarded(callback: Callable[..., Any], *args: Any) -> None:
    """Calls; an exception goes to the console and no further."""
    try:
        callback(*args)
    except Exception as error:
        report(error)


def report(error: Exception) -> None:
    """The exception with its lines, on the console."""
    import io

    text = io.StringIO()
    sys.print_exception(error, text)  # type: ignore[attr-defined]  # MicroPython's
    bridge.report(text.getvalue())


bridge.on_timer(_rang)
bridge.on_copied(_copied)
