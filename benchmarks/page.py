"""Measurements of the page in Chromium: the first filter, refreshes, typing, and an hour of refreshes."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from benchmarks.browser import ENOUGH, ROWS, first_rows, launched

SEARCH = "input[type=search], input[placeholder*=earch], input[placeholder*=ilter]"
# Types into the search box as soon as there are rows, and again after a second if nothing happened.
WORKING = (
    "window.filterWorks = new Promise(done => { let began = 0, said = 0; const turn = () => {"
    f" const rows = document.querySelectorAll('{ROWS}').length, box = document.querySelector('{SEARCH}');"
    f" if (!began && rows >= {ENOUGH}) began = rows;"
    " if (began && rows !== began && said) return done(performance.now());"
    " if (began && box && (!said || performance.now() - said > 1000)) { box.focus(); said = performance.now();"
    " Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, 'no-such-job');"
    " box.dispatchEvent(new Event('input', { bubbles: true })); }"
    " requestAnimationFrame(turn); }; turn(); });"
)
# Types text into the search box, seven keys a second, and waits from the last key until its rows are shown.
TYPED = """async text => {
  const box = document.querySelector('.gw-search');
  let begun = 0;
  for (let length = 1; length <= text.length; length++) {
    if (begun) await new Promise(done => setTimeout(done, 140));
    begun = performance.now();
    box.value = text.slice(0, length);
    box.dispatchEvent(new Event('input', { bubbles: true }));
  }
  do await new Promise(requestAnimationFrame);
  while (!location.search.includes('search=' + text) || document.querySelector('.turning'));
  return performance.now() - begun;
}"""
# The instance of the interpreter, whose memory is measured.
CAUGHT = """const make = WebAssembly.instantiate;
WebAssembly.instantiate = async (...given) => {
  const made = await make(...given);
  window.interpreter = (made.instance ?? made).exports;
  return made;
};"""
# Makes the seconds of the page's timers shorter, once `hastened` is set.
HASTENED = """const wait = setTimeout;
window.setTimeout = (work, ms, ...more) => wait(work, window.hastened && ms >= 1000 && ms <= 5000 ? ms / 50 : ms, ...more);"""
REFRESHES, HOUR = 40, 720  # an hour of refreshes every 5 seconds
AT_WORK = {
    "refresh": "refresh of 100 rows with 5 changed, ms of script",
    "typing": "from a key in the search box to its rows p95, ms",
    "growth": "an hour of refreshes leaves behind, MB",
}


def measured(urls: dict[str, str], rounds: int, change: Callable[[int], None]) -> dict[str, dict[str, float]]:
    """All measurements, by name and program; `change(count)` changes that many of the newest rows."""
    results = {
        "navigation to first rows, ms": first_rows(urls, rounds),
        "navigation to a working filter, ms": working_filter(urls, rounds),
    }
    return results | {AT_WORK[what]: {"ours": value} for what, value in at_work(urls["ours"], change).items()}


def working_filter(urls: dict[str, str], rounds: int) -> dict[str, float]:
    """Milliseconds (median) from navigation until text in the search box changes the rows, in alternating rounds."""
    times: dict[str, list[float]] = {name: [] for name in urls}
    with launched() as browser:
        for turn in range(rounds + 1):
            for name, url in urls.items():
                context = browser.new_context(viewport={"width": 1440, "height": 900})
                page = context.new_page()
                page.add_init_script(WORKING)
                page.goto(url)
                spent: float = page.evaluate("window.filterWorks")
                if turn:  # the first round warms up
                    times[name].append(spent)
                context.close()
    return {name: statistics.median(found) for name, found in times.items()}


def at_work(url: str, change: Callable[[int], None]) -> dict[str, float]:
    """The cost of the open page; `change(count)` changes that many of the newest rows in the database.

    `refresh`: milliseconds of script (median) for a refresh of 100 rows of which 5 changed. `typing`: milliseconds (95 of
    100) from a key in the search box to its rows. `growth`: MB of JavaScript, document and interpreter that an
    hour of refreshes leaves behind, after collection.
    """
    with launched() as browser:
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.add_init_script(CAUGHT)
        page.add_init_script(HASTENED)
        page.goto(url)
        page.locator("html[data-ready='1']").wait_for(state="attached")
        page.get_by_label("Auto refresh").select_option("0")
        cdp = page.context.new_cdp_session(page)
        cdp.send("Performance.enable", {"timeDomain": "threadTicks"})  # thread time, which does not depend on the load
        refresh = [_refresh(page, cdp, change) for _ in range(REFRESHES)]
        typing = sorted(_typed(page, text) for text in _words())
        page.evaluate("window.hastened = true")
        page.get_by_label("Auto refresh").select_option("5")
        _by_itself(page, HOUR // 2)  # the browser's own list of requests is full then
        before = _memory(page, cdp)
        _by_itself(page, HOUR)
        return {
            "refresh": statistics.median(refresh[REFRESHES // 4 :]) * 1000,
            "typing": typing[len(typing) * 95 // 100],
            "growth": (_memory(page, cdp) - before) / 1e6,
        }


def _script(cdp: Any) -> float:
    metrics = {one["name"]: one["value"] for one in cdp.send("Performance.getMetrics")["metrics"]}
    return float(metrics["ScriptDuration"])


def _refresh(page: Any, cdp: Any, change: Callable[[int], None]) -> float:
    """Seconds of script of one manual refresh."""
    change(5)
    before = _script(cdp)
    with page.expect_response(lambda answer: "/api/jobs?" in answer.url):
        # Playwright's own search for the button is script, too
        page.evaluate("document.querySelector('[data-action=refresh]').click()")
    page.wait_for_timeout(100)  # until counts that came apart are drawn
    return _script(cdp) - before


def _by_itself(page: Any, count: int) -> None:
    """Waits until the page has requested its rows that many times."""
    for _ in range(count):
        page.wait_for_event("request", lambda asked: "/api/jobs?" in asked.url)


def _words() -> list[str]:
    return [f"task_{number}" for number in range(1, 31)] * 3


def _typed(page: Any, text: str) -> float:
    """Milliseconds from the last key to its rows, by the page's own clock."""
    box = page.locator(".gw-search")
    box.fill("")
    page.wait_for_function("() => !location.search && !document.querySelector('.turning')")
    page.wait_for_timeout(300)
    spent: float = page.evaluate(TYPED, text)
    return spent


def _memory(page: Any, cdp: Any) -> float:
    """Bytes in use after garbage collection: JavaScript, document, and the interpreter's WebAssembly memory."""
    cdp.send("HeapProfiler.collectGarbage")
    usage = cdp.send("Runtime.getHeapUsage")
    used = usage["usedSize"] + usage["embedderHeapUsedSize"] + usage["backingStorageSize"]
    return float(used + page.evaluate("window.interpreter.memory.buffer.byteLength"))
