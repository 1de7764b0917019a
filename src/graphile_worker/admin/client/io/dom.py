"""The page. Only this module and fetch.py call `bridge`; no function raises, see bridge.js."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import bridge

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVarTuple, Unpack

    from graphile_worker.admin.client.model.types import Copied, Event

    Arguments = TypeVarTuple("Arguments")

_timers: dict[str, Callable[[], None]] = {}
_copies: dict[str, Copied] = {}
_count = [0]

root = bridge.root  # (name) -> str: the attribute data-NAME of the root element
seed = bridge.seed  # () -> str: the JSON that came with the page, or ""
url = bridge.url  # () -> str: the address from "?" on
base = bridge.base  # () -> str: the address before "?"
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
type_text = bridge.type_text  # (text): into the text field with the focus, if there is one
focused_job = bridge.focused_job  # () -> str: the id of the job in the row with the focus, or ""
row_address = bridge.row_address  # () -> str: the address of the main link of the row with the focus, or ""
move_row = bridge.move_row  # (count): moves the focus by so many rows
open_dialog = bridge.open_dialog  # (id), modal, or a popover
close_dialog = bridge.close_dialog  # (id), or a popover
set_title = bridge.set_title
scroll_top = bridge.scroll_top  # (CSS selector) -> pixels
scroll_up = bridge.scroll_up


def morph(region: str, html: str) -> None:
    """Changes the inside of the element with this id to the HTML, keeping focus, scroll and what was typed."""
    bridge.morph(region, html)


def replace(region: str, html: str) -> None:
    """Replaces the inside of the element: faster than `morph` for another content, and keeps only the focus, by id."""
    bridge.replace(region, html)


def set_url(search: str, replace: bool = False) -> None:
    """Sets the query of the address, as a new entry of the history unless `replace`."""
    bridge.set_url(search, "1" if replace else "")


def hidden() -> bool:
    """Is the tab in the background?"""
    return bridge.hidden() != ""


def on_event(callback: Callable[[Event], None]) -> None:
    """Calls back with every event that events.js sends."""
    bridge.listen(lambda text: guarded(callback, json.loads(text)))


def copy(text: str, callback: Copied) -> None:
    """To the clipboard; calls back with (was it copied, the reason where it was not the browser that refused)."""
    bridge.copy(_copying(callback), text)


def copy_answer(path: str, headers: dict[str, str], member: str, callback: Copied) -> None:
    """As `copy`, one member of the answer of GET `path`, however large: it does not pass through the interpreter."""
    bridge.copy_answer(_copying(callback), path, json.dumps(headers), member)


def _copying(callback: Copied) -> str:
    _count[0] += 1
    _copies[str(_count[0])] = callback
    return str(_count[0])


def _copied(ticket: str, done: str, why: str) -> None:
    callback = _copies.pop(ticket, None)
    if callback is not None:
        guarded(callback, done != "", why)


def on_second_file(callback: Callable[[int, str, str], None]) -> None:
    """Calls back whenever the second file has been loaded, or could not be, with (status, build, its module names).

    The names stand in the order of their imports, one a line; an empty text where the file did not come.
    """
    bridge.on_second_file(lambda status, build, names: guarded(callback, status, build, names))


def load_second_file() -> None:
    """Loads the second file, unless it is loading or has come."""
    bridge.load_second_file()


def timer(name: str, ms: int, callback: Callable[[], None]) -> None:
    """Calls back once after `ms`; another timer of this name replaces it."""
    _timers[name] = callback
    bridge.timer(name, int(ms))


def _rang(name: str) -> None:
    callback = _timers.pop(name, None)
    if callback is not None:
        guarded(callback)


def guarded(callback: Callable[[Unpack[Arguments]], None], *args: Unpack[Arguments]) -> None:
    """Calls the function; an exception is reported to the console."""
    try:
        callback(*args)
    except Exception as error:
        report(error)


def report(error: Exception) -> None:
    """Writes the exception with its traceback to the console."""
    import io

    text = io.StringIO()
    if hasattr(sys, "print_exception"):  # of MicroPython
        sys.print_exception(error, text)
    bridge.report(text.getvalue())


def connect() -> None:
    """Sets the callbacks of timers and of the clipboard. They are no part of a snapshot, so `main` sets them."""
    bridge.on_timer(_rang)
    bridge.on_copied(_copied)
