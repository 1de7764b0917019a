"""Two people, two tabs, the same jobs: each is told by id what became of the other's, and loses nothing typed."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from graphile_worker import WorkerUtils
from tests.browser.screen import Screen, refresh_every
from tests.browser.test_acting import stored


async def by_hand(screen: Screen) -> None:
    """Nothing comes by itself: this tab knows what it knew."""
    await refresh_every(screen.page, 0)


async def reschedule(screen: Screen, where: Locator, priority: str) -> None:
    """Gives what is selected or open another priority."""
    await screen.press("Reschedule", where)
    await screen.fill("priority", priority)
    await screen.confirm()
    await screen.shows_notice("1 job rescheduled")


def outcome(screen: Screen, job_id: int) -> Locator:
    """The line of one job in the result."""
    lines = screen.page.get_by_label("Result").locator("li")
    return lines.filter(has=screen.page.locator("code", has_text=str(job_id)))


async def test_a_selected_job_that_the_other_tab_removed(utils: WorkerUtils, screen: Screen) -> None:
    for _ in range(3):
        await utils.add_job("report")
    other = await screen.another_person()
    await screen.open()
    await screen.select("1", "2", "3")
    await other.open("?job=2")
    await other.press("Complete")
    await other.confirm()
    await other.shows_notice("1 job completed")

    await screen.press("Fail", screen.selected)
    await screen.fill("reason", "the printer is gone")
    await screen.confirm()

    await screen.shows_notice("2 jobs marked as failed · 1 skipped")
    await expect(outcome(screen, 2)).to_contain_text("not found")
    await screen.shows("3", "1")
    assert await stored(utils, 1, "last_error") == ("the printer is gone",)
    assert await stored(utils, 2, "id") is None
    other.provoked(404)


async def test_an_open_job_that_the_other_tab_removed(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_job("report", {"pages": 3})
    other = await screen.another_person()
    await screen.open("?job=1")
    await by_hand(screen)
    await screen.press("Reschedule")
    await screen.fill("priority", "7")
    await other.open()
    await other.select("1")
    await other.press("Complete", other.selected)
    await other.confirm()
    await other.shows_notice("1 job completed")

    await screen.confirm()

    await screen.shows_notice("Nothing done: 1 skipped")
    await expect(outcome(screen, 1)).to_contain_text("not found")
    await expect(screen.panel).to_contain_text("It has left the queue since. This is its last state.")
    await expect(screen.panel.locator("pre.json")).to_contain_text('"pages": 3')
    await screen.shows()
    screen.provoked(404)


async def test_a_job_that_the_other_tab_replaced_is_left_alone_and_what_was_typed_is_kept(
    utils: WorkerUtils, screen: Screen
) -> None:
    await utils.add_job("digest", {"version": 1}, key="digest")
    other = await screen.another_person()
    await screen.open("?job=1")
    await by_hand(screen)
    await screen.press("Fail")
    await screen.fill("reason", "the first version is wrong")
    await other.open()
    await other.page.locator("#gw-tools").get_by_role("button", name="Add job").click()
    for name, text in (("identifier", "digest"), ("key", "digest"), ("payload", '{"version": 2}')):
        await other.fill(name, text)
    await other.confirm()
    await other.shows_notice("it was waiting with this key and was replaced")

    await screen.confirm()

    await screen.shows_notice("Nothing done: 1 skipped")
    await expect(outcome(screen, 1)).to_contain_text("was replaced meanwhile")
    await expect(screen.panel.locator("pre.json")).to_contain_text('"version": 2')
    assert await stored(utils, 1, "attempts, last_error") == (0, None)

    await screen.press("Fail")
    await expect(screen.dialog.locator("#gw-in-reason")).to_have_value("the first version is wrong")
    await screen.fill("reason", "the second is wrong too")
    await screen.confirm()
    await screen.shows_notice("1 job marked as failed")
    assert await stored(utils, 1, "last_error") == ("the second is wrong too",)
    await screen.press("Fail")  # what was done is not offered again
    await expect(screen.dialog.locator("#gw-in-reason")).to_have_value("")


async def test_a_priority_changed_in_both_tabs(utils: WorkerUtils, screen: Screen) -> None:
    """The second is told that it is not what they saw; once they have seen it, theirs counts, and Undo is true."""
    await utils.add_job("invoice")
    other = await screen.another_person()
    await screen.open("?job=1")
    await by_hand(screen)
    await other.open("?job=1")
    await by_hand(other)

    await reschedule(screen, screen.panel, "5")
    await other.press("Reschedule", other.panel)
    await other.fill("priority", "9")
    await other.confirm()

    await other.shows_notice("Nothing done: 1 skipped")
    await expect(outcome(other, 1)).to_contain_text("was changed meanwhile (priority 5, not 0)")
    await expect(other.row("1").locator(".c-pri")).to_have_text("5")
    assert await stored(utils, 1, "priority") == (5,)

    await reschedule(other, other.panel, "9")
    await expect(other.row("1").locator(".c-pri")).to_have_text("9")
    await expect(screen.row("1").locator(".c-pri")).to_have_text("5")
    await screen.page.get_by_label("Result").get_by_role("button", name="Undo").click()
    await screen.shows_notice("Nothing done: 1 skipped")
    await expect(outcome(screen, 1)).to_contain_text("was changed meanwhile (priority 9, not 5)")
    assert await stored(utils, 1, "priority") == (9,)
    await expect(screen.row("1").locator(".c-pri")).to_have_text("9")

    await other.page.locator("#gw-undo").click()
    await other.shows_notice("1 job put back")
    assert await stored(utils, 1, "priority") == (5,)
