"""Acting on jobs: what the page says happened is what the database holds."""

from __future__ import annotations

from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.core.jobs import RawJson
from tests.browser.screen import Screen, eventually

BIG = 9007199254740993  # 2^53 + 1: a browser's number would make it ...992


async def stored(utils: WorkerUtils, job_id: int, columns: str) -> tuple[object, ...] | None:
    """Columns of one job, None when it is gone."""
    row = await utils.database.pool.fetchrow(f"select {columns} from graphile_worker.jobs where id = $1", job_id)
    return None if row is None else tuple(row.values())


async def run(utils: WorkerUtils, job_id: int) -> None:
    """As if a worker had taken the job just now."""
    await utils.database.pool.execute(
        "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'worker-1' where id = $1", job_id
    )


async def test_read_why_a_job_failed_and_retry_it(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("send_email", {"to": "zoe@example.org"}, max_attempts=3)
    await utils.permanently_fail_jobs([1], "SMTP 550: no such mailbox\n  at send (mail.ts:88)")
    await screen.open("?state=failed")
    await screen.open_job("1")
    await screen.address(state="failed", job="1")
    await expect(screen.panel.locator("pre.error")).to_contain_text("at send (mail.ts:88)")
    await expect(screen.panel.locator(".explanation")).to_contain_text("all 3 attempts are used")
    await screen.press("Retry")
    await screen.shows_notice("1 job retried")
    await screen.says("1 job retried")
    assert await stored(utils, 1, "attempts, run_at <= now(), locked_at") == (0, True, None)
    await expect(screen.panel.locator(".state").first).to_have_text("ready")
    await screen.page.keyboard.press("Escape")
    await screen.address(state="failed")


async def test_the_one_button_of_a_row_does_its_action_at_once(utils: WorkerUtils, screen: Screen) -> None:
    for number in (1, 2, 3):
        await utils.add_job("import", {"number": number}, max_attempts=3)
    await utils.permanently_fail_jobs([1], "no")
    await utils.reschedule_jobs([2, 3], run_at="2999-01-01T00:00:00Z")
    await screen.open()
    await screen.page.get_by_role("button", name="Retry job 1", exact=True).click()
    await screen.shows_notice("1 job retried")
    assert await stored(utils, 1, "attempts, run_at <= now()") == (0, True)
    await screen.page.get_by_role("button", name="Run now job 2", exact=True).click()
    await screen.shows_notice("1 job set to run now")
    assert await stored(utils, 2, "attempts, run_at <= now()") == (0, True)
    assert await stored(utils, 3, "run_at <= now()") == (False,)
    await expect(screen.panel).to_have_count(0)
    for job_id in ("1", "2"):
        await expect(screen.row(job_id).locator(".state")).to_have_text("ready")
        await expect(screen.row(job_id).locator(".c-more button")).to_have_count(0)


async def test_run_a_scheduled_job_now(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("invoice", run_at="2999-01-01T00:00:00Z")
    await screen.open("?job=1")
    await screen.press("Run now")
    await screen.shows_notice("1 job set to run now")
    assert await stored(utils, 1, "run_at <= now(), attempts") == (True, 0)
    await expect(screen.panel.locator(".state").first).to_have_text("ready")


async def test_run_a_job_before_all_others(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("import", priority=-3)
    await utils.add_job("invoice", run_at="2999-01-01T00:00:00Z")
    await screen.open("?job=2")
    await screen.press("Run next")
    await screen.shows_notice("1 job set to run next")
    assert await stored(utils, 2, "run_at <= now(), priority, attempts") == (True, -4, 0)
    assert await stored(utils, 1, "priority") == (-3,)


async def test_shift_selects_and_drops_all_rows_between(utils: WorkerUtils, screen: Screen) -> None:
    for number in range(1, 8):
        await utils.add_job("import", {"number": number})
    await screen.open()
    box = screen.page.get_by_label

    async def ticked() -> list[str]:
        boxes = screen.page.locator("tr[id^=row-] input:checked")
        return [str(one) for one in await boxes.evaluate_all("boxes => boxes.map(box => box.dataset.id)")]

    await box("Select job 6", exact=True).click()
    await box("Select job 2", exact=True).click(modifiers=["Shift"])
    await expect(screen.selected).to_contain_text("5 selected")
    assert await ticked() == ["6", "5", "4", "3", "2"]
    await box("Select job 3", exact=True).click(modifiers=["Shift"])
    await expect(screen.selected).to_contain_text("3 selected")
    assert await ticked() == ["6", "5", "4"]
    await screen.press("Complete", screen.selected)
    await screen.confirm()
    await screen.shows_notice("3 jobs completed")
    ids = await utils.database.pool.fetch("select id from graphile_worker.jobs order by id")
    assert [row["id"] for row in ids] == [1, 2, 3, 7]


async def test_add_a_job_again_with_a_change(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("invoice", RawJson('{"exact": 1.50}'), queue="billing", priority=3, flags=["slow"])
    await screen.open("?job=1")
    await screen.press("Duplicate…")
    await expect(screen.dialog).to_contain_text("Duplicate job 1")
    await screen.fill("priority", "9")
    await screen.confirm()
    await expect(screen.dialog).to_have_count(0)
    await screen.shows("2", "1")
    held = "task_identifier, queue_name, priority, flags::text"
    assert await stored(utils, 2, held) == ("invoice", "billing", 9, '{"slow": true}')
    texts = await utils.database.pool.fetch("select payload::text from graphile_worker._private_jobs order by id")
    assert [row[0] for row in texts] == ['{"exact": 1.50}'] * 2


async def test_fail_with_a_reason(utils: WorkerUtils, screen: Screen) -> None:
    for number in (1, 2, 3):
        await utils.add_job("import", {"number": number})
    await screen.open()
    await screen.select("1", "3")
    await screen.press("Fail", screen.selected)
    await expect(screen.dialog).to_contain_text("Fail 2 jobs?")
    await screen.fill("reason", "the file is <gone>")
    await screen.confirm()
    await screen.shows_notice("2 jobs marked as failed")
    result = screen.page.get_by_label("Result")
    await expect(result.locator("header .icon.good")).to_be_visible()
    await expect(result.locator(".bad, .failed")).to_have_count(0)
    await expect(screen.row("3")).to_contain_text("the file is <gone>")
    for job_id in (1, 3):
        assert await stored(utils, job_id, "attempts = max_attempts, last_error") == (True, "the file is <gone>")
    assert await stored(utils, 2, "attempts, last_error") == (0, None)


async def test_complete_says_per_job_what_happened(utils: WorkerUtils, screen: Screen) -> None:
    for _ in range(3):
        await utils.add_job("report")
    await run(utils, 2)
    await screen.open()
    await screen.select("1", "2", "3")
    await screen.press("Complete", screen.selected)
    await expect(screen.dialog.locator(".left-alone")).to_contain_text("is running on worker-1")
    await run(utils, 3)  # taken while the dialog is open: only the database knows
    await screen.confirm()
    await screen.shows_notice("1 job completed · 2 skipped")
    outcomes = screen.page.get_by_label("Result").locator("li")
    await expect(outcomes).to_have_count(3)
    await expect(outcomes.filter(has_text="completed").locator("code")).to_have_text("1")
    await screen.shows("3", "2", "1")  # two are still selected: nothing moves
    await expect(screen.row("1").locator(".state")).to_have_text("gone")
    await screen.page.locator(".new-jobs", has_text="1 gone").click()
    await screen.shows("3", "2")
    assert await stored(utils, 1, "id") is None
    assert [await stored(utils, job_id, "locked_by") for job_id in (2, 3)] == [("worker-1",), ("worker-1",)]


async def test_reschedule(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("invoice", priority=5)
    await screen.open("?job=1")
    await screen.press("Reschedule")
    await screen.fill("run_at", "2999-01-01T12:00:00")
    await screen.fill("priority", "-7")
    await screen.confirm()
    await screen.shows_notice("1 job rescheduled")
    assert await stored(utils, 1, "priority, extract(year from run_at)::int, attempts") == (-7, 2999, 0)
    await expect(screen.row("1").locator(".state")).to_have_text("scheduled")


async def test_a_refused_job_keeps_what_was_typed(utils: WorkerUtils, screen: Screen) -> None:
    payload = '{"big": 9007199254740993, "price": 1.50}'
    await screen.open()
    await screen.page.locator("#gw-tools").get_by_role("button", name="Add job").click()
    await screen.fill("identifier", "charge_card")
    await screen.fill("payload", payload)
    await screen.fill("priority", "99999")
    await screen.confirm()
    wrong = screen.dialog.locator(".in-priority .error")
    await expect(wrong).to_have_text("Priority must be between -32768 and 32767.")
    await expect(screen.dialog.locator("#gw-in-payload")).to_have_value(payload)
    await expect(screen.dialog.locator("#gw-in-priority")).to_be_focused()
    screen.provoked(400)
    await screen.fill("priority", "5")
    await screen.confirm()
    await expect(screen.dialog).to_have_count(0)
    await screen.shows("1")
    assert await stored(utils, 1, "task_identifier, priority") == ("charge_card", 5)
    text = await utils.database.pool.fetchval("select payload::text from graphile_worker._private_jobs")
    assert text == payload


async def test_remove_by_key(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("digest", key="digest:7")
    await screen.open()
    await screen.shows("1")
    await screen.page.locator("#gw-tools").get_by_role("button", name="Remove by key").click()
    await screen.fill("key", "digest:8")
    await screen.confirm()
    await expect(screen.dialog.locator(".in-key .error")).to_be_visible()
    assert await stored(utils, 1, "key") == ("digest:7",)
    await screen.fill("key", "digest:7")
    await screen.confirm()
    await screen.shows_notice("digest:7")
    await screen.shows()
    assert await stored(utils, 1, "key") is None


async def test_an_id_past_two_to_the_53_is_acted_on_exactly(utils: WorkerUtils, screen: Screen) -> None:
    await utils.database.pool.execute(f"alter sequence graphile_worker.jobs_id_seq1 restart with {BIG - 1}")
    for number in (1, 2, 3):
        await utils.add_job("ledger", RawJson(f'{{"n": {BIG}, "copy": {number}}}'))
    await screen.open()
    await screen.shows(str(BIG + 1), str(BIG), str(BIG - 1))
    await screen.open_job(str(BIG))
    await screen.address(job=str(BIG))
    await expect(screen.panel.locator("pre.json")).to_contain_text(str(BIG))
    await screen.press("Complete")
    await screen.confirm()
    await screen.shows_notice("1 job completed")
    await eventually(lambda: stored(utils, BIG, "id"), None)
    await expect(screen.panel).to_contain_text("It has left the queue since.")
    await expect(screen.panel).to_contain_text("It is done, or was removed.")
    await expect(screen.panel.locator("[data-action=job-action]")).to_have_count(0)
    await expect(screen.panel).not_to_contain_text("Ready.")
    screen.provoked(404)
    await screen.page.keyboard.press("Escape")
    await screen.shows(str(BIG + 1), str(BIG - 1))


async def test_remove_a_job_that_waits(utils: WorkerUtils, screen: Screen) -> None:
    for key in ("digest:7", "digest:8"):
        await utils.add_job("digest", key=key)
    await screen.open("?job=1")
    await screen.press("Remove…")
    await expect(screen.dialog).to_contain_text("It is deleted, with its payload and error. No worker runs it.")
    assert await stored(utils, 1, "key") == ("digest:7",)
    await screen.press("Remove job 1", screen.dialog)
    await screen.shows("2")
    assert await stored(utils, 1, "key") is None
    assert await stored(utils, 2, "key") == ("digest:8",)
    await expect(screen.panel).to_contain_text("It has left the queue since.")
    screen.provoked(404)


async def test_give_up_a_job_that_runs(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("digest", key="digest:7")
    await run(utils, 1)
    await screen.open("?job=1")
    await screen.press("Give up…")
    await expect(screen.dialog).to_contain_text("It goes on running")
    assert await stored(utils, 1, "key") == ("digest:7",)
    await screen.press("Give up job 1", screen.dialog)
    await expect(screen.dialog).to_have_count(0)
    assert await stored(utils, 1, "key, attempts >= max_attempts, locked_by") == (None, True, "worker-1")


async def test_unlock_one_job_of_a_worker(utils: WorkerUtils, screen: Screen) -> None:
    for job_id in (1, 2):
        await utils.add_job("digest")
        await run(utils, job_id)
    await screen.open("?job=1")
    await screen.press("Unlock…")
    await expect(screen.dialog).to_contain_text("Takes job 1")
    await screen.press("Unlock job 1", screen.dialog)
    await expect(screen.dialog).to_have_count(0)
    assert await stored(utils, 1, "locked_by") == (None,)
    assert await stored(utils, 2, "locked_by") == ("worker-1",)


async def test_unlock_one_queue(utils: WorkerUtils, screen: Screen) -> None:
    for queue in ("nightly", "hourly"):
        await utils.add_job("digest", queue=queue)
    queues = "graphile_worker._private_job_queues"
    await utils.database.pool.execute(f"update {queues} set locked_at = now(), locked_by = 'worker-1'")
    await screen.open("?view=queues&search=nightly")
    await screen.press("Unlock…", screen.page.locator("tbody tr"))
    await expect(screen.dialog).to_contain_text("Takes the queue nightly")
    await screen.press("Unlock queue nightly", screen.dialog)
    await expect(screen.dialog).to_have_count(0)
    held = await utils.database.pool.fetch(f"select queue_name from {queues} where locked_by is not null")
    assert [row[0] for row in held] == ["hourly"]
