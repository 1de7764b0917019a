"""Looking at the queue: rows, filters, pages, addresses."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.core.jobs import JobSpec
from tests.browser.screen import Screen, eventually, refresh_every


async def seed(utils: WorkerUtils) -> None:
    """Jobs 1 to 5: a mail, a failed mail, a charge in a queue, a charge for tomorrow, a running report."""
    for task, queue, key in (
        ("send_email", None, "mail-1"),
        ("send_email", None, None),
        ("charge_card", "billing", None),
        ("charge_card", "billing", None),
        ("report", "nightly", None),
    ):
        await utils.add_job(task, {"for": "Zoë"}, queue=queue, key=key)
    await utils.permanently_fail_jobs([2], "SMTP 550: no such mailbox")
    await utils.reschedule_jobs([4], run_at="2999-01-01T00:00:00Z")
    await utils.database.pool.execute(
        "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'worker-1' where id = 5"
    )


async def test_the_newest_job_stands_first(utils: WorkerUtils, screen: Screen) -> None:
    await seed(utils)
    await screen.open()
    await screen.shows("5", "4", "3", "2", "1")
    states = await screen.page.locator(".c-state .state").all_inner_texts()
    assert states == ["running", "scheduled", "ready", "failed", "ready"]
    await expect(screen.row("1")).to_contain_text("mail-1")
    await expect(screen.row("2")).to_contain_text("SMTP 550: no such mailbox")
    await expect(screen.row("3")).to_contain_text('{"for": "Zoë"}')


async def test_a_count_is_a_filter_and_the_address_remembers_it(utils: WorkerUtils, screen: Screen) -> None:
    await seed(utils)
    await screen.open()
    await screen.state("Failed")
    await screen.address(state="failed")
    await screen.shows("2")
    await screen.state("Scheduled")
    await screen.address(state="scheduled")
    await screen.shows("4")
    await screen.page.go_back()
    await screen.address(state="failed")
    await screen.shows("2")
    await screen.page.go_forward()
    await screen.shows("4")
    await screen.page.reload()
    await screen.address(state="scheduled")
    await screen.shows("4")


async def test_filters_by_task_queue_and_search_narrow_in_the_database(utils: WorkerUtils, screen: Screen) -> None:
    await seed(utils)
    await screen.open()
    await screen.filter("identifier", "charge_card, report")
    await screen.shows("5", "4", "3")
    await screen.filter("queue", "billing")
    await screen.shows("4", "3")
    await screen.says("2 jobs shown")
    await screen.page.get_by_label("Remove filter task report").click()
    await screen.address(identifier="charge_card", queue="billing")
    await screen.page.get_by_text("clear all").click()
    await screen.shows("5", "4", "3", "2", "1")
    await screen.page.keyboard.press("/")
    await screen.page.keyboard.type("no such mailbox")
    await screen.address(search="no such mailbox")
    await screen.shows("2")
    await screen.says("1 job shown")


MATCH_INSIDE = """() => {
  const mark = document.querySelector('#row-1 mark').getBoundingClientRect();
  const cell = document.querySelector('#row-1 mark').closest('td').getBoundingClientRect();
  return mark.width > 10 && mark.left >= cell.left && mark.right <= cell.right;
}"""
WIDTH = "name => document.querySelector(`#row-1 .${name}`).getBoundingClientRect().width"


@pytest.mark.parametrize("width", [390, 800, 1100, 1440])
async def test_what_a_search_found_is_visible_and_has_more_room_than_other_texts(
    utils: WorkerUtils, screen: Screen, width: int
) -> None:
    await utils.add_job("t", {"before": "a" * 200, "name": "Needle", "after": "b" * 200})
    await utils.add_job("t", {})
    await utils.permanently_fail_jobs([1], "Error: " + "W" * 40 + " Thimble " + "W" * 200)
    await screen.page.set_viewport_size({"width": width, "height": 800})
    for text, found, other in (("needle", "c-data", "c-err"), ("thimble", "c-err", "c-data")):
        await screen.open("?search=" + text)
        await screen.shows("1")
        await expect(screen.row("1").locator("mark")).to_be_visible()
        assert await screen.page.evaluate(MATCH_INSIDE), (width, text)
        assert await screen.page.evaluate(WIDTH, found) >= await screen.page.evaluate(WIDTH, other), (width, text)


async def test_pages_go_older_and_back_to_newer(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_jobs([JobSpec("page", {"number": number}) for number in range(1, 121)])
    await screen.open()
    await screen.shows(*[str(number) for number in range(120, 20, -1)])
    await screen.page.get_by_role("link", name="Older").click()
    await screen.shows(*[str(number) for number in range(20, 0, -1)])
    await expect(screen.page.locator(".foot")).to_contain_text("last page")
    await screen.page.get_by_role("link", name="Newer").click()
    await screen.shows(*[str(number) for number in range(120, 20, -1)])
    await expect(screen.page.locator(".foot")).to_contain_text("first page")


async def test_a_job_added_elsewhere_appears_without_a_reload(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("first")
    await screen.open()
    await screen.shows("1")
    await refresh_every(screen.page, 2)
    await screen.page.evaluate("() => { window.same_page = true }")
    await utils.database.pool.execute("select graphile_worker.add_job('second')")
    await screen.shows("2", "1")
    assert await screen.page.evaluate("() => window.same_page") is True


async def test_the_theme_is_remembered(utils: WorkerUtils, screen: Screen) -> None:
    await screen.open()
    root = screen.page.locator("html")
    await screen.page.get_by_label("Settings").click()
    await screen.page.get_by_role("button", name="dark", exact=True).click()
    await expect(root).to_have_attribute("data-theme", "dark")
    await screen.page.reload()
    await expect(root).to_have_attribute("data-theme", "dark")


async def test_times_are_in_the_zone_of_this_computer_or_utc_as_chosen(utils: WorkerUtils, screen: Screen) -> None:
    """Winter and summer have their own offsets; what is typed is meant in the zone that its hint names."""
    session = await screen.page.context.new_cdp_session(screen.page)
    await session.send("Emulation.setTimezoneOverride", {"timezoneId": "Europe/Berlin"})
    await utils.add_job("winter", run_at="2031-01-15T12:00:00Z")
    await utils.add_job("summer", run_at="2031-07-15T12:00:00Z")
    await screen.open()
    winter, summer = (screen.row(one).locator(".c-at time") for one in ("1", "2"))
    await expect(winter).to_have_attribute("title", "2031-01-15 13:00:00 UTC+01:00")
    await expect(summer).to_have_attribute("title", "2031-07-15 14:00:00 UTC+02:00")

    await screen.page.get_by_label("Settings").click()
    await expect(screen.page.locator("#gw-settings")).to_contain_text("Time zone: Europe/Berlin, UTC+0")
    await screen.page.get_by_role("button", name="UTC", exact=True).click()
    await expect(summer).to_have_attribute("title", "2031-07-15 12:00:00 UTC")
    await screen.page.reload()
    await expect(winter).to_have_attribute("title", "2031-01-15 12:00:00 UTC")

    await screen.open_job("1")
    await screen.press("Reschedule")
    await expect(screen.dialog).to_contain_text("UTC. Empty: unchanged.")
    await screen.fill("run_at", "2031-02-01T08:00:00")
    await screen.confirm()
    await screen.shows_notice("1 job rescheduled")
    await expect(winter).to_have_attribute("title", "2031-02-01 08:00:00 UTC")


async def test_a_failed_job_leads_to_its_kin(utils: WorkerUtils, screen: Screen) -> None:
    for number in range(3):
        await utils.add_job("send_email", {"n": number})
    await utils.permanently_fail_jobs([1], "SMTP 550: no mailbox of user 17")
    await utils.permanently_fail_jobs([2], "SMTP 550: no mailbox of user 4")
    await utils.permanently_fail_jobs([3], "timeout")
    await screen.open("?job=1")
    await screen.panel.get_by_role("link", name="same error").click()
    await screen.address(state="failed", error="SMTP 550: no mailbox of user …")
    await screen.shows("2", "1")
    await screen.open_job("2")
    await screen.panel.get_by_role("link", name="In Errors").click()
    await screen.address(view="errors", search="SMTP 550: no mailbox of user …")
    await expect(screen.page.locator(".c-error")).to_have_text(
        [re.compile("Error"), re.compile("SMTP 550: no mailbox")]
    )


async def test_errors_are_grouped_and_a_group_is_retried(utils: WorkerUtils, screen: Screen) -> None:
    jobs = [await utils.add_job("send_email", {"n": n}) for n in range(60)]
    await utils.permanently_fail_jobs([job.id for job in jobs[:50]], "SMTP 550: user 12345 is unknown")
    await utils.permanently_fail_jobs([jobs[50].id], "disk full")
    await screen.open("?view=errors")
    rows = screen.page.locator(".errors tbody tr")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("SMTP 550: user 12345 is unknown")
    await expect(rows.first.locator(".variable")).to_have_text("12345")
    await expect(rows.first.locator(".c-failed")).to_have_text("50")
    await rows.first.get_by_role("button", name="Retry…").click()
    await expect(screen.dialog).to_contain_text("50")
    await screen.address(state="failed", error="SMTP 550: user … is unknown")
    await screen.confirm()
    await eventually(_failed(utils), 1)


async def test_one_variant_of_a_group_is_retried(utils: WorkerUtils, screen: Screen) -> None:
    jobs = [await utils.add_job("send_email", {"n": n}) for n in range(5)]
    await utils.permanently_fail_jobs([job.id for job in jobs[:3]], "SMTP 550: user 1 is unknown")
    await utils.permanently_fail_jobs([job.id for job in jobs[3:]], "SMTP 550: user 2 is unknown")
    await screen.open("?view=errors")
    rows = screen.page.locator(".errors tbody tr")
    await expect(rows).to_have_count(1)
    await rows.get_by_role("button", name="2 variants of: SMTP 550: user … is unknown").click()
    await expect(rows).to_have_count(3)
    await expect(rows.nth(1).locator(".c-failed")).to_have_text("3")
    await expect(rows.nth(2)).to_contain_text("user 2 is unknown")
    await rows.nth(2).get_by_role("button", name="Retry…").click()
    await screen.address(state="failed", variant="SMTP 550: user 2 is unknown")
    await expect(screen.page.locator("#gw-go")).to_have_text("Retry 2 jobs")
    await screen.confirm()
    await eventually(_failed(utils), 3)


async def test_errors_of_the_last_hour(utils: WorkerUtils, screen: Screen) -> None:
    jobs = [await utils.add_job("send_email") for _ in range(2)]
    await utils.permanently_fail_jobs([jobs[0].id], "old")
    await utils.permanently_fail_jobs([jobs[1].id], "recent")
    sql = "update graphile_worker._private_jobs set updated_at = now() - interval '3 hours' where last_error = 'old'"
    await utils.database.pool.execute(sql)
    await screen.open("?view=errors")
    rows = screen.page.locator(".errors tbody tr")
    await expect(rows).to_have_count(2)
    await screen.page.get_by_role("button", name="1 h", exact=True).click()
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("recent")
    assert "failed_from=" in screen.page.url
    await screen.page.locator(".active-filter a").click()
    await expect(rows).to_have_count(2)


async def test_held_queues_only(utils: WorkerUtils, screen: Screen) -> None:
    for queue in ("calm", "busy", "late"):
        await utils.add_job("t", queue=queue)
    await utils.add_job("t", queue="busy")
    await utils.add_job("t", queue="calm", run_at="2001-01-01T00:00:00Z")
    pool = utils.database.pool
    await pool.execute(
        "update graphile_worker._private_job_queues set locked_at = now(), locked_by = 'w' where queue_name = 'busy'"
    )
    await screen.open("?view=queues")
    names = screen.page.locator(".queues tbody .c-task")
    await expect(names).to_have_text(["busy", "calm", "late"])
    await screen.page.get_by_role("link", name="Held only").click()
    await expect(names).to_have_text(["busy"])
    await screen.address(view="queues", held="true")
    await screen.page.get_by_role("link", name="Held only").click()
    await expect(names).to_have_count(3)


def _failed(utils: WorkerUtils) -> Callable[[], Awaitable[int]]:
    failed = "select count(*) from graphile_worker._private_jobs where attempts >= max_attempts"
    return lambda: utils.database.pool.fetchval(failed)
