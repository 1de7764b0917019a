"""Five journeys of an engineer on call, with their clicks and keys counted.

`GRAPHILE_WORKER_JOURNEY_JOBS=200000 scripts/test tests/browser/test_journeys.py` makes them on a table of that size; the
figures are printed at the end of the run.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable

import pytest_asyncio
from playwright.async_api import Locator, expect

from graphile_worker import WorkerUtils
from tests.browser.screen import Screen, eventually
from tests.support.table import Table

JOBS = int(os.environ.get("GRAPHILE_WORKER_JOURNEY_JOBS", "2000"))
CUSTOMER = 4711
FILL = """
with tasks as (insert into {s}._private_tasks (identifier) values ('mail'), ('invoice') returning id, identifier),
  queues as (insert into {s}._private_job_queues (queue_name, locked_at, locked_by)
    values ('ledger', now() - interval '5 hours', 'worker-dead') returning id)
insert into {s}._private_jobs (task_id, job_queue_id, payload, attempts, max_attempts, last_error, run_at, locked_at, locked_by)
select
  (select id from tasks where identifier = case when n % 3 = 0 then 'invoice' else 'mail' end),
  case when n in (4, 5, 6) then (select id from queues) end,
  json_build_object('customer', json_build_object('id', case when n = 7 then 4711 else 100000 + n end), 'n', n),
  case when n % 10 = 0 then 25 else 0 end,
  25,
  case when n % 20 = 0 then 'Error: SMTP 550 mailbox unavailable for user' || n
    when n % 10 = 0 then 'Error: SMTP 451 greylisted, user' || n end,
  now() + case when n = 3 then interval '1 day' else interval '-1 hour' end,
  case when n = 4 then now() - interval '5 hours' end,
  case when n = 4 then 'worker-dead' end
from generate_series(1, $1::int) n
"""


class Hand:
    """Clicks and presses keys on a page, and counts them."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.clicks = 0
        self.keys = 0
        self._began = time.monotonic()

    async def click(self, target: Locator) -> None:
        """One click."""
        self.clicks += 1
        await target.click()

    async def press(self, key: str) -> None:
        """One key, where the focus is."""
        self.keys += 1
        await self.screen.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        """A key per character, where the focus is."""
        self.keys += len(text)
        await self.screen.page.keyboard.type(text)

    async def button(self, name: str, where: Locator | None = None) -> None:
        """A click on the button whose visible text is `name`."""
        scope = where or self.screen.page.locator("main")
        await self.click(scope.get_by_role("button").filter(has_text=name).first)

    def figures(self, journey: str) -> str:
        """What the journey took, for the report of the run."""
        seconds = time.monotonic() - self._began
        return f"{journey}: {self.clicks} clicks, {self.keys} keys, {seconds:.1f} s with the waits of the page"


@pytest_asyncio.fixture(loop_scope="session")
async def hand(utils: WorkerUtils, screen: Screen) -> Hand:
    """A hand on the list of jobs."""
    table = Table.of(utils)
    await table.run(FILL, JOBS)
    await table.run("analyze {s}._private_jobs")
    await screen.open()
    await expect(screen.page.locator("tr[id^=row-]").first).to_be_visible()
    return Hand(screen)


async def test_retry_one_error_of_one_task(
    utils: WorkerUtils, hand: Hand, record_property: Callable[[str, object], None]
) -> None:
    page = hand.screen.page
    await hand.click(page.get_by_role("link", name="Errors", exact=True))
    row = page.locator(".errors tbody tr").filter(has_text="SMTP 550")
    await hand.click(row.locator(".c-tasks").locator("a", has_text=re.compile("^mail$")))
    await expect(page.locator("main")).to_contain_text(re.compile("jobs? match"))  # the list of the address
    await expect(page.locator(".loading")).to_have_count(0)
    await hand.click(page.get_by_label("Select all on this page"))
    if JOBS > 10_000:  # more than a page
        await hand.button("that match")
    await hand.button("Retry", hand.screen.selected)
    await hand.click(hand.screen.dialog.locator("#gw-go"))

    failed = """select count(*)::int from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
      where j.attempts >= j.max_attempts and t.identifier = $1 and j.last_error like $2"""
    left = [
        await utils.database.pool.fetchval(failed, task, f"%SMTP {code}%")
        for task, code in (("invoice", "550"), ("mail", "451"), ("invoice", "451"))
    ]
    await eventually(lambda: utils.database.pool.fetchval(failed, "mail", "%SMTP 550%"), 0)
    assert all(left)
    record_property("figures", hand.figures("retry of one error of one task"))
    assert (hand.clicks <= 6, hand.keys <= 12) == (True, True), hand.figures("")


async def test_release_the_queue_of_a_dead_worker(
    utils: WorkerUtils, hand: Hand, record_property: Callable[[str, object], None]
) -> None:
    page = hand.screen.page
    await hand.click(page.get_by_role("link", name="Queues", exact=True))
    await hand.button("Unlock", page.locator("tbody tr").filter(has_text="ledger"))
    await expect(hand.screen.dialog).to_contain_text("Releases 1 job (4) and 1 queue (ledger). 2 due jobs wait for it.")
    await hand.click(hand.screen.dialog.locator("#gw-go"))

    locked = "select count(*)::int from graphile_worker._private_job_queues where locked_at is not null"
    await eventually(lambda: utils.database.pool.fetchval(locked), 0)
    record_property("figures", hand.figures("release of a dead worker's queue"))
    assert (hand.clicks <= 4, hand.keys) == (True, 0), hand.figures("")


async def test_hold_a_job_for_an_hour(
    utils: WorkerUtils, hand: Hand, record_property: Callable[[str, object], None]
) -> None:
    await hand.screen.follow("?state=ready&sort=id&identifier=mail")
    await expect(hand.screen.row("2")).to_be_visible()
    await hand.click(hand.screen.row("2").locator(".c-task a"))
    await hand.button("Reschedule", hand.screen.panel)
    await hand.button("in 1 h", hand.screen.dialog)
    await hand.press("Enter")

    held = """select run_at - now() between interval '59 minutes' and interval '1 hour' from graphile_worker._private_jobs
      where id = 2"""
    await eventually(lambda: utils.database.pool.fetchval(held), True)
    record_property("figures", hand.figures("hold of a job for an hour"))
    assert (hand.clicks <= 3, hand.keys <= 1) == (True, True), hand.figures("")


async def test_change_a_payload(utils: WorkerUtils, hand: Hand, record_property: Callable[[str, object], None]) -> None:
    await hand.screen.follow("?state=ready&sort=id&identifier=mail")
    await expect(hand.screen.row("2")).to_be_visible()
    await hand.click(hand.screen.row("2").locator(".c-task a"))
    await hand.button("Edit", hand.screen.panel)
    await hand.screen.dialog.locator("#gw-in-payload").fill('{"n": 3}')
    await hand.click(hand.screen.dialog.locator("#gw-go"))

    stored = "select payload::text from graphile_worker._private_jobs where id = 2"
    await eventually(lambda: utils.database.pool.fetchval(stored), '{"n": 3}')
    record_property("figures", hand.figures("change of a payload, without its text"))
    assert (hand.clicks <= 4, hand.keys) == (True, 0), hand.figures("")


async def test_find_a_job_by_its_customer(hand: Hand, record_property: Callable[[str, object], None]) -> None:
    await hand.press("/")
    await hand.type(f"payload.customer.id:{CUSTOMER}")
    await hand.screen.shows("7")
    record_property("figures", hand.figures("a job by a value of its payload, one search"))
    assert hand.clicks == 0
