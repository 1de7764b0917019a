"""The controls that `places.py` lists: those that write are pressed by the tests it names; all others by walks/test_every_control.py."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest_asyncio
from playwright.async_api import expect

from graphile_worker import JobSpec, WorkerUtils
from tests.browser.conftest import Opener
from tests.browser.controls import Hand, Writes
from tests.browser.places import ELSEWHERE, PLACES
from tests.browser.screen import Screen
from tests.browser.test_looking import seed

# What gives every maintenance operation something to do, and both tables of workers a row.
CHORES = (
    "insert into graphile_worker._private_tasks (identifier) values ('unused')",
    "insert into graphile_worker._private_job_queues (queue_name) values ('unused')",
    "select graphile_worker.worker_heartbeat('graphile_worker_1'), graphile_worker.worker_heartbeat('stale')",
    "update graphile_worker._private_workers set last_heartbeat_at = now() - interval '1 day' where id = 'stale'",
    "update graphile_worker._private_jobs set locked_at = now() - interval '20 hours', locked_by = 'stale' where id = 6",
    "update graphile_worker._private_jobs set locked_at = now() - interval '20 hours', locked_by = 'lost' where id = 7",
    "update graphile_worker._private_job_queues set locked_at = now(), locked_by = 'worker-1' where queue_name = 'nightly'",
    "delete from graphile_worker.migrations where id = 22",
    "update graphile_worker._private_jobs set key = 'report' where id = 5",
)


@pytest_asyncio.fixture(loop_scope="session")
async def jobs(utils: WorkerUtils) -> WorkerUtils:
    """Something for every control: jobs in every state, more than a page of them, an error, workers, a step of the migration."""
    await seed(utils)
    await utils.add_jobs([JobSpec("stuck"), JobSpec("stuck")])
    await utils.add_jobs([JobSpec("page", {"n": number}, queue=f"page-{number:02}") for number in range(61)])
    for seconds in (12, 13):
        await utils.permanently_fail_jobs([seconds], f"No answer within {seconds} seconds")
    for statement in CHORES:
        await utils.database.pool.execute(statement)
    utils.queue.forget()  # the schema that it has read
    return utils


async def test_what_is_pressed_elsewhere_is_pressed_by_the_test_that_is_named() -> None:
    claims = [(call, test) for place in PLACES for call, test in place.controls.items() if isinstance(test, Writes)]
    for call, test in (*claims, *[("", test) for test in ELSEWHERE.values()]):
        file, name = test.split(".")
        source = inspect.getsource(getattr(import_module(f"tests.browser.{file}"), name))
        label = call.partition(" ")[2].partition(" #")[0]
        assert "database" in source or "stored(" in source or "Table.of" in source or not call, test
        assert label in source or "confirm()" in source, (call, test)


async def test_a_control_that_no_place_lists_is_found(jobs: WorkerUtils, screen: Screen) -> None:
    hand = Hand(screen)
    jobs_screen = next(place for place in PLACES if place.name == "jobs")
    await hand.reach(jobs_screen)
    assert await hand.unlisted(PLACES) == set()
    await screen.page.evaluate(
        "() => document.querySelector('.foot').insertAdjacentHTML('beforeend', '<button>New 7</button>')"
    )
    assert await hand.unlisted(PLACES) == {"button New #"}
    assert set(await hand.listed(jobs_screen)) - set(jobs_screen.controls) == {"button New #"}


async def test_what_only_a_phone_has(jobs: WorkerUtils, open_admin: Opener) -> None:
    screen = await open_admin(size=(390, 844))
    await screen.open("?limit=50")
    await screen.page.get_by_role("button", name="Filters").click()
    sheet = screen.page.locator("#gw-filters")
    await sheet.get_by_role("button", name="Export").click()
    await expect(screen.page.locator("#gw-export")).to_be_visible()
    await screen.page.keyboard.press("Escape")
    await sheet.get_by_role("button", name="Remove by key").click()
    await expect(screen.dialog).to_contain_text("Remove by key")
    await screen.page.keyboard.press("Escape")
    await screen.select("68")
    await screen.selected.get_by_role("button", name="all 50").click()
    await expect(screen.selected).to_contain_text("50 selected")
