"""A schema or a role that stands in the way, and a database that goes: each is said where rows would be, never an empty list."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.core.database.transactions import Pool, connect
from graphile_worker.core.diagnosis.roles import Recipe
from graphile_worker.demo.server import embedded
from tests.browser.conftest import Opener
from tests.browser.screen import Screen, refresh_every, refresh_now
from tests.browser.test_acting import stored
from tests.support.roles import acting_as, capabilities, login
from tests.support.templates import Databases


async def changed(utils: WorkerUtils, statement: str) -> None:
    """Runs it behind the server's back; what it remembers is forgotten at once."""
    await utils.database.pool.execute(statement)
    utils.queue.forget()


async def test_a_missing_schema_is_made_from_where_its_rows_would_be(utils: WorkerUtils, screen: Screen) -> None:
    await changed(utils, "drop schema graphile_worker cascade")
    await screen.open()
    blank, banner = screen.page.locator(".empty-state"), screen.page.locator("#gw-banners")
    await expect(blank).to_contain_text("The schema is not there yet")
    await expect(blank).to_contain_text('The schema "graphile_worker" holds no Graphile Worker tables yet.')
    await expect(banner).to_be_empty()  # said once
    async with screen.page.expect_response(lambda answer: answer.status == 503):
        await refresh_now(screen.page)
    await blank.get_by_role("button", name="Migrate…").click()
    await expect(screen.dialog).to_contain_text("live workers keep running")
    await screen.confirm()

    await screen.shows_notice("Migrate: Migrations complete")
    await expect(blank).to_contain_text("No jobs in this schema")
    await expect(banner).to_be_empty()
    assert await utils.database.pool.fetchval("select max(id) from graphile_worker.migrations") == 22
    screen.provoked(503)
    await blank.get_by_role("button", name="Add job").click()
    await screen.fill("identifier", "first")
    await screen.confirm()
    await screen.shows("1")
    assert await stored(utils, 1, "task_identifier") == ("first",)


async def test_a_breaking_migration_of_tomorrow_is_said_and_nothing_can_be_changed(
    utils: WorkerUtils, screen: Screen
) -> None:
    await utils.add_job("step")
    await changed(utils, "insert into graphile_worker.migrations values (99, now(), true)")
    await screen.open("?job=1")
    await screen.shows("1")
    warning = (
        "has the breaking migration 99; we know up to 22: what is shown may be incomplete, and nothing can be changed."
    )
    await expect(screen.page.locator("#gw-banners")).to_contain_text(warning)
    await expect(screen.page.locator("#gw-banners")).to_contain_text("Update graphile-worker.")
    add = screen.page.locator("#gw-tools").get_by_role("button", name="Add job")
    for one in (add, *[screen.panel.get_by_role("button", name=label) for label in ("Reschedule", "Fail", "Complete")]):
        await expect(one).to_be_disabled()
        assert warning in str(await one.get_attribute("title"))
    await screen.open("?view=maintenance")
    cards = screen.page.locator(".card footer button")
    await expect(cards).to_have_count(7)
    for card in await cards.all():
        await expect(card).to_be_disabled()


async def test_a_migration_of_tomorrow_that_breaks_nothing_is_only_noted(utils: WorkerUtils, screen: Screen) -> None:
    await changed(utils, "insert into graphile_worker.migrations values (99, now(), false)")
    await screen.open()
    await screen.page.locator(".empty-state").get_by_role("button", name="Add job").click()
    await screen.fill("identifier", "step")
    await screen.confirm()
    await screen.shows("1")
    await expect(screen.page.locator("#gw-banners")).to_be_empty()
    assert await stored(utils, 1, "task_identifier") == ("step",)
    await screen.page.get_by_role("link", name="Maintenance").click()
    await expect(screen.page.locator(".health")).to_contain_text("is at migration 99, newer than the 22 we know.")
    await expect(screen.page.locator('.card[aria-label="Migrate"]')).to_contain_text("up to date")


@pytest_asyncio.fixture(loop_scope="session")
async def blind(utils: WorkerUtils, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The admin is a role that has every grant, and whom row security shows nothing."""
    pool = utils.database.pool
    await utils.add_job("step", queue="billing")
    await utils.permanently_fail_jobs([1], "no")
    name = await login(pool, "blind")
    await pool.execute(
        f"grant usage on schema graphile_worker to {name}; grant all on all tables in schema graphile_worker to {name}"
    )
    dsn = databases.server.dsn(await pool.fetchval("select current_database()"))
    async with acting_as(dsn, name) as theirs:
        monkeypatch.setattr(utils, "database", theirs.database)
        yield name


async def test_a_role_whom_row_security_blinds_is_told_so_on_every_screen_until_it_sees(
    pool: Pool, blind: str, utils: WorkerUtils, open_admin: Opener
) -> None:
    screen = await open_admin()
    sentence = (
        f'Row security hides rows of _private_job_queues, _private_jobs and _private_tasks from the role "{blind}".'
    )
    blank, banners = screen.page.locator("#gw-screen .empty-state"), screen.page.locator("#gw-banners")
    for view in ("queues", "tasks", "errors", "workers", "jobs"):
        await screen.open(f"?view={view}")
        await expect(blank).to_contain_text("This database role may not see the jobs" + sentence)
        await expect(banners).to_be_empty()  # said once
        await expect(screen.page.locator("#gw-screen tbody")).to_have_count(0)
    await expect(blank).to_contain_text(f"graphile-worker roles --operator {blind}")
    await screen.open("?job=1")
    await expect(screen.panel).to_contain_text(sentence)
    async with screen.page.expect_response(lambda answer: answer.status == 403):
        await screen.page.keyboard.press("r")

    await pool.execute(Recipe("operator", blind).sql((await capabilities(utils)).facts))
    utils.queue.forget()
    await screen.page.keyboard.press("r")

    await screen.shows("1")
    await expect(screen.panel.locator("pre.error")).to_have_text("no")
    await expect(banners).to_be_empty()
    screen.provoked(403)


@pytest_asyncio.fixture(loop_scope="session")
async def own() -> AsyncIterator[embedded.EmbeddedPostgres]:
    """A PostgreSQL that a test may stop."""
    with tempfile.TemporaryDirectory(prefix="graphile-worker-tests-") as folder:
        Path(folder).chmod(0o711)
        with embedded.EmbeddedPostgres(Path(folder) / "server") as server:
            yield server


@pytest_asyncio.fixture(loop_scope="session")
async def mortal(
    own: embedded.EmbeddedPostgres, utils: WorkerUtils, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[WorkerUtils]:
    """The admin stands on it; started again, it is where it was."""
    monkeypatch.setattr(embedded, "_free_port", lambda port=own.port: port)
    pool = await connect(own.dsn())
    monkeypatch.setattr(utils, "database", type(utils.database)(pool))
    await utils.migrate()
    yield utils
    await pool.close()


async def test_rows_outlive_a_database_that_goes_and_new_ones_come_when_it_is_back(
    own: embedded.EmbeddedPostgres, mortal: WorkerUtils, open_admin: Opener
) -> None:
    await mortal.add_job("before")
    screen = await open_admin()
    await screen.open()
    await screen.shows("1")
    await refresh_every(screen.page, 2)
    await screen.page.evaluate("() => { window.same_page = true }")

    await asyncio.to_thread(own.stop)

    banner, word = screen.page.locator("#gw-banners"), screen.page.locator("#gw-bar .live")
    await expect(banner).to_contain_text("Database unreachable. Check the address")
    await expect(word).to_contain_text("stale · ")
    await screen.shows("1")
    await screen.page.locator("#gw-tools").get_by_role("button", name="Add job").click()
    await screen.fill("identifier", "after")
    await screen.confirm()
    await expect(screen.dialog.get_by_role("alert")).to_contain_text("Database unreachable. Check the address")

    await asyncio.to_thread(own.start)

    await expect(banner).to_be_empty()
    await expect(word).to_contain_text("live · ")
    await screen.confirm()
    await expect(screen.dialog).to_have_count(0)
    await screen.shows("2", "1")
    assert await stored(mortal, 2, "task_identifier") == ("after",)
    assert await screen.page.evaluate("() => window.same_page") is True
    screen.provoked(503)
