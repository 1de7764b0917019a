"""Every control of the page: found where a person sees it, named as a person would name it, and used."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Download, Request, expect

from tests.browser.screen import Screen, eventually

# What using a control changes.
GOES, OPENS, ASKS, LOOKS, TAKES, TELLS, SAVES, ACTS = (
    "address", "open", "asked", "look", "values", "toasts", "saved", "acts",
)  # fmt: skip
OFF = "off"  # it is disabled, and its title says why
ALL = "a[href], button, input:not([type=hidden]), select, textarea, summary, [data-action]:not(form)"
# Kind and name of a control: what it is called, digits apart; in a table, the column says it.
NAMED = """
  const kindOf = (one) => one.matches('a') ? 'link' : one.matches('[type=checkbox]') ? 'box'
    : one.matches('input, textarea') ? 'input' : one.matches('[role=option]') ? 'option' : one.localName;
  const words = (one) => one?.innerText?.trim().split(/\\n/)[0] ?? '';
  const alike = (one) => one.matches('[data-action=maintain]') ? ` (${one.dataset.name})`
    : one.matches('[data-action^=copy-]') ? ` (${one.dataset.action.slice(5)})` : '';
  const nameOf = (one) => one.id === 'gw-live-open' ? 'Live' : one.matches('tr') ? 'of a job' : one.matches('td') ? one.dataset.name
    : one.matches('tbody td a:not(.btn)') ? `in ${one.closest('td').classList[0]}`
    : ((!one.closest('tbody .c-go') && one.ariaLabel) || words(one.labels?.[0]) || words(one) || one.title).replace(/\\d[\\d,]*/g, '#') + alike(one);
  const modal = document.querySelector('dialog:modal');
  const seen = (region) => [...document.querySelectorAll(ALL)].filter((one) =>
    one.closest(region) && one.checkVisibility({ visibilityProperty: true }) && (!modal || modal.contains(one)));
""".replace("ALL", repr(ALL))
LIST = (
    "(region) => {"
    + NAMED
    + """return seen(region).map((one) => ({
      call: kindOf(one) + ' ' + nameOf(one), name: nameOf(one), off: one.disabled === true, reason: one.title,
      action: one.dataset.action ?? one.form?.dataset.action ?? '', typing: one.dataset.typing ?? '' }));
}"""
)
STATE = """() => ({
  address: location.href, look: JSON.stringify({ ...document.documentElement.dataset }) + JSON.stringify({ ...localStorage }),
  open: [...document.querySelectorAll('dialog[open], :popover-open, details[open], [aria-expanded=true]')]
    .map((one) => `${one.localName}#${one.id}.${one.className}`).join(),
  toasts: document.querySelector('#gw-toasts').innerText, acts: document.querySelector('#gw-acts')?.innerText,
  values: [...document.querySelectorAll('input, select, textarea, button')]
    .map((one) => `${one.value} ${one.checked} ${one.ariaPressed}`).join(),
})"""
# What is done with a control of its kind; the state before it.
USE = (
    "([region, call]) => {"
    + NAMED
    + """const state = STATE;
  const one = seen(region).find((one) => kindOf(one) + ' ' + nameOf(one) === call);
  if (!one) return null;
  const tell = (type) => one.dispatchEvent(new Event(type, { bubbles: true }));
  one.focus();
  if (one.matches('select')) {
    one.value = [...one.options].find((option) => !option.selected).value;
    tell('change');
  } else if (one.matches('input:not([type=checkbox]), textarea')) {
    one.value = { number: '3', 'datetime-local': '2999-01-01T12:00:00' }[one.type] ?? '7';
    tell('input');
    tell('change');
  } else if (one.matches('tr')) one.cells[3].click();
  else one.click();
  return state;
}""".replace("STATE", f"({STATE})()")
)
# Menus closed, nothing selected, every notice read.
TIDY = """() => {
  for (const one of document.querySelectorAll(':popover-open')) one.hidePopover();
  for (const one of document.querySelectorAll('[data-action=clear-selection], #gw-toasts [data-action*=dismiss]')) one.click();
}"""


class Writes(str):
    """It changes the database: the test, `file.name`, that presses it and looks there."""


@dataclass
class Place:
    """A screen, menu or dialog: how it is reached, the region it is, and what each of its controls does, in this order."""

    name: str
    search: str
    region: str
    controls: dict[str, str]
    open: Callable[[Screen], Awaitable[Any]] | None = None


class Hand:
    """Reaches places, lists their controls and uses them; knows what has changed since."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.page = screen.page
        self.asked: list[str] = []
        self.saved: list[Download] = []
        self.actions: set[str] = set()
        self.arrived: dict[str, Any] = {}
        self.before: dict[str, Any] = {}
        self.page.on("request", self._asks)
        self.page.on("download", lambda download: self.saved.append(download))

    def _asks(self, request: Request) -> None:
        if "/api/" in request.url:
            self.asked.append(request.url)

    async def reach(self, place: Place) -> None:
        """Opens it anew."""
        await self.screen.open(place.search)
        await self._there(place)

    async def back(self, place: Place) -> None:
        """There again, as if nothing had been used."""
        now = await self.page.evaluate(STATE)
        if all(now[what] == self.arrived[what] for what in (GOES, OPENS, ACTS)):
            return
        await self.go(place)

    async def go(self, place: Place) -> None:
        """There from any other place, without a reload."""
        if await self.page.locator("dialog:modal").count():
            await self.page.keyboard.press("Escape")
            await expect(self.screen.dialog).to_have_count(0)
        await self.page.evaluate(TIDY)
        await self.screen.follow(place.search)
        await self._there(place)

    async def _there(self, place: Place) -> None:
        await expect(self.page.locator("[aria-busy=true], .loading")).to_have_count(0)
        if place.open is not None:
            await place.open(self.screen)
        self.arrived = await self.page.evaluate(STATE)

    async def listed(self, place: Place) -> dict[str, dict[str, Any]]:
        """Its controls by what they are called; what they send is remembered."""
        found = await self.page.evaluate(LIST, place.region)
        self.actions |= {one["action"] for one in found} | {one["typing"] for one in found}
        return {one["call"]: one for one in found}

    async def unlisted(self, places: Iterable[Place]) -> set[str]:
        """The controls on the whole page as it stands that none of the places lists."""
        found = await self.page.evaluate(LIST, "body")
        return {one["call"] for one in found} - {call for place in places for call in place.controls}

    async def use(self, place: Place, call: str) -> None:
        """Does with it what is done with its kind."""
        self.asked.clear()
        self.saved.clear()
        for _ in range(3):
            self.before = await self.page.evaluate(USE, [place.region, call])
            if self.before:
                return
            await self.reach(place)  # a notice goes by itself
        raise AssertionError(f"{place.name} has no {call} any more")

    async def changes(self, what: str, by: str) -> None:
        """Waits until this has changed since the control was used."""

        async def changed() -> bool:
            if what in (ASKS, SAVES):
                return bool(self.asked if what == ASKS else self.saved)
            return bool((await self.page.evaluate(STATE))[what] != self.before[what])

        async def result() -> str:
            return f"{by} changes {what}" if await changed() else f"{by} changes nothing of its {what}"

        await eventually(result, f"{by} changes {what}")
