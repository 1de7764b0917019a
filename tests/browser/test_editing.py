"""The payload of a job is changed on the page: with its check, its difference, and a lost race."""

from __future__ import annotations

from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.core.jobs import RawJson
from tests.browser.screen import Screen, eventually

TEXT = '{"amount":49.90,"id":9007199254740993,"to":["ada@example.org","zoe@example.org"]}'


async def stored(utils: WorkerUtils, job_id: int) -> object:
    """The stored text."""
    return await utils.database.pool.fetchval(
        "select payload::text from graphile_worker._private_jobs where id = $1", job_id
    )


async def test_change_a_payload(utils: WorkerUtils, screen: Screen) -> None:
    """Four clicks: the job, Edit, the text, Save."""
    await utils.add_job("invoice", RawJson(TEXT))
    await screen.open()
    await screen.open_job("1")
    await screen.press("Edit…")
    box = screen.dialog.locator("#gw-in-payload")
    await expect(box).to_be_focused()
    shown = await box.input_value()
    assert "".join(shown.split()) == TEXT

    await box.fill(shown.replace("49.90", "49.90,"))
    await expect(screen.dialog.locator(".error")).to_contain_text("at line 2 column 19")
    await box.fill(shown.replace("49.90", "50.00"))
    await expect(screen.dialog.locator(".error")).to_have_count(0)
    await expect(screen.dialog.locator(".diff .removed")).to_have_text('-   "amount": 49.90,')
    await expect(screen.dialog.locator(".diff .added")).to_have_text('+   "amount": 50.00,')
    await screen.confirm()
    await screen.shows_notice("Payload of job 1 changed")
    await expect(screen.dialog).to_have_count(0)
    assert await stored(utils, 1) == shown.replace("49.90", "50.00")
    await expect(screen.panel.locator("pre.json")).to_contain_text("50.00")


async def test_a_lost_race_keeps_what_was_typed(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("invoice", {"n": 1}, key="k")
    await screen.open("?job=1")
    await screen.press("Edit…")
    await screen.fill("payload", '{"n": "mine"}')
    await utils.add_job("invoice", {"n": "theirs"}, key="k")
    await screen.confirm()
    await expect(screen.dialog).to_contain_text("Your text is kept")
    await expect(screen.dialog.locator("pre.json")).to_have_text('{"n": "theirs"}')
    await expect(screen.dialog.locator("#gw-in-payload")).to_have_value('{"n": "mine"}')
    assert await stored(utils, 1) == '{"n": "theirs"}'
    await utils.database.pool.execute(
        "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'worker-1' where id = 1"
    )
    await screen.confirm()
    await expect(screen.dialog.locator("p.error")).to_contain_text("is running on worker-1")
    await expect(screen.dialog.locator("#gw-in-payload")).to_have_value('{"n": "mine"}')
    await utils.database.pool.execute("update graphile_worker._private_jobs set locked_at = null, locked_by = null")
    await screen.confirm()
    await screen.shows_notice("Payload of job 1 changed")
    await eventually(lambda: stored(utils, 1), '{"n": "mine"}')


async def test_a_duplicate_replaces_its_original(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("invoice", RawJson('{"exact": 1.50}'))
    await screen.open("?job=1")
    await screen.press("Duplicate…")
    await screen.fill("payload", '{"exact": 2.50}')
    await screen.dialog.get_by_text("Remove the original (job 1)").click()
    await screen.confirm()
    await screen.shows_notice("Added job 2; job 1 was removed")
    await screen.address(job="2")
    assert (await stored(utils, 1), await stored(utils, 2)) == (None, '{"exact": 2.50}')
