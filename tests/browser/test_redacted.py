"""What a viewer sees where something is hidden: said plainly in the list, the panel, the errors and the tasks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.core.jobs import RawJson
from tests.browser.conftest import DESK, Opener
from tests.browser.screen import refresh_now
from tests.support.table import Table

PHONE = (390, 844)
SECRET = "CANARY7f3a"
PICTURES = os.environ.get("GRAPHILE_WORKER_PICTURES")  # a folder: pictures of what was looked at


async def fill(utils: WorkerUtils) -> None:
    """Failed jobs with a secret in payload and error, and one without any error."""
    for index in range(3):
        payload = RawJson(f'{{"customer": {{"email": "{SECRET}", "plan": "gold"}}, "n": {index}}}')
        job = await utils.add_job("mail", payload, queue="letters", key=f"k{index}", max_attempts=1)
        if index:
            await Table.of(utils).run(
                "update {s}._private_jobs set attempts = 1, last_error = $1 where id = $2", f"no such: {SECRET}", job.id
            )


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("redact", [("all",), ("customer.email",)], ids=["all", "path"])
async def test_a_viewer_is_told_what_is_hidden(
    utils: WorkerUtils, open_admin: Opener, size: tuple[int, int], redact: tuple[str, ...]
) -> None:
    await fill(utils)
    screen = await open_admin(read_only=True, redact=redact, size=size)
    page = screen.page

    async def picture(name: str) -> None:
        assert SECRET not in await page.content()
        for theme in ("light", "dark") if PICTURES else ():
            await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            await page.screenshot(path=Path(str(PICTURES)) / f"{name}-{redact[0]}-{size[0]}-{theme}.png")

    await screen.open()
    await expect(page.locator("tr#row-2")).to_contain_text("hidden from viewers")
    await picture("list")
    await screen.open("?job=2")
    panel = page.locator("#gw-job")
    await expect(panel.locator("section", has=page.get_by_role("heading", name="Last error"))).to_contain_text(
        "This is hidden from viewers."
    )
    payload = panel.locator("section", has=page.get_by_role("heading", name="Payload"))
    if redact == ("all",):
        await expect(payload).to_contain_text("This is hidden from viewers.")
        await expect(payload.get_by_role("button")).to_have_count(0)
    else:
        await expect(payload).to_contain_text("values are hidden from viewers")
        await expect(payload).to_contain_text("gold")
    await payload.scroll_into_view_if_needed()
    await picture("job")
    await screen.open("?view=errors")
    await expect(page.locator(".empty-state")).to_contain_text("Error texts are hidden from you")
    await expect(page.locator(".banner.bad")).to_have_count(0)
    await picture("errors")
    await refresh_now(page)  # and does not ask again
    await page.locator("nav").get_by_role("link", name="Jobs").first.click()
    await page.locator("nav").get_by_role("link", name="Errors").first.click()
    await expect(page.locator(".empty-state")).to_contain_text("Error texts are hidden from you")
    await screen.open("?view=tasks")
    await expect(page.locator("main")).to_contain_text("hidden from viewers")
    await picture("tasks")
