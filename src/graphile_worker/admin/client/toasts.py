"""Toasts: notices that disappear after some seconds; errors and warnings stay until they are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import App, Error, ToastKind

SHOWN_MS = 6000
SHOWN_MAX = 4


class Toasts:
    """Adds and removes the toasts of the state."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.count = 0

    def show(self, text: str, kind: ToastKind = "good", error: Error | None = None) -> None:
        """Shows a toast and reads it out; with an `error` it offers a login where that may help.

        It replaces a toast with the same text.
        """
        self.count += 1
        name = str(self.count)
        toasts = [one for one in self.app.state["toasts"] if one["text"] != text]
        toasts.append({"id": name, "kind": kind, "text": text, "error": error})
        self.app.state["toasts"] = toasts[-SHOWN_MAX:]
        self.app.say(text)
        if kind not in ("bad", "warn"):
            self.app.dom.timer("toast-" + name, SHOWN_MS, lambda *_: self.drop(name))

    def drop(self, name: str) -> None:
        """Removes a toast."""
        self.app.state["toasts"] = [one for one in self.app.state["toasts"] if one["id"] != name]
        self.app.draw()
