"""The admin page as a person sees it: rows, panel, dialogs, notices, address."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, urlsplit

from playwright.async_api import ConsoleMessage, Locator, Page, expect

from tests.browser.serving import Server

PATIENCE = 20.0  # seconds; generous, because the machine may be busy
expect.set_options(timeout=PATIENCE * 1000)
_FOLLOW = """(href) => {
  const link = Object.assign(document.createElement('a'), { href });
  Object.assign(link.dataset, { action: 'go', href });
  document.body.append(link);
  link.click();
  link.remove();
}"""
_PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Screen:
    """One tab with the admin; `complaints` holds everything the browser or the program complained of in any tab."""

    def __init__(self, page: Page, base_url: str, server: Server | None = None) -> None:
        self.page = page
        self.base_url = base_url
        self._server = server
        self.others: list[Screen] = []
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE * 1000)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def provoked(self, status: int) -> None:
        """A refusal that the journey caused on purpose: it must have happened, and is not counted."""
        found = [one for one in self.complaints if f"status of {status} " in one]
        assert found, f"no answer {status} among {self.complaints}"
        self._forgive(found)

    def _forgive(self, found: list[str]) -> None:
        self.complaints[:] = [one for one in self.complaints if one not in found]

    def unreachable(self) -> None:
        """The journey cut the page off from the server on purpose."""
        found = [one for one in self.complaints if "net::ERR_" in one]
        assert found, f"nothing was cut off: {self.complaints}"
        self._forgive(found)

    @property
    def server(self) -> Server:
        """What the journey may stop and start again."""
        assert self._server is not None
        return self._server

    async def another_person(self) -> Screen:
        """Somebody else's browser on the same server; it closes with this one."""
        browser = self.page.context.browser
        assert browser is not None
        other = Screen(await (await browser.new_context()).new_page(), self.base_url, self._server)
        other.complaints = self.complaints
        self.others.append(other)
        return other

    async def close(self) -> None:
        """The browser and everybody else's."""
        for one in (self, *self.others):
            await one.page.context.close()

    async def open(self, search: str = "") -> None:
        """The address, until the program runs and the browser has painted: it drops keys that are pressed before."""
        await self.page.goto(f"{self.base_url}/{search}")
        await expect(self.page.locator("html[data-ready='1']")).to_be_attached()
        await self.page.evaluate(_PAINTED)

    async def scroll_to(self, y: int) -> None:
        """Scrolls down once the page is tall enough: on a busy machine the rows come after the page."""
        await self.page.wait_for_function("(y) => { scrollTo(0, y); return scrollY === y; }", arg=y)

    async def log_in(self, token: str) -> None:
        """Types a token into the panel, which comes with the 401 of the first request."""
        await self.page.get_by_label("Token", exact=True).fill(token)
        self.provoked(401)
        await self.page.keyboard.press("Enter")

    async def follow(self, search: str) -> None:
        """A link of ours to this address: no reload."""
        await self.page.evaluate(_FOLLOW, search or "?")

    # ── the address ──

    async def address(self, **wanted: str) -> None:
        """Waits until the parameters of the address are these and no others."""
        await eventually(lambda: self._parameters(), wanted)

    async def _parameters(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.page.url).query))

    # ── the table ──

    def row(self, job_id: str) -> Locator:
        """The row of a job."""
        return self.page.locator(f"#row-{job_id}")

    async def ids(self) -> list[str]:
        """The ids of the rows, from the top."""
        rows = await self.page.locator("tr[id^=row-]").evaluate_all("rows => rows.map(row => row.dataset.id)")
        return [str(one) for one in rows]

    async def shows(self, *job_ids: str) -> None:
        """Waits until the table has exactly these rows in this order, and they are of the present address."""
        await eventually(self.ids, list(job_ids))
        await expect(self.page.locator(".loading")).to_have_count(0)

    async def select(self, *job_ids: str) -> None:
        """Ticks rows."""
        for job_id in job_ids:
            await self.page.get_by_label(f"Select job {job_id}", exact=True).check()

    async def filter(self, name: str, text: str) -> None:
        """Types into the filter box of `identifier`, `queue`, `key`, `worker` or `flag`."""
        box = self.page.locator(f".f-{name} input")
        if not await box.is_visible():
            await self.page.locator("#gw-more-open").click()
        await box.fill(text)
        await box.press("Enter")

    async def state(self, label: str) -> None:
        """Follows one of the five counts above the table."""
        await self.page.locator(".state-counts a").filter(has=self.page.locator(".label", has_text=label)).click()

    # ── panel, dialog, notices ──

    @property
    def panel(self) -> Locator:
        """The panel of one job."""
        return self.page.locator("#gw-job")

    async def open_job(self, job_id: str) -> None:
        """Clicks the task of a row."""
        await self.row(job_id).locator(".c-task a").click()
        await expect(self.panel.locator(".facts")).to_be_visible()

    async def press(self, label: str, where: Locator | None = None) -> None:
        """The button with this label in the panel, or in `where`."""
        await (where or self.panel).get_by_role("button", name=label, exact=True).click()

    @property
    def selected(self) -> Locator:
        """The bar that acts on the ticked rows."""
        return self.page.get_by_role("toolbar", name="Selected jobs")

    @property
    def dialog(self) -> Locator:
        """The open dialog."""
        return self.page.get_by_role("dialog")

    async def fill(self, name: str, text: str) -> None:
        """A field of the open dialog."""
        await self.dialog.locator(f"#gw-in-{name}").fill(text)

    async def confirm(self) -> None:
        """The dialog's own button."""
        await self.dialog.locator("#gw-go").click()

    async def shows_notice(self, text: str) -> None:
        """Waits for a notice or result with this text."""
        await expect(self.page.locator("#gw-toasts")).to_contain_text(re.compile(re.escape(text)))

    async def says(self, text: str | re.Pattern[str]) -> None:
        """Waits until the text for screen readers is this."""
        status = self.page.get_by_role("status").and_(self.page.locator("#gw-live[aria-live=polite]"))
        await expect(status).to_have_text(text)


async def refresh_every(page: Page, seconds: int) -> None:
    """Chooses the interval in the menu of the live control; 0 is Pause. By key: the panel of a job may cover the control."""
    menu = page.locator("#gw-live-menu")
    await page.locator("#gw-live-open").press("Enter")
    await expect(menu).to_be_visible()
    if seconds:
        await menu.locator(f".segmented [data-value='{seconds}']").click()
    elif await menu.get_by_role("button", name="Pause").count():
        await menu.get_by_role("button", name="Pause").click()
    await page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()


async def refresh_now(page: Page) -> None:
    """Refresh now in the menu of the live control."""
    await page.locator("#gw-live-open").click()
    await page.locator("#gw-live-menu [data-action=refresh]").click()
    await expect(page.locator("#gw-live-menu")).to_be_hidden()


async def eventually(ask: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Asks until the answer is `wanted`; fails with the last answer."""
    deadline = time.monotonic() + PATIENCE
    while (answer := await ask()) != wanted and time.monotonic() < deadline:
        await asyncio.sleep(0.03)
    assert answer == wanted
