"""Time in Chromium from the navigation to the first rows of the table, without a cache."""

from __future__ import annotations

import contextlib
import shutil
import statistics
from collections.abc import Iterator
from typing import Any

ROWS = "table tbody tr"
ENOUGH = 20  # rows; fewer may be a placeholder
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip


@contextlib.contextmanager
def launched() -> Iterator[Any]:
    """Starts Chromium."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


def first_rows(urls: dict[str, str], rounds: int) -> dict[str, float]:
    """Milliseconds (median) from navigation to the first row, by name, in alternating rounds."""
    times: dict[str, list[float]] = {name: [] for name in urls}
    with launched() as browser:
        for turn in range(rounds + 1):
            for name, url in urls.items():
                spent = _visit(browser, url)
                if turn:  # the first round warms up
                    times[name].append(spent)
    return {name: statistics.median(values) for name, values in times.items()}


def _visit(browser: Any, url: str) -> float:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(
        "window.firstRows = new Promise(done => { const look = () => "
        f"document.querySelectorAll('{ROWS}').length >= {ENOUGH}"
        " ? done(performance.now()) : requestAnimationFrame(look); look(); });"
    )
    page.goto(url)
    spent: float = page.evaluate("window.firstRows")
    context.close()
    return spent
