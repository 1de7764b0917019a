"""What is wrong with the layout of the page at its present width: a list of sentences, empty where all is right."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from playwright.async_api import expect

from graphile_worker import JobSpec, WorkerUtils
from tests.browser.screen import Screen

STEP = 40
EVERY = tuple(range(320, 2561, STEP))
# Where the page changes its layout, both sides; and what people have: phones, tablets, halves of a screen, laptops, wide screens.
COARSE = (320, 390, 560, 700, 701, 768, 840, 960, 1000, 1001, 1110, 1280, 1440, 1920, 2560)
FEW = (320, 701, 1024, 1440)
ZOOMS = tuple((round(1280 * 100 / percent), round(800 * 100 / percent)) for percent in (125, 150, 200, 250, 300, 400))
ENVIRONMENT = {"environment": "production-eu", "environment_color": "red"}
TASK = "invoices.send_reminder_to_customer_by_registered_mail"
QUEUE = "customer-4711-outgoing-mail-of-the-eu-region"
WORKER = "worker-9b74c9897bac770ffc029102a200c5de-eu-central-1"
LOADED_SECONDS = 3.0  # after which a fault is not one of a page that still loads
ERROR = "SMTP 550 5.1.1: mailbox of customer 4711 is unavailable, the remote server refused it for policy reasons"
FAULTS = """([needed, region]) => {
  const faults = new Set(), name = (one) => one.localName + (one.id && '#' + one.id)
    + (one.className && typeof one.className === 'string' ? '.' + one.className.trim().replaceAll(' ', '.') : '')
    + ' "' + (one.ariaLabel || one.textContent).trim().slice(0, 24) + '"';
  const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('.visually-hidden, .skip, datalist');
  const style = (one) => getComputedStyle(one), box = (one) => one.getBoundingClientRect();
  const root = document.scrollingElement, wide = innerWidth, high = innerHeight;
  if (root.scrollWidth > wide) faults.add('the page is ' + root.scrollWidth + ' px wide');

  // what a person sees of an element within the boxes that cut it
  const seen = (one) => {
    let { left, right, top, bottom } = box(one), scrolls = false, fixed = false;
    for (let up = one; up && up !== document.body; up = up.parentElement) {
      const { overflowX, overflowY, position } = style(up), cut = box(up);
      if (up !== one && overflowX !== 'visible') [left, right] = [Math.max(left, cut.left), Math.min(right, cut.right)];
      if (up !== one && overflowY !== 'visible') {
        if (['auto', 'scroll'].includes(overflowY)) scrolls = true;
        else if (!scrolls) [top, bottom] = [Math.max(top, cut.top), Math.min(bottom, cut.bottom)];
      }
      if (position === 'fixed' || up.matches(':popover-open, dialog')) { fixed = true; break; }
    }
    return { left, right, top, bottom, loose: !fixed || scrolls };
  };
  const top = [...document.querySelectorAll('dialog[open], :popover-open')].pop();
  const all = [...(top ?? document).querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')];
  for (const one of all.filter((one) => shown(one) && !one.closest('tr:nth-child(n+9)'))) {
    const { width, height, left, right } = box(one), part = seen(one);
    const text = one.matches('a:not(.btn, .item, .state-counts a)');
    const least = text ? Math.min(width, 40) : width;
    if (width < 6 || height < 6) faults.add(name(one) + ' has no box');
    else if (left < -0.5 || (text ? part.right : right) > wide + 0.5) faults.add(name(one) + ' is outside the window');
    else if (part.right - part.left < least - 1.5) faults.add(name(one) + ' is cut to ' + Math.round(part.right - part.left) + ' px');
    else if (part.bottom - part.top < height * 0.6) faults.add(name(one) + ' is cut in height');
    else if (!part.loose && (part.top < -1 || part.bottom > high + 1)) faults.add(name(one) + ' is above or below the window');
    if (wide <= 700 && !text && one.matches('button, select, a.btn, a.item') && Math.min(width, height) < 24)
      faults.add(name(one) + ' is a target of ' + Math.round(width) + ' x ' + Math.round(height));
  }

  // a column has its minimum, or the room that its text needs; states, numbers and buttons are never cut
  const least = { 'c-task': 80, 'c-error': 150, 'c-err': 110, 'c-data': 80, 'c-queue': 56, 'c-by': 56, 'c-tasks': 64, 'c-key': 40 };
  const rows = [...document.querySelectorAll('table:is(.jobs, .queues, .tasks, .errors, .workers) tr')].filter(shown).slice(0, 9);
  for (const cell of rows.flatMap((row) => [...row.cells]).filter(shown)) {
    if (!cell.textContent.trim() && !cell.children.length) continue;
    const range = document.createRange();
    range.selectNodeContents(cell);
    const text = Math.max(0, ...[...range.getClientRects()].map((one) => one.right)) - box(cell).left;
    const kind = [...cell.classList].find((one) => one in least), inner = cell.clientWidth - parseFloat(style(cell).paddingRight);
    if (kind ? inner < least[kind] - 0.5 && text > inner + 1 : text > inner + 1 && cell.localName === 'td' && !cell.matches('.c-lane, .c-jobs, .c-worker, .c-id'))
      faults.add('the column ' + cell.className + ' has ' + inner + ' px for ' + Math.round(text) + ' px: ' + cell.textContent.trim().slice(0, 20));
    if (cell.localName === 'th' && !cell.querySelector('.visually-hidden') && text > inner + 1) faults.add('the head "' + cell.textContent + '" is cut');
  }

  // neighbours do not overlap, what does not scroll does not spill
  const inRow = '.bar, .tools, .state-counts, .state-counts a, .selection-bar, .action-buttons, .foot, .job-actions, dialog footer, .banner, .segmented,'
    + '.connection, .sidebar, .card footer, .facts, .section > header, .c-go, .empty-state .tools, .charts, figcaption, .login, .item';
  for (const line of [...document.querySelectorAll(inRow), ...rows].filter(shown)) {
    const parts = [...line.children].flatMap((one) => style(one).display === 'contents' ? [...one.children] : [one])
      .filter((one) => shown(one) && !one.matches(':popover-open, [popover]') && style(one).position !== 'absolute').map((one) => [one, box(one)]);
    parts.forEach(([one, a], n) => parts.slice(n + 1).forEach(([other, b]) => {
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
        faults.add(name(one) + ' overlaps ' + name(other));
    }));
  }
  const stiff = '.btn, .state-counts :is(a, span), .bar, .bar > *, .tools, .foot, .foot > *, .selection-bar, .banner, .segmented button, .item, dialog footer, dialog header, th, .drawer > *, .card, .toast, .popover, .menu';
  for (const one of [...document.querySelectorAll(stiff)].filter((one) => shown(one) && style(one).overflowX === 'visible' && style(one).display !== 'inline'))
    if (one.scrollWidth > one.clientWidth + 1) faults.add(name(one) + ' spills: ' + one.scrollWidth + ' px in ' + one.clientWidth);
  for (const one of [...document.querySelectorAll('*')].filter((one) => !one.closest('svg, .as-table, tr') && shown(one)))
    if (['auto', 'scroll'].includes(style(one).overflowX) && one.scrollWidth > one.clientWidth + 1) faults.add(name(one) + ' scrolls sideways');

  for (const one of needed) if (![...document.querySelectorAll(one)].some((found) => shown(found) && box(found).width >= 6)) faults.add(one + ' is missing');
  return [...faults];
}"""


@dataclass
class Layout:
    """A place whose layout is checked: its address, the steps to it, what must be visible at every width."""

    name: str
    search: str
    needed: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    widths: tuple[int, ...] = field(default=COARSE)


JOBS = (".jobs .c-task a", ".jobs .c-state .state", ".jobs .c-id", ".jobs .c-at time", ".jobs .c-sel input")
LAYOUTS = (
    Layout("jobs", "?sort=id", JOBS),
    Layout("failed", "?state=failed", (*JOBS, ".jobs td.c-err")),
    Layout("running", "?state=locked", JOBS, widths=FEW),
    Layout("selected", "?state=failed&state=scheduled&limit=50&sort=id", (*JOBS, "#gw-a-retry", "#gw-a-fail", "#gw-take-open"),
           ("[data-action=select-page], #gw-select-page, .jobs [data-action=select]",), EVERY),
    Layout("nothing", f"?state=failed&queue={QUEUE}&search=nothing&identifier={TASK}", widths=FEW),
    Layout("job", "?job={failed}", ("#gw-job .facts", "#gw-job pre.error"), widths=FEW),
    Layout("queues", "?view=queues", (".queues .c-task a", ".queues .c-state", ".queues .c-lock", ".queues .c-by a", ".queues .c-n")),
    Layout("tasks", "?view=tasks", (".tasks .c-task a", ".tasks .c-n", ".tasks .c-err a")),
    Layout("errors", "?view=errors", (".errors .c-error a", ".errors .c-n", ".errors .c-tasks a", ".errors .c-since time", ".errors .c-go button")),
    Layout("workers", "?view=workers", (".workers .c-task a", ".workers .c-state", ".workers .c-lock span", ".workers .c-go button")),
    Layout("maintenance", "?view=maintenance", widths=FEW),
    Layout("activity", "", (".charts figure",), ("[data-action=activity]",), widths=FEW),
    Layout("settings", "", ("#gw-settings .segmented",), ("[popovertarget=gw-settings]",), widths=FEW),
    Layout("palette", "", ("#gw-dialog input",), ("key:Control+k",), widths=FEW),
    Layout("keys", "", ("dl.keys",), ("key:?",), widths=FEW),
    Layout("add", "", ("#gw-go",), ("#gw-tools [data-action=add-job]",), widths=FEW),
    Layout("dialog", "?job={failed}", ("#gw-go",), ("#gw-v-reschedule",), widths=FEW),
    Layout("bulk", "?state=failed&limit=50&sort=id", ("#gw-go",), (".jobs [data-action=select]", "#gw-a-fail"), widths=FEW),
    Layout("unlock", "?view=workers", ("#gw-go",), (".workers .c-go button",), widths=FEW),
)  # fmt: skip


async def fill(utils: WorkerUtils) -> dict[str, str]:
    """Long names, long errors, counts of seven digits; returns the ids for the addresses."""
    for number in range(14):
        task = TASK if number % 3 else "send_email"
        queue = QUEUE if number % 4 == 1 else None
        await utils.add_job(task, {"customer": {"id": 4711, "name": "Zoë"}, "n": number}, queue=queue, key=f"k:{number}" if number % 5 == 1 else None)  # fmt: skip
    await utils.add_jobs([JobSpec("page", {"n": number}) for number in range(18)])
    await utils.permanently_fail_jobs([1, 2, 5, 13], ERROR)
    await utils.permanently_fail_jobs([3], "timeout")
    await utils.permanently_fail_jobs([14], "TypeError: Cannot read properties of undefined (reading 'map')\n at x")
    await utils.reschedule_jobs([4, 7, 12], run_at="2999-01-01T00:00:00Z")
    pool = utils.database.pool
    for job, since in ((6, "5 hours"), (9, "40 seconds")):
        await pool.execute(
            f"update graphile_worker._private_jobs set locked_at = now() - interval '{since}', locked_by = '{WORKER}' where id = {job}"
        )
    await pool.execute(
        f"update graphile_worker._private_job_queues set locked_at = now() - interval '5 hours', locked_by = '{WORKER}'"
    )
    await pool.execute("select graphile_worker.worker_heartbeat('graphile_worker_90bc')")
    await pool.execute(
        "update graphile_worker._private_workers set last_heartbeat_at = now() - interval '26 minutes', metadata = $1",
        '{"pod": "worker-90bc-66d5c8f4c-x7k2p", "version": "2.4.1"}',
    )
    return {"failed": "2"}


RATE = {
    "seconds": 120,
    "added_per_minute": 8888888,
    "finished_per_minute": 8888888,
    "ready_per_minute": -8888888,
    "empty_secs": 86000,
}
BACKLOG = {"before": 8888888, "seconds": 290, "per_minute": -888888}

QUEUE_COUNTS = ("ready_count", "failed_count", "retrying_count", "job_count")


async def large(screen: Screen) -> None:
    """Every count that the page shows has seven digits; the rates are as wide as they get."""

    async def answer(route):  # type: ignore[no-untyped-def]
        found = await route.fetch()
        body = await found.json()
        for name in ("total", "ready", "scheduled", "locked", "failed", "blocked"):
            for part in (body.get("stats"),):
                if isinstance(part, dict) and isinstance(part.get(name), int):
                    part[name] = 8888888
        if "stats" in body:
            body["rate"] = RATE
        for task in body.get("tasks", ()):
            task.update({"backlog": BACKLOG, "oldest_locked_at": "2026-01-01T00:00:00Z"})
        for queue in body.get("queues", ()):
            queue.update(dict.fromkeys(QUEUE_COUNTS, 8888888))
        await route.fulfill(response=found, json=body)

    for path in ("overview", "tasks", "queues"):
        await screen.page.route(f"**/api/{path}*", answer)


async def reach(screen: Screen, layout: Layout, facts: dict[str, str]) -> None:
    """Opens the place on a desk."""
    page = screen.page
    await page.set_viewport_size({"width": 1440, "height": 900})
    await screen.open(layout.search.format_map(facts))
    await expect(page.locator("[aria-busy=true], .loading, .skeleton-count")).to_have_count(0)
    for step in layout.steps:
        if step.startswith("key:"):
            await page.keyboard.press(step.removeprefix("key:"))
        else:
            await page.locator(step).locator("visible=true").first.click()


async def faults(screen: Screen, layout: Layout, sizes: Iterable[tuple[int, int]]) -> list[str]:
    """The faults at these sizes that stay when the page has loaded, each with the widths where it shows."""
    found: dict[str, list[str]] = {}
    for width, height in sizes:
        await screen.page.set_viewport_size({"width": width, "height": height})
        deadline = time.monotonic() + LOADED_SECONDS
        while (shown := await screen.page.evaluate(FAULTS, [list(layout.needed), ""])) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        for fault in shown:
            found.setdefault(fault, []).append(f"{width} x {height}")
    return [f"{layout.name}: {fault} at {where}" for fault, where in found.items()]
