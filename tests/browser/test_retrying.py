"""A task that always throws, with attempts left: the strip, Errors, the list of its jobs, and the action on them."""

from __future__ import annotations

from playwright.async_api import expect

from graphile_worker import JobSpec, WorkerUtils
from tests.browser.screen import Screen, eventually
from tests.support.table import Table

FAIL = """update {s}._private_jobs set attempts = attempts + 1, last_error = 'SMTP 550 mailbox ' || id, updated_at = now() - $2::text::interval,
  run_at = now() + interval '1 hour' where id = any($1::bigint[])"""


async def fail(utils: WorkerUtils, since: str, *ids: int) -> None:
    """What a worker does with jobs whose task throws."""
    await Table.of(utils).run(FAIL, list(ids), since)


async def test_a_task_that_always_throws_is_seen_from_its_first_failure_on(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_jobs([JobSpec("mail"), JobSpec("mail"), JobSpec("calm")])
    await utils.add_job("mail", queue="outgoing")
    await fail(utils, "20 minutes", 1, 4)
    await fail(utils, "2 minutes", 2)
    await screen.open()
    card = screen.page.locator(".state-counts").get_by_role("link", name="3 retrying")
    await card.click()
    await screen.address(state="retrying")
    await screen.shows("2", "4", "1")
    await expect(screen.page.locator(".active-filters")).to_contain_text("3 jobs · newest failure first")
    await expect(screen.row("2").locator(".c-state")).to_have_text("retrying")
    await expect(screen.row("2").locator(".c-when time")).to_have_text("2 min ago")
    await expect(screen.row("2").locator(".c-tries")).to_have_text("1/25")

    await screen.follow("?view=errors")
    row = screen.page.locator(".errors tbody tr")
    await expect(row).to_have_count(1)
    await expect(row.locator(".c-failed")).to_have_text("0")
    await expect(row.locator(".new-since")).to_have_text("new")
    await expect(screen.page.locator(".histogram")).to_contain_text("retrying 3")
    await row.locator(".c-retrying a").click()
    await screen.shows("2", "4", "1")
    await screen.page.go_back()
    await screen.page.locator(".histogram a").first.click()
    await screen.shows("2", "4", "1")
    await expect(screen.page.locator(".active-filters")).to_contain_text("failed from")

    await screen.follow("?view=errors")
    await row.get_by_role("button", name="Run now…").click()
    await expect(screen.page.locator("#gw-go")).to_have_text("Run now 3 jobs")
    await screen.confirm()

    async def due() -> list[int]:
        sql = "select id from graphile_worker._private_jobs where run_at <= now() order by id"
        return [one["id"] for one in await utils.database.pool.fetch(sql)]

    await eventually(due, [1, 2, 3, 4])


async def test_presets_show_the_latest_failures(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_jobs([JobSpec("mail"), JobSpec("mail")])
    await fail(utils, "20 minutes", 1)
    await fail(utils, "2 minutes", 2)
    await screen.open("?state=retrying")
    for label, ids in (("15 min", ["2"]), ("1 h", ["2", "1"])):
        await screen.page.locator("#gw-more-open").click()
        await screen.page.get_by_role("group", name="Failed within").get_by_role("button", name=label).click()
        await screen.shows(*ids)


async def test_tasks_and_queues_lead_to_their_retrying_jobs(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("mail", queue="outgoing")
    await utils.add_job("mail", queue="outgoing")
    await fail(utils, "1 minute", 2)
    for view in ("tasks", "queues"):
        await screen.open("?view=" + view)
        await screen.page.locator(f".{view} td.c-retrying a").click()
        await screen.shows("2")
