"""The Chromium of the browser tests."""

from __future__ import annotations

import shutil

# The headless shell comes first: it has no browser window to draw, so a test needs half the processor time.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def program() -> str | None:
    """The path of the machine's Chromium; None for Playwright's own."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)
