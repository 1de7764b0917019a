"""Every place of the page, in both themes, on a desk and on a phone: nothing that axe-core knows of keeps anybody out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graphile_worker import WorkerUtils
from tests.browser.conftest import DESK, Opener
from tests.browser.controls import Hand, Place
from tests.browser.places import PLACES, Steps
from tests.browser.test_accessibility import LONG, PHONE, WIDE, axe, obstacles
from tests.browser.test_controls import jobs

__all__ = ["axe", "jobs"]

MORE_PLACES = (
    Place("a running job", "?job=5", "#gw-job", {}),
    Place("a job of long words", "?job=69&sort=id", "#gw-job", {}),
    Place("two filters", f"?identifier={LONG}&queue={'q' * 100}", "#gw-chips", {}),
    Place("a queue of long words", "?view=queues&search=qqq", ".table-panel", {}),
    Place("a refusal at a field", "", "#gw-dialog", {},
          Steps("#gw-tools [data-action=remove-key]", "#gw-in-key := nobody", "#gw-go", "#gw-err-key")),
    Place("activity", "", ".activity", {}, Steps("[data-action=activity]", ".charts figure", ".as-table summary")),
)  # fmt: skip


@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_no_place_keeps_anybody_out(
    jobs: WorkerUtils, open_admin: Opener, axe: str, size: tuple[int, int]
) -> None:
    """Nor does a phone scroll sideways anywhere, whatever the names."""
    long = await jobs.add_job(LONG, {"text": "x" * 500}, queue="q" * 100, key="k" * 200)
    await jobs.permanently_fail_jobs([long.id], "e" * 500)
    screen = await open_admin(size=size)
    await screen.page.add_init_script("localStorage.setItem('gw-auto', '0')")
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    hand = Hand(screen)
    await screen.open()
    faults = []
    for place in (*PLACES, *MORE_PLACES):
        if size == PHONE and isinstance(place.open, Steps):
            place = replace(place, open=place.open.on_phone())
        await hand.go(place)
        region = "" if place.region == "#gw-screen" else place.region
        if size == DESK or not region:  # a menu or a dialog is made of the same on a phone
            faults += [f"{place.name}: {one}" for one in await obstacles(screen, axe, region)]
        if size == PHONE:
            faults += [f"{place.name} is wide: {one}" for one in await screen.page.evaluate(WIDE)]
    assert not faults, "\n".join(faults)
