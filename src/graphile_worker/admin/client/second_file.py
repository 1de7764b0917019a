"""The second file: the modules that the first screen does not need. It is loaded when one of them is needed first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.handlers import dispatch
from graphile_worker.admin.client.model import second_file
from graphile_worker.admin.client.views.shell import page

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Event

SLOW_MS = 1000  # after this time a notice appears
PAUSE_MS = 10  # between the imports of two modules
SLOW = "Loading this part of the page …"


class SecondFile:
    """Loads the file, and keeps the events that wait for it, in order."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.loading = False
        self.waiting: list[Event] = []
        self.failed: list[Event] = []  # what "Try again" does

    def postponed(self, event: Event) -> bool:
        """Whether the event is handled later, when the file has come. Events after it wait with it."""
        if self.app.state["second"]["here"]:
            return False
        needed = dispatch.is_later(self.app, event)
        if not needed and not self.waiting:
            return False
        if not (needed and _same(event, self.waiting)):
            self.waiting.append(event)
        self._load()
        return True

    def load_screen(self) -> None:
        """Loads the file where the screen is in it."""
        if page.waits(self.app.state):
            self._load()

    def load_again(self) -> None:
        """Loads the file after an error, and then does what waited for it."""
        app = self.app
        app.state["toasts"] = [one for one in app.state["toasts"] if not _is_ours(one["error"])]
        app.state["second"]["error"] = None
        events, self.failed = self.failed, []
        if app.state["second"]["here"]:
            self._handle(events)
        elif events:
            self.waiting = events
            self._load()

    def _load(self) -> None:
        if not self.loading:
            self.loading = True
            self.app.dom.timer("second-file", SLOW_MS, self._slow)
            self.app.dom.load_second_file()

    def _slow(self, *_: object) -> None:
        if self.loading:
            self.app.toast(SLOW, "note")
            self.app.draw()

    def arrived(self, status: int, build: str, names: str) -> None:
        """The file has come, or could not be loaded; also when the browser has loaded it before it was needed."""
        app, asked = self.app, self.loading
        app.state["now_ms"] = app.dom.now_ms()
        self.loading = False
        waiting, self.waiting = self.waiting, []
        if names:
            app.state["second"].update({"here": True, "error": None})
            app.state["toasts"] = [one for one in app.state["toasts"] if one["text"] != SLOW]
            self._handle(waiting)
            self._import(names.split("\n"))
        elif asked:
            self._not_loaded(waiting, status, build)
        app.draw()

    def _not_loaded(self, waiting: list[Event], status: int, build: str) -> None:
        app = self.app
        app.state["build"] = build or app.state["build"]
        error = second_file.error(status, build, app.state["page_build"])
        self.failed = [event for event in waiting if dispatch.is_later(app, event)]
        if page.waits(app.state):
            app.state["second"]["error"] = error
        if self.failed:
            app.toast("Not done, because a part of the page is not loaded. " + str(error["error"]), "bad", error)
        self._handle([event for event in waiting if event not in self.failed])

    def _handle(self, events: list[Event]) -> None:
        """Handles the events that waited. What was typed after one that opens a dialog goes into the dialog's field."""
        typed = ""
        for event in events:
            if self.app.state["dialog"] is None or event.get("type") != "key" or event.get("key") == "Escape":
                dispatch.dispatch(self.app, event)
            elif event.get("key") == "Backspace":
                typed = typed[:-1]
            else:
                typed += event.get("value") or ""
        if typed and self.app.state["dialog"] is not None:
            self.app.dom.type_text(typed)

    def _import(self, names: list[str]) -> None:
        """Imports the modules one by one before they are needed, so that the page is never blocked for long."""
        if names:
            __import__(names[0])
            self.app.dom.timer("import", PAUSE_MS, lambda *_: self._import(names[1:]))


def _same(event: Event, others: list[Event]) -> bool:
    """A second click on the same button while the first waits."""
    for other in others:
        if [name for name in ("type", "action", "key", "data") if event.get(name) != other.get(name)] == []:
            return True
    return False


def _is_ours(error: object) -> bool:
    return isinstance(error, dict) and error.get("code") in (second_file.SECOND_FILE, second_file.OTHER_BUILD)
